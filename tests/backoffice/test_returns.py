"""The list of returns and the page of one."""

import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Return
from returns.queries import Sort
from returns.refunds import payouts
from tests.factories import (
    LocationFactory,
    OrderFactory,
    ReturnFactory,
    ReturnLineFactory,
    StoreFactory,
    sent_bundle,
    sent_order,
)

pytestmark = pytest.mark.django_db

LIST = reverse("backoffice:returns")


def page_of(return_: Return) -> str:
    return reverse("backoffice:return", args=[return_.pk])


def references(client: Client, **parameters: str) -> list[str]:
    response = client.get(LIST, parameters)
    assert response.status_code == 200
    return [row["reference"] for row in response.context["rows"]]


def requested(order: Order) -> Return:
    """Return a request for all pieces of an order."""
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order)
    ]
    return lifecycle.request(order, wishes, actor=actors.buyer("Ada Winter"))


def test_filters_come_from_the_address(support: Client) -> None:
    store = StoreFactory(code="uk")
    mine = requested(sent_order(store=store, reference="#1"))
    ReturnFactory(order__store=store, status="CLOSED", order__reference="#2")
    ReturnFactory(status="REQUESTED", order__reference="#3")
    assert references(support, store="uk", status="REQUESTED", reason="too-small") == [
        mine.reference
    ]
    assert references(support, queue="decide", sort="newest") == ["#3-R1", "#1-R1"]
    assert references(support, q="#1") == ["#1-R1"]
    assert references(support, since="2999-01-01") == []


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [({}, "newest"), ({"queue": "receive"}, "oldest"), ({"sort": "deadline"}, "deadline")],
)
def test_shown_order_is_the_order_of_the_list(
    support: Client, parameters: dict[str, str], shown: str
) -> None:
    context = support.get(LIST, parameters).context
    assert (context["form"]["sort"].value(), context["summary"]) == (shown, Sort(shown).label)


def test_chip_takes_one_filter_away(support: Client) -> None:
    StoreFactory(code="uk", name="Lark UK")
    parameters = {"store": "uk", "status": "OPEN", "q": "", "cursor": "abc"}
    chips = support.get(LIST, parameters).context["chips"]
    assert [(chip.label, chip.remove_url) for chip in chips] == [
        ("Status: Open", f"{LIST}?store=uk"),
        ("Store: Lark UK", f"{LIST}?status=OPEN"),
    ]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "This day is before the first one."),
        ({"status": "LOST"}, "Select a valid choice."),
        ({"store": "nowhere"}, "Select a valid choice."),
        ({"q": "x" * 201}, "at most 200 characters"),
        ({"q": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_filter_that_means_nothing_is_told_and_the_list_still_shown(
    support: Client, parameters: dict[str, str], words: str
) -> None:
    ReturnFactory(order__reference="#1")
    response = support.get(LIST, parameters)
    assert words in response.content.decode()
    assert [row["reference"] for row in response.context["rows"]] == ["#1-R1"]


def test_cursor_that_means_nothing_shows_the_first_page(support: Client) -> None:
    ReturnFactory(order__reference="#1")
    assert references(support, cursor="garbage") == ["#1-R1"]


def test_next_page_keeps_the_filters(support: Client) -> None:
    order = OrderFactory(reference="#7")
    for number in range(1, 28):
        ReturnFactory(order=order, number=number, status="REQUESTED")
    first = support.get(LIST, {"status": "REQUESTED", "sort": "oldest"})
    assert len(first.context["rows"]) == 25
    second = support.get(first.context["next_url"])
    assert [row["reference"] for row in second.context["rows"]] == ["#7-R26", "#7-R27"]
    assert "status=REQUESTED" in first.context["next_url"]
    assert second.context["next_url"] == ""
    back = support.get(second.context["previous_url"])
    shown = [row["reference"] for row in back.context["rows"]]
    assert shown == [f"#7-R{number}" for number in range(1, 26)]


def test_scanned_reference_opens_the_return(support: Client) -> None:
    return_ = requested(sent_order(reference="#4711"))
    assertRedirects(support.get(LIST, {"q": "#4711-R1"}), page_of(return_))
    assertRedirects(support.get(LIST, {"q": "4711-r1 "}), page_of(return_))


def test_scanned_qr_code_opens_the_return(support: Client) -> None:
    return_ = requested(sent_order())
    scanned = f"https://returns.example.com{page_of(return_)}"
    assertRedirects(support.get(LIST, {"q": scanned}), page_of(return_))
    for other in ("https://evil.example/admin/", "https://[", "//evil.example"):
        assert support.get(LIST, {"q": other}).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "No returns yet"),
        ({"queue": "decide"}, "All done"),
        ({"q": "nothing"}, "Nothing found"),
    ],
)
def test_empty_list_says_what_to_do(
    support: Client, parameters: dict[str, str], words: str
) -> None:
    assert words in support.get(LIST, parameters).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_queries(support: Client, count: int) -> None:
    for _ in range(count):
        ReturnLineFactory(for_return__order__store=StoreFactory())
    parameters = {"reason": "", "status": "OPEN", "q": "", "sort": "oldest"}
    # Session, user, stores, reasons, members of staff, the list, counts of the tabs.
    with assertNumQueries(7):
        support.get(LIST, parameters)


@pytest.mark.parametrize("count", [1, 3])
def test_searched_list_takes_two_queries_more(support: Client, count: int) -> None:
    """One to see whether it is a whole reference, one to see whether the word is rare."""
    for _ in range(count):
        requested(sent_order(store=StoreFactory()))
    with assertNumQueries(9):
        assert len(support.get(LIST, {"q": "winter"}).context["rows"]) == count


def test_unknown_return_is_not_found(support: Client) -> None:
    for pk in (1, 10**18, 10**30):
        assert support.get(f"/backoffice/returns/{pk}").status_code == 404


def settled(lines: int) -> Return:
    """Return a return of so many lines, a bundle too, with all that can happen to it."""
    store = StoreFactory(return_location=LocationFactory())
    order = sent_order(*[2] * lines, store=store, shipping_amount=Decimal("4.90"))
    sent_bundle(order)
    return_ = requested(order)
    actor = actors.system()
    lifecycle.approve(return_, actor=actor)
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=1,
            dispositions=(DisposeRequest(type="RESTOCKED", quantity=1),),
        )
        for line in return_.lines.all()
    ]
    lifecycle.process(return_, actor=actor, receipts=receipts)
    payouts.refund(return_, actor=actor, key=uuid4(), amount=Decimal("20.00"))
    lifecycle.add_note(return_, actor=actor, body="Was worn.")
    return Return.objects.get(pk=return_.pk)


@pytest.mark.parametrize("lines", [1, 3])
def test_page_takes_few_queries(manager: Client, lines: int) -> None:
    return_ = settled(lines)
    for number in range(2, 2 + lines):
        ReturnFactory(order=return_.order, number=number)
    with assertNumQueries(16):
        assert manager.get(page_of(return_)).status_code == 200


def test_page_shows_items_money_and_timeline(manager: Client) -> None:
    return_ = settled(1)
    response = manager.get(page_of(return_))
    first = response.context["items"][0]
    assert (first.reason, first.quantity, first.became) == (
        "Too small",
        2,
        [
            (
                "RESTOCKED",
                f"1 \N{MULTIPLICATION SIGN} Back in stock ({return_.store.return_location})",
            ),
            ("EXPECTED", "1 expected"),
            ("SUCCEEDED", "1 refunded"),
        ],
    )
    (refund,) = response.context["refunds"]
    assert (refund.amount, refund.status) == ("€20.00", "SUCCEEDED")
    assert [event.what.split(":")[0] for event in response.context["timeline"]] == [
        "Note",
        "Refund paid",
        "Items received",
        "Return approved",
        "Return requested",
    ]


def test_words_of_buyers_and_staff_are_shown_as_text(support: Client) -> None:
    return_ = requested(sent_order())
    return_.lines.update(customer_note="<b>bold</b>")
    lifecycle.add_note(return_, actor=actors.system(), body="<script>alert(1)</script>")
    page = support.get(page_of(return_)).content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>bold" not in page


def test_times_are_those_of_the_store(support: Client) -> None:
    at = datetime.datetime(2026, 11, 20, 23, 30, tzinfo=datetime.UTC)
    tokyo = StoreFactory(time_zone="Asia/Tokyo")
    return_ = ReturnFactory(order__store=tokyo, created_at=at, status="REQUESTED")
    facts = support.get(page_of(return_)).context["facts"]
    assert facts[0] == {"label": "Requested", "value": "21 Nov 2026, 08:30"}


def test_slip_is_a_pdf_in_the_browser(warehouse: Client) -> None:
    return_ = requested(sent_order(reference="#1"))
    response = warehouse.get(reverse("backoffice:return_slip", args=[return_.pk]))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'inline; filename="return-1-R1.pdf"'
    assert response.content.startswith(b"%PDF-")


def test_words_of_who_asked_for_the_buyer_are_shown(support: Client) -> None:
    line = ReturnLineFactory(reason_note="Seam is open")
    url = reverse("backoffice:return", args=[line.for_return.pk])
    assert "Seam is open" in support.get(url).content.decode()
