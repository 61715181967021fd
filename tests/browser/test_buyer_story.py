"""A buyer on a phone: from the order number to the slip, with and without script."""

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Locator, Page, expect

from orders.models import Order
from returns.models import Return
from tests.conftest import RunJobs
from tests.factories import (
    OrderLineFactory,
    ReturnPolicyFactory,
    sent_bundle,
    sent_order,
)

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[[Page], None]


@pytest.fixture
def order() -> Order:
    """A guest's order at a store that approves at once: shirts, a bundle, and one not sent."""
    cache.clear()
    order = sent_order(3, 1, reference="#1001", customer=None, guest_email="eve@example.com")
    sent_bundle(order)
    OrderLineFactory(order=order)
    shirts, socks = order.lines.all()[:2]
    shirts.title, socks.title = "Heavy cotton tee", "Wool socks"
    shirts.save()
    socks.save()
    policy = ReturnPolicyFactory(store=order.store, auto_approve=True)
    order.return_terms = policy.terms.to_json()
    order.save()
    return order


def mailed_code(run_jobs: RunJobs) -> str:
    run_jobs()
    found = re.search(r"^\d{6}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[0]


def find_order(page: Page, run_jobs: RunJobs, check: Check) -> None:
    """Look the order up as a guest and open it with the code from the mail."""
    page.goto("/")
    check(page)
    find = page.get_by_role("region", name="Find your order")
    find.get_by_label("Order number").fill(" 1001 ")
    find.get_by_label("E-mail address").fill("EVE@example.com")
    find.get_by_role("button", name="Find order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    check(page)
    page.get_by_label("Code from the mail").fill("12")
    page.get_by_role("button", name="Open my order").click()
    expect(page.get_by_text("Enter the 6 digits from the mail.").first).to_be_visible()
    check(page)
    page.get_by_label("Code from the mail").fill(mailed_code(run_jobs))
    page.get_by_role("button", name="Open my order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order #1001")
    check(page)


def review_and_send(page: Page, check: Check) -> None:
    """Look the choice over, go back and forth, and send it."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Is everything right?")
    expect(page.get_by_text("A little tight.")).to_be_visible()
    expect(page.get_by_role("row", name="Estimated refund €149.70")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Change").first.click()
    expect(page.get_by_label("In your own words").first).to_have_value("A little tight.")
    expect(page.get_by_label("How many").first).to_have_value("2")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your return is ready")
    check(page)


def read_slip(page: Page) -> str:
    """Return the text of the slip that the page links to."""
    href = page.get_by_role("link", name="Open the slip").get_attribute("href")
    assert href is not None
    response = page.request.get(href)
    assert response.headers["content-type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(response.body())).pages[0].extract_text()


def see_and_cancel(page: Page, run_jobs: RunJobs, check: Check) -> None:
    """Follow the return, read the slip, then call it off."""
    page.get_by_role("link", name="See the return").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Return #1001-R1")
    expect(page.get_by_role("heading", name="Send the items back")).to_be_visible()
    check(page)
    assert "#1001-R1" in read_slip(page)
    page.get_by_role("link", name="Cancel this return").click()
    check(page)
    page.get_by_role("button", name="Cancel the return").click()
    expect(page.get_by_text("The return is canceled. You can keep the items.")).to_be_visible()
    expect(page.get_by_role("heading", name="This return was canceled")).to_be_visible()
    check(page)
    run_jobs()
    assert mail.outbox[-1].subject == "Your return #1001-R1 was canceled"
    assert Return.objects.get().status == "CANCELED"


def test_guest_returns_things_on_a_phone(
    phone: Page, order: Order, run_jobs: RunJobs, assert_accessible: Check
) -> None:
    find_order(phone, run_jobs, assert_accessible)
    phone.get_by_role("link", name="Start a return").click()
    amount = phone.locator(".action-bar__amount")
    expect(amount).to_have_text("€0.00")
    assert_accessible(phone)

    phone.get_by_label("Return this item: Heavy cotton tee").check()
    expect(amount).to_have_text("€49.90")
    phone.get_by_role("button", name="One more: Heavy cotton tee").click()
    expect(amount).to_have_text("€99.80")
    phone.get_by_label("Return this item: Wool socks").check()
    expect(amount).to_have_text("€149.70")

    phone.get_by_role("button", name="Review").click()
    summary = phone.get_by_role("alert").filter(has_text="Please check what you chose")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("listitem")).to_have_text(
        ["Heavy cotton tee: Choose a reason.", "Wool socks: Choose a reason."]
    )
    assert_accessible(phone)
    tee = phone.get_by_role("article", name="Heavy cotton tee")
    tee.get_by_label("Why does it go back?").select_option("Too small")
    tee.get_by_label("In your own words").fill("A little tight.")
    socks = phone.get_by_role("article", name="Wool socks")
    socks.get_by_label("Why does it go back?").select_option("Changed my mind")
    phone.get_by_role("button", name="Review").click()

    review_and_send(phone, assert_accessible)
    see_and_cancel(phone, run_jobs, assert_accessible)

    phone.get_by_role("link", name="Orders", exact=True).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Orders")
    assert_accessible(phone)
    phone.get_by_role("link", name="Returns", exact=True).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Returns")
    assert_accessible(phone)
    phone.get_by_role("link", name="Leave").click()
    assert_accessible(phone)
    phone.get_by_role("button", name="Leave").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Return something")


def test_guest_returns_things_without_script(
    phone_without_script: Page, order: Order, run_jobs: RunJobs
) -> None:
    page = phone_without_script

    def fits(page: Page) -> None:
        """Check that nothing sticks out; axe itself needs script."""
        assert page.locator("html").evaluate("html => html.scrollWidth") == 360

    find_order(page, run_jobs, fits)
    page.get_by_role("link", name="Start a return").click()
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    page.get_by_label("Return this item: Gift set").uncheck()
    page.get_by_label("How many").first.fill("2")
    page.get_by_role("button", name="Update estimate").click()
    expect(page.locator(".action-bar__amount")).to_have_text("€149.70")
    fits(page)
    for select in page.get_by_label("Why does it go back?").all()[:2]:
        select.select_option("Too small")
    page.get_by_label("In your own words").first.fill("A little tight.")
    page.get_by_role("button", name="Review").click()

    review_and_send(page, fits)
    see_and_cancel(page, run_jobs, fits)


def tab_to(page: Page, control: Locator) -> None:
    """Press the tabulator until the control has the focus, at most as often as is bearable."""
    for _press in range(20):
        if control.evaluate("control => control === document.activeElement"):
            return
        page.keyboard.press("Tab")


def test_return_is_started_by_keyboard_alone(
    desktop: Page, order: Order, run_jobs: RunJobs, assert_accessible: Check
) -> None:
    find_order(desktop, run_jobs, assert_accessible)
    page = desktop
    page.get_by_role("link", name="Start a return").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Return this item: Heavy cotton tee")
    expect(box).to_be_visible()
    tab_to(page, box)
    expect(box).to_be_focused()
    page.keyboard.press("Space")
    for name in ("quantity", "reason"):
        field = page.locator(f"[name$=-{name}]").first
        tab_to(page, field)
        expect(field).to_be_focused()
    page.keyboard.type("Too sm")
    page.keyboard.press("Enter")
    expect(page.locator(".action-bar__amount")).to_have_text("€49.90")
    assert_accessible(page)
    page.get_by_role("button", name="Review").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is everything right?")
    assert_accessible(page)
