"""Withdrawing from a contract on a phone and a desk, with and without script; then staff."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from orders.models import Order
from returns.models import WithdrawalCase
from tests.browser.staff import sign_in
from tests.conftest import RunJobs
from tests.factories import sent_order
from tests.returns import withdrawing

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[[Page], None]


@pytest.fixture
def order() -> Order:
    """A guest's order at a store with the withdrawal function."""
    cache.clear()
    made = sent_order(2, 1, reference="#1001", customer=None, guest_email="eve@example.com")
    withdrawing.switch_on(made)
    return made


def withdraw(page: Page, check: Check, number: str = "1001") -> None:
    """From the start page through both steps to the receipt."""
    page.goto("/")
    check(page)
    page.get_by_role("contentinfo").get_by_role("link", name="Withdraw from contract here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw from contract here")
    check(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Please check what you entered")
    check(page)
    page.get_by_label("Your name").fill("Eve Moss")
    page.get_by_label("Order number").fill(number)
    page.get_by_label("E-mail address for the confirmation").fill("eve@example.com")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main").get_by_role("button")).to_have_count(1)
    check(page)
    page.get_by_role("button", name="Confirm withdrawal", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We received your withdrawal")
    check(page)


def test_guest_withdraws_on_a_phone(
    phone: Page, order: Order, assert_accessible: Check, run_jobs: RunJobs
) -> None:
    withdraw(phone, assert_accessible)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Save the receipt").click()
    assert re.fullmatch(r"withdrawal-W-\d{6}\.pdf", download.value.suggested_filename)
    run_jobs()
    case = WithdrawalCase.objects.get()
    assert (case.state, case.order) == ("HANDLED", order)
    assert mail.outbox[0].subject.startswith("We received your withdrawal")


def test_guest_withdraws_without_script(phone_without_script: Page, order: Order) -> None:
    withdraw(phone_without_script, lambda _page: None)
    assert WithdrawalCase.objects.count() == 1


def test_withdrawal_works_by_keyboard_alone(desktop: Page, order: Order) -> None:
    desktop.goto("/withdraw/")
    desktop.get_by_label("Your name").focus()
    for words in ("Eve Moss", "1001", "", "eve@example.com"):
        desktop.keyboard.type(words)
        desktop.keyboard.press("Tab")
    desktop.keyboard.press("Enter")
    desktop.get_by_role("button", name="Confirm withdrawal", exact=True).focus()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("heading", level=1)).to_have_text("We received your withdrawal")


def test_support_chooses_the_order_that_was_not_found(
    desktop: Page,
    phone: Page,
    order: Order,
    live_server: LiveServer,
    assert_accessible: Check,
    run_jobs: RunJobs,
) -> None:
    withdraw(phone, lambda _page: None, number="My invoice 77")
    run_jobs()
    case = WithdrawalCase.objects.get()
    sign_in(desktop, live_server, "Sina", Role.MANAGER)
    desktop.goto("/backoffice/withdrawals")
    assert_accessible(desktop)
    desktop.get_by_role("link", name=case.statement.reference).click()
    expect(desktop.get_by_text("Order not found", exact=True)).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("link", name="Choose the order").click()
    desktop.get_by_role("radio").check()
    assert_accessible(desktop)
    desktop.get_by_role("button", name="This order").click()
    expect(desktop.get_by_role("link", name="#1001-R1")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("link", name="Done", exact=True).click()
    desktop.get_by_label("What became of it").fill("Return opened.")
    assert_accessible(desktop)
    desktop.get_by_role("button", name="It is done").click()
    case.refresh_from_db()
    assert (case.state, case.order) == ("SETTLED", order)


@pytest.mark.parametrize("name", ["withdrawal-functions", "exemptions/new"])
def test_settings_are_accessible(
    phone: Page, order: Order, live_server: LiveServer, assert_accessible: Check, name: str
) -> None:
    sign_in(phone, live_server, "Jonas", Role.MANAGER)
    phone.goto(f"/backoffice/{name}")
    assert_accessible(phone)
    if name == "withdrawal-functions":
        phone.goto(f"/backoffice/{name}/{order.store.pk}")
        assert_accessible(phone)


def test_script_writes_the_link_into_a_page_of_the_shop(
    desktop: Page, order: Order, live_server: LiveServer
) -> None:
    url = f"{live_server.url}/withdraw/from/{order.store.code}/link.js"
    desktop.set_content(
        f'<html lang="it"><body><footer><script src="{url}" data-class="small"'
        ' data-number="#1001"></script></footer></body></html>'
    )
    link = desktop.get_by_role("contentinfo").get_by_role("link")
    expect(link).to_have_text("recedere dal contratto qui")
    expect(link).to_have_class("small")
    assert str(link.get_attribute("href")).endswith(
        f"/withdraw/from/{order.store.code}/?lang=it&number=%231001"
    )
