"""A support agent's morning: approve a part, decline another, create one for a guest."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, Order, Store
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnLine
from tests.browser.staff import sign_in
from tests.factories import CustomerFactory, LocationFactory, StoreFactory, sent_order

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]

Check = Callable[[Page], None]


def requested(order: Order, words: str) -> Return:
    """Return a buyer's request for all pieces of an order."""
    wishes = [
        LineRequest(
            fulfillment_line_id=parcel.pk,
            quantity=parcel.quantity,
            reason="too-small",
            customer_note=words,
        )
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order)
    ]
    return lifecycle.request(order, wishes, actor=actors.buyer("Marie Dupont"))


@pytest.fixture
def store() -> Store:
    """A store with a place for returns."""
    return StoreFactory(return_location=LocationFactory(name="Hamburg"))


@pytest.fixture
def marie(store: Store) -> Order:
    """An order of two different items."""
    customer = CustomerFactory(name="Marie Dupont", email="marie@example.com")
    return sent_order(2, 1, store=store, customer=customer, reference="#1042")


def test_agent_decides_and_creates(
    desktop: Page,
    live_server: LiveServer,
    assert_accessible: Check,
    store: Store,
    marie: Order,
) -> None:
    page = desktop
    waiting = requested(marie, "Runs <b>small</b>")
    worn = requested(sent_order(1, store=store, reference="#1043"), "Did not like it")
    guest = sent_order(
        1, store=store, reference="#1044", customer=None, guest_email="guest@example.com"
    )
    sign_in(page, live_server, "Sam Lindqvist", Role.SUPPORT)
    assert_accessible(page)

    page.get_by_role("region", name="To decide").get_by_role("link", name="Show all").click()
    expect(page.get_by_role("link", name="#1042-R1")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Search", exact=True).fill("marie@example.com")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("link", name="#1043-R1")).to_have_count(0)
    page.get_by_role("link", name="#1042-R1").click()
    expect(page.get_by_text("“Runs <b>small</b>”").first).to_be_visible()
    assert_accessible(page)

    approve_a_part(page, assert_accessible)
    assert [
        (line.quantity, line.removed_quantity)
        for line in ReturnLine.objects.filter(for_return=waiting).order_by("pk")
    ] == [(1, 1), (1, 0)]

    page.goto(f"/backoffice/returns/{worn.pk}")
    decline(page, assert_accessible)
    assert Return.objects.get(pk=worn.pk).status == "DECLINED"

    create_for_guest(page, assert_accessible)
    created = Return.objects.get(order=guest)
    assert (created.status, created.total_quantity) == ("OPEN", 1)


def approve_a_part(page: Page, assert_accessible: Check) -> None:
    page.get_by_role("link", name="Approve").click()
    assert_accessible(page)
    page.get_by_role("button", name="One less: Linen shirt").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("#1042-R1 is approved.")).to_be_visible()
    expect(page.get_by_text("Return approved: without")).to_be_visible()
    assert_accessible(page)


def decline(page: Page, assert_accessible: Check) -> None:
    page.get_by_role("link", name="Decline").click()
    page.get_by_role("radio", name="Another reason").check()
    page.get_by_role("button", name="Decline return").click()
    expect(page.get_by_role("alert")).to_contain_text("Tell the buyer why.")
    expect(page.get_by_role("radio", name="Another reason")).to_be_checked()
    assert_accessible(page)
    page.get_by_label("Message to the buyer").fill("It was worn.")
    page.get_by_role("button", name="Decline return").click()
    expect(page.get_by_text("#1043-R1 is declined.")).to_be_visible()


def create_for_guest(page: Page, assert_accessible: Check) -> None:
    page.get_by_role("link", name="Orders").first.click()
    assert_accessible(page)
    page.get_by_role("link", name="#1044").click()
    assert_accessible(page)
    page.get_by_role("link", name="Create a return").click()
    assert_accessible(page)
    page.get_by_role("button", name="Create return").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one item.")
    page.get_by_role("button", name="One more: Linen shirt").click()
    page.get_by_label("Reason").select_option(label="Too small")
    page.get_by_role("button", name="Create return").click()
    expect(page.get_by_text("#1044-R1 is created and open.")).to_be_visible()


def test_agent_approves_on_a_phone_many_at_once(
    phone: Page, live_server: LiveServer, assert_accessible: Check, store: Store, marie: Order
) -> None:
    page = phone
    requested(marie, "")
    requested(sent_order(1, store=store, reference="#1043"), "")
    sign_in(page, live_server, "Sam Lindqvist", Role.SUPPORT)
    assert_accessible(page)
    page.goto("/backoffice/returns?queue=decide")
    assert_accessible(page)
    page.get_by_role("checkbox", name="Select #1042-R1").check()
    page.get_by_role("checkbox", name="Select #1043-R1").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.")).to_have_count(2)
    assert_accessible(page)
    page.get_by_role("link", name="#1042-R1").click()
    assert_accessible(page)
    assert set(Return.objects.values_list("status", flat=True)) == {"OPEN"}


def test_manager_reads_every_page_of_the_settings(
    phone: Page, live_server: LiveServer, assert_accessible: Check, store: Store
) -> None:
    page = phone
    manager = sign_in(page, live_server, "Mara Okafor", Role.MANAGER)
    paths = ["policies", f"policies/{store.pk}", "reasons", "reasons/new", "stores", "stores/new"]
    paths += ["locations", "locations/new", "staff", "staff/new", f"staff/{manager.pk}"]
    for path in paths:
        page.goto(f"/backoffice/{path}")
        assert_accessible(page)
    page.get_by_role("checkbox", name="Manager").uncheck()
    page.get_by_role("checkbox", name="Support").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("You cannot take away your own role")
    assert_accessible(page)


def test_agent_may_not_open_the_settings(
    desktop: Page, live_server: LiveServer, assert_accessible: Check
) -> None:
    sign_in(desktop, live_server, "Sam Lindqvist", Role.SUPPORT)
    desktop.goto("/backoffice/staff")
    expect(desktop.get_by_role("heading", name="You may not open this page")).to_be_visible()
    assert_accessible(desktop)
