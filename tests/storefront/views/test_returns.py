"""A return as its buyer sees it: list, detail, slip, calling it off."""

import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pypdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts import actors
from accounts.models import Role
from orders.models import Customer
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Return
from returns.refunds import payouts
from tests.factories import UserFactory, sent_order
from tests.storefront.conftest import Guest, parcels_of

pytestmark = pytest.mark.django_db

BUYER = actors.buyer("Ada Winter")
SYSTEM = actors.system()


@pytest.fixture(autouse=True)
def _time_stands_still() -> Iterator[None]:
    moment = datetime(2026, 11, 2, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    with time_machine.travel(moment, tick=False):
        yield


@pytest.fixture
def requested(customer: Customer) -> Return:
    """Two of three shirts, requested."""
    order = sent_order(3, customer=customer, reference="#1001")
    wish = LineRequest(
        fulfillment_line_id=parcels_of(order)[0].pk,
        quantity=2,
        reason="too-small",
        customer_note="<b>Tight</b>",
    )
    return lifecycle.request(order, [wish], actor=BUYER)


def url(name: str, return_: Return) -> str:
    return reverse(f"storefront:{name}", args=[return_.public_id])


def receive(return_: Return) -> Return:
    (line,) = return_.lines.all()
    receipt = Receipt(
        line_id=line.pk,
        quantity=line.quantity,
        dispositions=(DisposeRequest(type="NOT_RESTOCKED", quantity=line.quantity),),
    )
    return lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])


def test_list_shows_the_newest_first(ada: Client, customer: Customer, requested: Return) -> None:
    order = sent_order(customer=customer)
    wish = LineRequest(fulfillment_line_id=parcels_of(order)[0].pk, quantity=1, reason="too-small")
    newer = lifecycle.request(order, [wish], actor=BUYER)
    rows = ada.get(reverse("storefront:returns")).context["rows"]
    assert [(row["reference"], row["state_label"], row["pieces"]) for row in rows] == [
        (newer.reference, "Requested", "1 piece"),
        ("#1001-R1", "Requested", "2 pieces"),
    ]


def test_list_without_returns_says_what_to_do(ada: Client) -> None:
    page = ada.get(reverse("storefront:returns")).content.decode()
    assert "No returns yet" in page
    assert f'href="{reverse("storefront:orders")}"' in page


def test_long_list_goes_on_behind_a_link(ada: Client, customer: Customer) -> None:
    order = sent_order(25, customer=customer)
    (parcel,) = parcels_of(order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    for _number in range(21):
        lifecycle.request(order, [wish], actor=BUYER)
    first = ada.get(reverse("storefront:returns"))
    second = ada.get(first.context["next_url"])
    assert [len(page.context["rows"]) for page in (first, second)] == [20, 1]
    assert (first.context["previous_url"], second.context["next_url"]) == ("", "")
    assert ada.get(second.context["previous_url"]).context["rows"] == first.context["rows"]


def test_request_shows_what_comes_back_and_waits(ada: Client, requested: Return) -> None:
    response = ada.get(url("return", requested))
    page = response.content.decode()
    assert response.context["explained"]["title"] == "We are looking at your request"
    assert [row["amount"] for row in response.context["proposal"]] == ["€99.80", "€99.80"]
    assert "&lt;b&gt;Tight&lt;/b&gt;" in page
    assert f'href="{url("cancel_return", requested)}"' in page
    assert f'href="{url("slip", requested)}"' not in page


def test_approved_return_says_where_and_until_when(ada: Client, requested: Return) -> None:
    lifecycle.approve(requested, actor=SYSTEM)
    response = ada.get(url("return", requested))
    page = response.content.decode()
    assert "hand it in by November 16, 2026." in page
    assert "Speicherstraße 12" in page
    assert "Germany" in page
    assert f'href="{url("slip", requested)}"' in page


def test_refunded_return_shows_the_money(ada: Client, requested: Return) -> None:
    lifecycle.approve(requested, actor=SYSTEM)
    receive(requested)
    payouts.refund(requested, actor=SYSTEM, key=uuid4(), amount=Decimal("90.00"))
    context = ada.get(url("return", requested)).context
    assert context["explained"]["text"].startswith("We paid you back €90.00.")
    assert context["proposal"] is None
    (refund,) = context["refunds"]
    assert (refund["status"], refund["when"]) == ("SUCCEEDED", "November 2, 2026")
    assert [(row["label"], row["amount"]) for row in refund["rows"]] == [
        ("Items", "€99.80"),
        ("Adjustment", "-€9.80"),
        ("Refunded", "€90.00"),
    ]


def test_part_that_was_paid_back_leaves_the_rest_to_come(ada: Client, requested: Return) -> None:
    lifecycle.approve(requested, actor=SYSTEM)
    (line,) = requested.lines.all()
    kept = DisposeRequest(type="NOT_RESTOCKED", quantity=1)
    receipt = Receipt(line_id=line.pk, quantity=1, dispositions=(kept,))
    lifecycle.process(requested, actor=SYSTEM, receipts=[receipt])
    payouts.refund(requested, actor=SYSTEM, key=uuid4())
    context = ada.get(url("return", requested)).context
    assert context["refunds"][0]["rows"][-1]["amount"] == "€49.90"
    assert context["proposal"][-1] == {
        "label": "Estimated refund",
        "amount": "€49.90",
        "is_total": True,
    }


def test_timeline_names_the_shop_and_keeps_what_is_internal(ada: Client, requested: Return) -> None:
    sam = actors.staff(UserFactory(name="Sam Lindqvist", roles=[Role.MANAGER]))
    lifecycle.add_note(requested, actor=sam, body="Sends back a lot.")
    lifecycle.approve(requested, actor=sam, note="Checked by phone.")
    response = ada.get(url("return", requested))
    assert [(event["what"], event["who"]) for event in response.context["timeline"]] == [
        ("Return approved", "Linden & Lark"),
        ("Return requested", "You"),
    ]
    page = response.content.decode()
    for hidden in ("Sends back a lot.", "Checked by phone.", "Sam Lindqvist"):
        assert hidden not in page
    assert "November 2, 2026 at 9:30" in page


def test_declined_request_shows_the_shops_message_as_text(ada: Client, requested: Return) -> None:
    lifecycle.decline(requested, actor=SYSTEM, reason="OTHER", note="Worn <script>outside.")
    response = ada.get(url("return", requested))
    assert "Worn &lt;script&gt;outside." in response.content.decode()
    assert response.context["proposal"] is None
    assert not response.context["can_cancel"]


def test_page_in_german_has_german_dates_and_money(ada: Client, requested: Return) -> None:
    ada.post("/i18n/setlang/", {"language": "de", "next": "/"})
    page = ada.get(url("return", requested)).content.decode()
    assert '<html lang="de"' in page
    assert "2. November 2026" in page
    assert "99,80\xa0€" in page
    assert "Zu klein" in page


def test_buyer_cancels_after_reading_what_it_means(ada: Client, requested: Return) -> None:
    page = ada.get(url("cancel_return", requested)).content.decode()
    assert "You keep the items, and nothing is paid back for them." in page
    requested.refresh_from_db()
    assert requested.status == "REQUESTED"

    response = ada.post(url("cancel_return", requested), follow=True)
    requested.refresh_from_db()
    assert requested.status == "CANCELED"
    assert "The return is canceled." in response.content.decode()
    assert parcels_of(requested.order)[0].returning_quantity == 0


def test_canceling_twice_is_once(ada: Client, requested: Return) -> None:
    for _click in range(2):
        ada.post(url("cancel_return", requested))
    assert list(requested.events.values_list("type", flat=True)) == [
        "return.requested",
        "return.canceled",
    ]


def test_return_that_moved_on_is_not_canceled_and_the_page_says_why(
    ada: Client, requested: Return
) -> None:
    lifecycle.decline(requested, actor=SYSTEM, reason="FINAL_SALE")
    response = ada.post(url("cancel_return", requested), follow=True)
    requested.refresh_from_db()
    assert requested.status == "DECLINED"
    assert "This is not possible: the return is" in response.content.decode()
    response = ada.get(url("cancel_return", requested), follow=True)
    assert "This return cannot be canceled any more." in response.content.decode()


def test_slip_is_a_pdf_to_look_at(ada: Client, requested: Return) -> None:
    lifecycle.approve(requested, actor=SYSTEM)
    response = ada.get(url("slip", requested))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'inline; filename="return-1001-R1.pdf"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Content-Security-Policy" not in response.headers
    (page,) = pypdf.PdfReader(io.BytesIO(response.content)).pages
    assert "#1001-R1" in page.extract_text()


def test_guest_with_another_order_gets_no_slip(guest: Guest, requested: Return) -> None:
    browser = guest(sent_order())
    assert browser.get(url("slip", requested)).status_code == 404


def test_done_page_of_an_approved_return_leads_to_the_slip(ada: Client, requested: Return) -> None:
    lifecycle.approve(requested, actor=SYSTEM)
    page = ada.get(url("return_done", requested)).content.decode()
    assert "Your return is ready" in page
    assert f'href="{url("slip", requested)}"' in page
