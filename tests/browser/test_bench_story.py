"""The warehouse counts a parcel with a scanner: a keyboard that ends each code with Enter."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, OrderLine, StockLevel, Variant
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, Scan, UnexpectedItem
from tests.browser.staff import sign_in
from tests.factories import CustomerFactory, LocationFactory, StoreFactory, sent_order

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]

Check = Callable[[Page], None]


@pytest.fixture
def parcel() -> Return:
    """An approved return of two shirts (SKU SHIRT) and a hat (EAN 4012345678901)."""
    store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
    customer = CustomerFactory(name="Marie Dupont", email="marie@example.com")
    order = sent_order(2, 1, store=store, customer=customer, reference="#1042")
    shirt, hat = order.lines.order_by("position")
    OrderLine.objects.filter(pk=shirt.pk).update(sku="SHIRT")
    OrderLine.objects.filter(pk=hat.pk).update(sku="HAT", title="Straw hat")
    Variant.objects.filter(order_lines=hat).update(barcode="4012345678901")
    wishes = [
        LineRequest(fulfillment_line_id=line.pk, quantity=line.quantity, reason="too-small")
        for line in FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    ]
    return lifecycle.create(order, wishes, actor=actors.system())


def beep(page: Page, code: str) -> None:
    """Do what a scanner does, wherever the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a_parcel_is_counted_and_booked_by_scanner_alone(
    desktop: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    page = desktop
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto("/backoffice/receive")
    assert_accessible(page)
    beep(page, "#1042-R1")
    expect(page.get_by_role("heading", name="Receive #1042-R1")).to_be_visible()
    result = page.locator(".bench-result__title")
    assert_accessible(page)
    beep(page, "shirt")
    expect(result).to_have_text("1 of 2")
    expect(page.get_by_label("Scan an item")).to_be_focused()
    # Faster than the network: nothing is lost.
    for code in ("SHIRT", "nonsense", "04012345678901"):
        beep(page, code)
    expect(result).to_have_text("1 of 1. Everything is here.")
    expect(page.get_by_role("alert")).to_contain_text("No article has the code nonsense.")
    assert_accessible(page)
    assert Scan.objects.count() == 3
    # The slip once more: review, and Enter books.
    beep(page, "#1042-R1")
    expect(page.get_by_role("button", name="Book what came back")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("#1042-R1 is booked and complete.")).to_be_visible()
    expect(page.get_by_label("Scan the slip")).to_be_focused()
    assert Return.objects.get(pk=parcel.pk).status == "CLOSED"
    assert sorted(StockLevel.objects.values_list("available", flat=True)) == [1, 2]


def test_conditions_are_chosen_by_keyboard_on_a_phone(
    phone: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    page = phone
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/receive/{parcel.pk}")
    assert_accessible(page)
    page.get_by_role("radio", name="As new").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Scan an item")).to_be_focused()
    beep(page, "SHIRT")
    expect(page.locator(".bench-result")).to_contain_text("Damaged · Not put back in stock")
    hat = page.locator(".bench-row", has_text="Straw hat")
    hat.get_by_role("button", name="Count by hand").tap()
    expect(page.locator(".bench-result")).to_contain_text("Straw hat")
    beep(page, "HAT")
    expect(page.locator(".bench-result__title")).to_have_text("Not expected: 1 × Straw hat")  # noqa: RUF001
    damaged = page.locator(".bench-pile", has_text="Not put back in stock").first
    damaged.get_by_role("button", name="One less").tap()
    expect(page.get_by_text("One piece less.")).to_be_visible()
    assert_accessible(page)
    page.get_by_text("Something without a code").tap()
    page.get_by_label("What is it?").fill("A red sock")
    page.get_by_role("button", name="Write it down").tap()
    expect(page.get_by_text("Written down for support.")).to_be_visible()
    page.get_by_role("link", name="Review and book").tap()
    assert_accessible(page)
    page.get_by_label("are missing for good").check()
    page.get_by_role("button", name="Book what came back").tap()
    expect(page.get_by_text("is booked and complete")).to_be_visible()
    assert set(UnexpectedItem.objects.values_list("title", flat=True)) == {
        "A red sock",
        "Straw hat",
    }
    page.goto(f"/backoffice/returns/{parcel.pk}")
    assert_accessible(page)


def test_scans_wait_for_the_network_and_survive_a_reload(
    desktop: Page, live_server: LiveServer, parcel: Return
) -> None:
    page = desktop
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/receive/{parcel.pk}")

    def drop(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/receive/*", drop)
    beep(page, "SHIRT")
    beep(page, "SHIRT")
    expect(page.get_by_text("waiting to be sent")).to_be_visible()
    assert Scan.objects.count() == 0
    page.unroute("**/receive/*")
    page.reload()
    expect(page.locator(".bench-result__title")).to_have_text("2 of 2")
    assert Scan.objects.count() == 2


def test_an_answer_that_got_lost_does_not_count_the_piece_again(
    desktop: Page, live_server: LiveServer, parcel: Return
) -> None:
    page = desktop
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/receive/{parcel.pk}")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(str(route.fetch().status))
            route.abort()
        else:
            route.continue_()

    page.route("**/receive/*", lose)
    beep(page, "SHIRT")
    expect(page.locator(".bench-result__title")).to_have_text("Counted already")
    assert (lost, Scan.objects.count()) == (["200"], 1)


def test_a_parcel_is_counted_without_script(
    phone_without_script: Page, live_server: LiveServer, parcel: Return
) -> None:
    page = phone_without_script
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto("/backoffice/receive")
    page.get_by_label("Scan the slip").fill("1042-R1")
    page.keyboard.press("Enter")
    for code in ("SHIRT", "SHIRT", "HAT"):
        page.get_by_label("Scan an item").fill(code)
        page.keyboard.press("Enter")
    expect(page.get_by_text("Everything is here.")).to_be_visible()
    page.get_by_role("link", name="Review and book").click()
    page.get_by_role("button", name="Book what came back").click()
    expect(page.get_by_text("is booked and complete")).to_be_visible()
    assert Return.objects.get(pk=parcel.pk).status == "CLOSED"


def test_a_camera_counts_a_code_once_while_it_sees_it(
    desktop: Page, live_server: LiveServer, assert_accessible: Check, parcel: Return
) -> None:
    """With a camera and a detector made up in the page: Chromium on Linux has no detector."""
    page = desktop
    page.add_init_script(
        """
        window.seen = [];
        window.BarcodeDetector = class { async detect() { return window.seen; } };
        const picture = () => document.createElement("canvas").captureStream();
        Object.defineProperty(navigator, "mediaDevices", {
            value: { getUserMedia: async () => picture() },
        });
        HTMLMediaElement.prototype.play = async () => {};
        """
    )
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/receive/{parcel.pk}")
    page.get_by_role("button", name="Use the camera").click()
    page.evaluate("window.seen = [{ rawValue: 'SHIRT' }]")
    expect(page.locator(".bench-result__title")).to_have_text("1 of 2")
    page.evaluate("window.seen = [{ rawValue: 'HAT' }]")
    expect(page.locator(".bench-result__title")).to_have_text("1 of 1")
    assert_accessible(page)
    page.get_by_role("button", name="Stop the camera").click()
    assert Scan.objects.count() == 2


def test_without_a_detector_there_is_no_camera_button(
    desktop: Page, live_server: LiveServer, parcel: Return
) -> None:
    page = desktop
    page.add_init_script("delete window.BarcodeDetector")
    sign_in(page, live_server, "Wanda Ortiz", Role.WAREHOUSE)
    page.goto(f"/backoffice/receive/{parcel.pk}")
    expect(page.locator("[data-camera]")).to_be_hidden()
