"""A manager tries the API out in GraphiQL; the page's policy blocks nothing that it does."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from returns.models import Event, Return
from tests.api.shop import gid, returned
from tests.browser.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def run(page: Page, query: str) -> None:
    """Replace what the editor holds, and send it."""
    page.locator(".graphiql-query-editor .CodeMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(query)
    page.get_by_role("button", name=re.compile("Execute query")).click()


def test_manager_asks_and_closes_a_return(desktop: Page, live_server: LiveServer) -> None:
    return_ = returned(1)
    manager = sign_in(desktop, live_server, "Mia Manager", Role.MANAGER)
    desktop.goto("/backoffice/api-clients")
    desktop.get_by_role("link", name="Try the API").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Try the API")
    result = desktop.locator(".graphiql-response")

    run(desktop, "{ orders(first: 5) { nodes { name returnStatus } } }")
    expect(result).to_contain_text('"returnStatus": "IN_PROGRESS"')
    number = gid("Return", return_.pk)
    run(desktop, f'mutation {{ returnClose(id: "{number}") {{ return {{ status }} }} }}')
    expect(result).to_contain_text('"status": "CLOSED"')

    assert Return.objects.get().status == "CLOSED"
    event = Event.objects.latest("pk")
    assert (event.actor_kind, event.actor_name) == ("STAFF", manager.name)

    # Documentation comes from introspection; the dialogs are those that write styles.
    desktop.get_by_role("button", name="Show Documentation Explorer").click()
    explorer = desktop.locator(".graphiql-doc-explorer")
    explorer.get_by_role("link", name="QueryRoot").click()
    expect(explorer).to_contain_text("returnReasonDefinitions")
    desktop.get_by_role("button", name="Show History").click()
    expect(desktop.locator(".graphiql-history")).to_contain_text("returnClose")
    desktop.get_by_role("button", name="Open short keys dialog").click()
    expect(desktop.get_by_role("dialog")).to_be_visible()
    desktop.keyboard.press("Escape")
    expect(desktop.get_by_role("dialog")).not_to_be_visible()


def test_page_says_what_to_do_when_one_was_signed_out(
    desktop: Page, live_server: LiveServer
) -> None:
    sign_in(desktop, live_server, "Mia Manager", Role.MANAGER)
    desktop.goto("/backoffice/api-clients/graphiql")
    desktop.context.clear_cookies(name="sessionid")

    run(desktop, "{ shop { name } }")

    expect(desktop.locator(".graphiql-response")).to_contain_text("Sign in first.")


def test_page_fits_a_phone(phone: Page, live_server: LiveServer) -> None:
    sign_in(phone, live_server, "Mia Manager", Role.MANAGER)
    phone.goto("/backoffice/api-clients/graphiql")
    expect(phone.locator(".graphiql-query-editor")).to_be_attached()
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
