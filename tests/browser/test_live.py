"""A list and a return's page that somebody looks at show what others do, by themselves."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from returns import lifecycle
from tests.browser.staff import sign_in
from tests.returns.stories import SYSTEM, requested

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_update_by_themselves(
    desktop: Page, live_server: LiveServer, assert_accessible: Callable[[Page], None]
) -> None:
    first = requested()
    sign_in(desktop, live_server, "Sam", Role.SUPPORT)
    desktop.goto("/backoffice/returns")
    expect(desktop.get_by_text("This page updates by itself.")).to_be_visible()
    assert_accessible(desktop)
    second = requested()
    expect(desktop.get_by_role("link", name=second.reference)).to_be_visible()

    desktop.goto(f"/backoffice/returns/{first.pk}")
    desktop.get_by_role("button", name="Pause").click()
    expect(desktop.get_by_text("This page does not update by itself.")).to_be_visible()
    desktop.get_by_role("button", name="Pause").click()
    lifecycle.approve(first, actor=SYSTEM)
    expect(desktop.locator(".page-header").get_by_text("Open")).to_be_visible()
    assert_accessible(desktop)


def test_page_in_use_is_left_alone(desktop: Page, live_server: LiveServer) -> None:
    first = requested()
    sign_in(desktop, live_server, "Sam", Role.SUPPORT)
    desktop.goto("/backoffice/returns")
    box = desktop.locator("input[name=selected]").first
    box.check()
    second = requested()
    desktop.wait_for_timeout(4000)
    expect(box).to_be_checked()
    expect(desktop.get_by_role("link", name=second.reference)).to_have_count(0)
    box.uncheck()
    box.blur()
    expect(desktop.get_by_role("link", name=second.reference)).to_be_visible()
    assert first.reference != second.reference
