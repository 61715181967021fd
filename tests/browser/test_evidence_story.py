"""A buyer on a phone shows what is broken and answers the shop's question; the shop reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role
from orders.models import Order
from returns.models import ReasonQuestion, Return, ReturnReason
from tests.browser.staff import sign_in
from tests.browser.test_exchange_story import open_order
from tests.conftest import RunJobs
from tests.factories import sent_order
from tests.returns.evidence.test_photos import picture

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True)]

Check = Callable[[Page], None]


@pytest.fixture
def order() -> Order:
    """A guest's order of a shirt; damage needs a photo and asks a question."""
    cache.clear()
    damaged = ReturnReason.objects.get(handle="damaged-or-defective")
    broken = ReturnReason.objects.create(
        handle="broken",
        names={"en": "Broken on arrival"},
        hints={"en": "Keep the box."},
        parent=damaged,
        needs_photo=True,
    )
    ReasonQuestion.objects.create(
        reason=broken,
        handle="box",
        names={"en": "Was the box damaged too?"},
        kind="YES_NO",
        required=True,
    )
    order: Order = sent_order(1, reference="#1001", customer=None, guest_email="eve@example.com")
    return order


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo as a phone writes it."""
    path = tmp_path / "IMG_0001.heic"
    path.write_bytes(picture("HEIF", (320, 240)))
    return path


def ask_with_photo(page: Page, photo: Path, check: Check) -> None:
    page.get_by_label("Return this item").check()
    page.get_by_label("Why does it go back?").select_option("Broken on arrival")
    expect(page.get_by_text("Keep the box.")).to_be_visible()
    expect(page.get_by_text("Please add a photo below.")).to_be_visible()
    check(page)
    page.get_by_label("Photos").set_input_files(photo)
    page.get_by_role("button", name="Review").click()
    # The answer is missing; the photo is not asked for again.
    expect(page.get_by_text("Please answer this question.").first).to_be_visible()
    expect(page.get_by_role("button", name="Remove photo 1")).to_be_visible()
    check(page)
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is everything right?")
    expect(page.get_by_role("img", name="Photo 1 of Linen shirt")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request is on its way")


def ask_for_details(page: Page, return_: Return, check: Check) -> None:
    page.goto(f"/backoffice/returns/{return_.pk}")
    expect(page.get_by_text("Was the box damaged too?")).to_be_visible()
    expect(page.get_by_role("img", name="Photo 1 of Linen shirt")).to_be_visible()
    page.get_by_label("Message to the buyer").fill("Please show us the label.")
    check(page)
    page.get_by_role("button", name="Ask for details").click()
    expect(page.get_by_text("Waiting for the buyer: details asked for")).to_be_visible()
    check(page)


def answer(page: Page, return_: Return, photo: Path, check: Check) -> None:
    page.goto(f"/returns/{return_.public_id}/")
    expect(page.get_by_role("heading", name="We need something from you")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Answer").click()
    page.get_by_label("Your message").fill("Here it is.")
    page.get_by_label("Photos").set_input_files(photo)
    page.get_by_role("button", name="Send message").click()
    expect(page.get_by_text("Your message is sent.")).to_be_visible()
    expect(page.get_by_role("heading", name="We need something from you")).to_have_count(0)
    expect(page.get_by_role("img", name="Photo 1 of You")).to_be_visible()
    check(page)


def test_buyer_shows_what_is_broken_and_answers(
    phone: Page,
    desktop: Page,
    live_server: LiveServer,
    order: Order,
    photo: Path,
    run_jobs: RunJobs,
    assert_accessible: Check,
) -> None:
    open_order(phone, run_jobs)
    ask_with_photo(phone, photo, assert_accessible)
    return_ = Return.objects.get()

    sign_in(desktop, live_server, "Sam Support", Role.SUPPORT)
    ask_for_details(desktop, return_, assert_accessible)
    run_jobs()
    assert "Please show us the label." in str(mail.outbox[-1].body)

    answer(phone, return_, photo, assert_accessible)
    run_jobs()
    assert mail.outbox[-1].to == [return_.store.email]

    desktop.goto("/backoffice/")
    desktop.get_by_role("link", name="To answer").first.click()
    desktop.get_by_role("link", name=return_.reference).click()
    expect(desktop.get_by_text("Here it is.")).to_be_visible()
    desktop.get_by_role("button", name="No answer needed").click()
    expect(desktop.get_by_text("The buyer waits for an answer")).to_have_count(0)


def test_photo_and_answer_come_without_script_too(
    phone_without_script: Page, order: Order, photo: Path, run_jobs: RunJobs
) -> None:
    page = phone_without_script
    open_order(page, run_jobs)
    page.get_by_label("Return this item").check()
    page.get_by_label("Why does it go back?").select_option("Broken on arrival")
    page.get_by_role("button", name="Show what this reason asks").click()
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_label("Photos").set_input_files(photo)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request is on its way")
    line = Return.objects.get().lines.get()
    assert line.photos.count() == 1
    assert [one["answer"] for one in line.answers] == ["No"]
