"""The components page: nothing for axe to find, and the conveniences of script."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def open_page(page: Page, server: LiveServer) -> None:
    """Open the components as a member of staff."""
    client = Client()
    client.force_login(factories.UserFactory(roles=[Role.SUPPORT]))
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])
    page.goto("/backoffice/components")


def test_components_are_accessible_at_a_desk(
    desktop: Page, live_server: LiveServer, assert_accessible: Callable[[Page], None]
) -> None:
    open_page(desktop, live_server)
    assert_accessible(desktop)


def test_components_are_accessible_on_a_phone(
    phone: Page, live_server: LiveServer, assert_accessible: Callable[[Page], None]
) -> None:
    open_page(phone, live_server)
    assert_accessible(phone)


def test_stepper_stops_at_its_ends(desktop: Page, live_server: LiveServer) -> None:
    open_page(desktop, live_server)
    quantity = desktop.locator("#quantity-shown")
    more = desktop.get_by_role("button", name="One more: Mug")
    less = desktop.get_by_role("button", name="One less: Mug")
    expect(less).to_be_disabled()
    more.click()
    more.click()
    expect(quantity).to_have_value("3")
    expect(more).to_be_disabled()


def test_select_all_selects_the_page(desktop: Page, live_server: LiveServer) -> None:
    open_page(desktop, live_server)
    desktop.get_by_label("Select all on this page").check()
    expect(desktop.locator("output[data-selected]")).to_have_text("5")


def test_questions_open_with_their_item(
    phone_without_script: Page, live_server: LiveServer
) -> None:
    open_page(phone_without_script, live_server)
    question = phone_without_script.locator("#id_item-2-reason")
    expect(question).to_be_hidden()
    phone_without_script.locator("#id_item-2-selected").check()
    expect(question).to_be_visible()


def test_theme_is_kept(desktop: Page, live_server: LiveServer) -> None:
    desktop.emulate_media(color_scheme="light")
    open_page(desktop, live_server)
    desktop.locator("[data-theme-switch]:visible").click()
    desktop.reload()
    expect(desktop.locator("html")).to_have_attribute("data-theme", "dark")
