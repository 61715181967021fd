"""Orders as their buyer sees them."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from accounts import actors
from orders.models import Customer, Fulfillment, Order
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Refund
from returns.refunds import payouts
from tests.factories import (
    FulfillmentFactory,
    FulfillmentLineFactory,
    OrderFactory,
    OrderLineFactory,
    sent_bundle,
    sent_order,
)
from tests.storefront.conftest import Guest, parcels_of

pytestmark = pytest.mark.django_db

LIST = "/orders/"


def test_list_shows_own_orders_the_newest_first(ada: Client, customer: Customer) -> None:
    older = sent_order(2, customer=customer, placed_at=timezone.now() - timedelta(days=20))
    newer = sent_order(1, 1, customer=customer)
    sent_order()
    rows = ada.get(LIST).context["rows"]
    assert [(row["reference"], row["pieces"], row["titles"]) for row in rows] == [
        (newer.reference, "2 pieces", "Linen shirt, Linen shirt"),
        (older.reference, "2 pieces", "Linen shirt"),
    ]


def test_list_says_where_returns_stand(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    wish = LineRequest(fulfillment_line_id=parcels_of(order)[0].pk, quantity=1, reason="too-small")
    lifecycle.request(order, [wish], actor=actors.buyer("Ada"))
    (row,) = ada.get(LIST).context["rows"]
    assert (row["state"], row["state_label"]) == ("RETURN_REQUESTED", "Return requested")


def test_list_without_orders_says_what_to_do(ada: Client) -> None:
    page = ada.get(LIST).content.decode()
    assert "No orders here" in page
    assert 'href="/guest/"' in page


@pytest.mark.parametrize("cursor", ["nonsense", "%00", "W10", "é"])
def test_broken_page_link_shows_the_first_page(
    ada: Client, customer: Customer, cursor: str
) -> None:
    sent_order(customer=customer)
    assert len(ada.get(f"{LIST}?page={cursor}").context["rows"]) == 1


def test_bundle_counts_as_one_thing_in_the_list(ada: Client, customer: Customer) -> None:
    sent_bundle(OrderFactory(customer=customer))
    (row,) = ada.get(LIST).context["rows"]
    assert (row["pieces"], row["titles"]) == ("1 piece", "Gift set")


def test_order_shows_its_parcels_and_what_was_not_sent(ada: Client, customer: Customer) -> None:
    order = OrderFactory(customer=customer)
    shipped = timezone.now().replace(year=2026, month=11, day=3, hour=12)
    arrived = FulfillmentFactory(
        order=order,
        shipped_at=shipped,
        tracking_company="DHL",
        tracking_number="0034",
        tracking_url="https://dhl.example/0034",
    )
    under_way = FulfillmentFactory(order=order, shipped_at=shipped, delivered_at=None)
    for parcel in (arrived, under_way):
        FulfillmentLineFactory(order_line=OrderLineFactory(order=order), fulfillment=parcel)
    OrderLineFactory(order=order)
    parcels = ada.get(reverse("storefront:order", args=[order.public_id])).context["parcels"]
    assert [(parcel["title"], parcel.get("tracking")) for parcel in parcels] == [
        (
            "Parcel 1 · Delivered on November 6, 2026",
            {"label": "DHL 0034", "url": "https://dhl.example/0034"},
        ),
        ("Parcel 2 · Sent on November 3, 2026", None),
        ("Not sent yet", None),
    ]


def test_tracking_link_that_is_no_web_address_is_only_text(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    Fulfillment.objects.update(tracking_number="0034", tracking_url="javascript:alert(1)")
    page = ada.get(reverse("storefront:order", args=[order.public_id])).content.decode()
    assert "0034" in page
    assert "javascript:" not in page


def test_order_offers_a_return_while_something_can_go_back(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    url = reverse("storefront:order", args=[order.public_id])
    start = f'href="{reverse("storefront:start_return", args=[order.public_id])}"'
    assert start in ada.get(url).content.decode()
    order.lines.update(personalised=True)
    assert start not in ada.get(url).content.decode()


def test_guest_sees_the_opened_order_and_no_other(guest: Guest) -> None:
    order = sent_order(customer=None, guest_email="eve@example.com")
    sent_order(customer=None, guest_email="eve@example.com")
    browser = guest(order)
    rows = browser.get(LIST).context["rows"]
    assert [row["reference"] for row in rows] == [order.reference]


def test_title_with_html_is_shown_as_text(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    order.lines.update(title="<script>alert(1)</script>", image="javascript:alert(1)")
    page = ada.get(reverse("storefront:order", args=[order.public_id])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_order_shows_what_was_paid_to_the_cent(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer, shipping_amount=Decimal("4.90"), tax_included=False)
    order.lines.update(discount_total=Decimal("9.80"), tax_total=Decimal("17.10"))
    order.shipping_tax = Decimal("0.93")
    order.save()
    rows = ada.get(reverse("storefront:order", args=[order.public_id])).context["paid"]
    assert [(row["label"], row["amount"]) for row in rows] == [
        ("Items", "€99.80"),
        ("Discounts", "-€9.80"),
        ("Delivery", "€4.90"),
        ("Tax", "€18.03"),
        ("Total", "€112.93"),
    ]


# --- money that came back ----------------------------------------------------


def paid_back(order: Order, amount: str) -> Refund:
    return payouts.refund_order(
        order, actor=actors.system(), key=uuid4(), amount=Decimal(amount), note="For staff only."
    )


def test_page_shows_what_came_back_with_the_credit_note(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    wish = LineRequest(fulfillment_line_id=parcels_of(order)[0].pk, quantity=1, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=actors.system())
    payouts.refund(return_, actor=actors.system(), key=uuid4())
    note = paid_back(order, "5.00").credit_notes.get()

    response = ada.get(f"{LIST}{order.public_id}/")

    page = response.content.decode()
    alone, of_return = response.context["refunds"]
    assert [(row["label"], row["amount"]) for row in alone["rows"]] == [("Refunded", "€5.00")]
    assert [(row["label"], row["amount"]) for row in of_return["rows"]] == [("Refunded", "€49.90")]
    assert of_return["return_reference"] == return_.reference
    link = reverse("storefront:order_credit_note", args=[order.public_id, note.number])
    assert f'href="{link}"' in page
    assert "For staff only." not in page
    assert ada.get(link).headers["Content-Type"] == "application/pdf"


def test_credit_note_of_a_return_or_of_somebody_else_is_not_there(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(2, customer=customer)
    other = sent_order(2)
    note = paid_back(other, "5.00").credit_notes.get()
    for public_id in (order.public_id, other.public_id):
        link = reverse("storefront:order_credit_note", args=[public_id, note.number])
        assert ada.get(link).status_code == 404


def test_pieces_that_were_paid_back_are_told_once(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    line = order.lines.get()
    FulfillmentLineFactory(
        fulfillment=FulfillmentFactory(order=order, number=2), order_line=line, quantity=1
    )
    payouts.refund_order(
        order,
        actor=actors.system(),
        key=uuid4(),
        quantities={line.pk: 1},
        amount=Decimal("49.90"),
    )
    page = ada.get(f"{LIST}{order.public_id}/").content.decode()
    assert page.count("1 piece was paid back") == 1


def test_page_hides_a_refund_that_failed(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    paid_back(order, "5.00")
    Refund.objects.update(status="FAILED")
    assert ada.get(f"{LIST}{order.public_id}/").context["refunds"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_page_with_refunds_takes_few_queries(ada: Client, customer: Customer, count: int) -> None:
    order = sent_order(2, customer=customer)
    for _ in range(count):
        paid_back(order, "1.00")
    with assertNumQueries(8):
        ada.get(f"{LIST}{order.public_id}/")
