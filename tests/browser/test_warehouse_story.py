"""A parcel comes back: the warehouse scans and books it by keyboard, finance pays it back."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, StockLevel
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Refund, Return
from tests.browser.staff import sign_in
from tests.factories import CustomerFactory, LocationFactory, StoreFactory, sent_order

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]

Check = Callable[[Page], None]


@pytest.fixture
def parcel() -> Return:
    """An approved return of two pieces of one item and one of another."""
    store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
    LocationFactory(name="Leeds")
    customer = CustomerFactory(name="Marie Dupont", email="marie@example.com")
    order = sent_order(2, 1, store=store, customer=customer, reference="#1042")
    wishes = [
        LineRequest(fulfillment_line_id=line.pk, quantity=line.quantity, reason="too-small")
        for line in FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    ]
    return lifecycle.create(order, wishes, actor=actors.system())


def test_warehouse_receives_by_keyboard(
    desktop: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    page = desktop
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    assert_accessible(page)
    # The scanner types into the field that has the focus, and ends with Enter.
    page.keyboard.type("#1042-R1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="#1042-R1")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("main").get_by_role("link", name="Receive").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Enter numbers instead").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Back in stock: Linen shirt").first).to_be_focused()
    assert_accessible(page)
    # One of the two shirts came back damaged: less here, more there, and book.
    page.keyboard.press("ArrowDown")
    page.get_by_label("Needs work: Linen shirt").first.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What came back is booked.")).to_be_visible()
    assert_accessible(page)
    received = Return.objects.get(pk=parcel.pk)
    assert (received.status, received.processed_quantity, received.disposed_quantity) == (
        "OPEN",
        3,
        2,
    )
    assert sorted(StockLevel.objects.values_list("available", flat=True)) == [1, 1]
    expect(page.get_by_role("link", name="Refund")).to_have_count(0)


def test_warehouse_is_told_at_the_field_what_does_not_fit(
    phone: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    page = phone
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/returns/{parcel.pk}/receive")
    assert_accessible(page)
    page.get_by_role("button", name="One more: Linen shirt").nth(1).tap()
    page.get_by_role("button", name="Book what came back").tap()
    expect(page.get_by_role("alert")).to_contain_text("Enter 0 to 2")
    assert_accessible(page)
    assert Return.objects.get(pk=parcel.pk).processed_quantity == 0


def test_finance_refunds(
    desktop: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    page = desktop
    sign_in(page, live_server, "Finn Weber", Role.FINANCE)
    assert_accessible(page)
    page.goto(f"/backoffice/returns/{parcel.pk}")
    page.get_by_role("link", name="Refund").click()
    assert_accessible(page)
    expect(page.locator("#preview")).to_contain_text("€149.70")
    page.get_by_role("button", name="One less: Linen shirt").first.click()
    expect(page.locator("#preview")).to_contain_text("€99.80")
    page.get_by_label("Reference of the payment").fill("SEPA 2026-77")
    page.get_by_role("button", name="Review the refund").click()
    expect(page.get_by_role("heading", name="Pay back €99.80?")).to_be_visible()
    assert_accessible(page)
    assert Refund.objects.count() == 0
    page.get_by_role("button", name="Pay back €99.80").click()
    expect(page.get_by_text("€99.80 are paid back.")).to_be_visible()
    assert_accessible(page)
    assert Refund.objects.get().amount == Decimal("99.80")


def test_finance_refunds_on_a_phone_without_script(
    phone_without_script: Page, live_server: LiveServer, parcel: Return
) -> None:
    page = phone_without_script
    sign_in(page, live_server, "Finn Weber", Role.FINANCE)
    page.goto(f"/backoffice/returns/{parcel.pk}/refund")
    page.get_by_label("Another amount").fill("12.34")
    page.get_by_role("button", name="Review the refund").click()
    expect(page.get_by_role("heading", name="Pay back €12.34?")).to_be_visible()
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_label("Another amount")).to_have_value("12.34")
    page.get_by_role("button", name="Review the refund").click()
    page.get_by_role("button", name="Pay back €12.34").click()
    assert Refund.objects.get().amount == Decimal("12.34")
