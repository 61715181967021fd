"""A size that does not fit is exchanged: by the buyer on a phone, then by the shop."""

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from orders.models import Order, Variant
from returns.links import buyer_link
from returns.models import Return
from returns.store_credit import ledger
from tests.browser.staff import sign_in
from tests.browser.test_buyer_story import mailed_code
from tests.conftest import RunJobs
from tests.factories import ProductFactory, StockLevelFactory, VariantFactory
from tests.returns.exchanging import SYSTEM, bought, only, receive, shirt, swap

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]

Check = Callable[[Page], None]


@pytest.fixture
def order() -> Order:
    """A guest's order of a shirt, at a store that approves at once and exchanges anything."""
    cache.clear()
    return bought(
        1,
        reference="#1001",
        customer=None,
        guest_email="eve@example.com",
        terms={"exchanges": "ANY_PRODUCT", "auto_approve": True},
    )


def open_order(page: Page, run_jobs: RunJobs) -> None:
    page.goto("/")
    page.get_by_label("Order number").fill("1001")
    page.get_by_label("E-mail address").first.fill("eve@example.com")
    page.get_by_role("button", name="Find order").click()
    page.get_by_label("Code from the mail").fill(mailed_code(run_jobs))
    page.get_by_role("button", name="Open my order").click()
    page.get_by_role("link", name="Start a return").click()


def cap() -> Variant:
    product = ProductFactory(title="Sun cap")
    variant = VariantFactory(product=product, options={"Colour": "Sand"}, price=Decimal("60.00"))
    StockLevelFactory(variant=variant)
    return variant


def test_buyer_swaps_the_size_without_script(
    phone_without_script: Page, run_jobs: RunJobs, order: Order
) -> None:
    large = shirt(order, "L")
    page = phone_without_script
    open_order(page, run_jobs)

    page.get_by_role("group", name="Swap Linen shirt at no cost").get_by_role(
        "button", name="L"
    ).click()
    expect(page.get_by_text("Exchanged for L")).to_be_visible()
    page.get_by_role("button", name="Send request").click()

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert only(Return.objects.get()).variant == large


def test_buyer_chooses_another_product_and_is_asked_to_pay(
    phone: Page, assert_accessible: Check, run_jobs: RunJobs, order: Order
) -> None:
    shirt(order, "L")
    cap()
    page = phone
    open_order(page, run_jobs)
    page.get_by_label("Return this item").check()
    page.get_by_label("Why does it go back?").select_option("too-small")
    assert_accessible(page)
    page.get_by_role("button", name="Choose another product").click()
    page.get_by_label("Search products").fill("cap")
    page.get_by_role("button", name="Search").click()
    assert_accessible(page)
    page.get_by_role("button", name="Sand").click()
    expect(page.get_by_label("Sun cap, Sand")).to_be_checked()
    expect(page.get_by_text("You pay the difference").first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Review").click()
    assert_accessible(page)
    page.get_by_role("button", name="Send request").click()
    page.get_by_role("link", name="See the return").click()
    expect(page.get_by_role("heading", name="Please pay €10.10")).to_be_visible()
    assert_accessible(page)
    run_jobs()
    assert any("Please pay €10.10" in str(message.subject) for message in mail.outbox)


def test_warehouse_sends_what_is_ready(
    desktop: Page, live_server: LiveServer, assert_accessible: Check, order: Order
) -> None:
    return_ = receive(swap(order, shirt(order, "L")))
    page = desktop
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"{live_server.url}/backoffice/returns?queue=send")
    page.get_by_role("link", name=return_.reference).click()
    assert_accessible(page)
    page.get_by_role("link", name="Send replacement").click()
    page.get_by_label("Tracking number").fill("0034 0434 1234")
    assert_accessible(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The replacement is on its way.")).to_be_visible()
    assert_accessible(page)


def test_support_adds_a_replacement_by_its_sku(
    phone: Page, live_server: LiveServer, assert_accessible: Check, order: Order
) -> None:
    large = shirt(order, "L")
    return_ = swap(order, shirt(order, "XL"))
    page = phone
    sign_in(page, live_server, "Sam Support", Role.MANAGER)
    page.goto(f"{live_server.url}/backoffice/returns/{return_.pk}/exchange/remove")
    assert_accessible(page)
    page.get_by_role("button", name="Take out").click()
    page.goto(f"{live_server.url}/backoffice/returns/{return_.pk}/exchange")
    assert_accessible(page)
    page.get_by_label("SKU of the replacement").fill(large.sku)
    page.get_by_role("button", name="Add replacement").click()
    expect(page.get_by_text("The replacement is agreed on and held.")).to_be_visible()
    assert_accessible(page)


def test_guest_pays_for_the_replacement_with_store_credit(
    phone: Page, assert_accessible: Check, run_jobs: RunJobs, order: Order
) -> None:
    return_ = swap(order, shirt(order, price="60.00"))
    account = ledger.open_account(order)
    ledger.credit(account, Decimal("25.00"), actor=SYSTEM, key=uuid4(), notify=False)
    page = phone
    page.goto(buyer_link(return_).replace("http://localhost:8000", ""))
    expect(page.get_by_role("heading", name="Please pay €10.10")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="Pay €10.10 with store credit").click()
    expect(page.get_by_text("€14.90 of store credit are left afterwards.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Pay €10.10").click()

    expect(page.get_by_text("€10.10 are paid with your store credit.")).to_be_visible()
    assert_accessible(page)
    return_.refresh_from_db()
    assert return_.exchange_owed == 0
