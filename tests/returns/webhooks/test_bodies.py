"""What each topic tells, in Shopify's form."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.asserts import assertNumQueries

from returns import endings, lifecycle
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import (
    Event,
    EventType,
    Return,
    ReverseDelivery,
    ReverseFulfillment,
    WebhookTopic,
)
from returns.parcels import deliveries as parcels
from returns.parcels.deliveries import Tracking
from returns.refunds import payouts
from returns.webhooks import bodies as webhook_bodies
from returns.webhooks import deliveries, topics
from returns.webhooks.bodies import Asked
from tests.returns.stories import SYSTEM, opened, received, requested

pytestmark = pytest.mark.django_db


def gid(type_: str, pk: int) -> str:
    return f"gid://shopify/{type_}/{pk}"


def named(type_: str, pk: int) -> dict[str, Any]:
    return {"id": pk, "admin_graphql_api_id": gid(type_, pk)}


def told(event: Event) -> dict[str, Any]:
    """Return the bodies of an event by topic; of the first row where there are several."""
    loaded = Event.objects.select_related("for_return__order").get(pk=event.pk)
    found = {}
    for topic in topics.of_event(event.type, to_status=event.to_status, data=event.data):
        for subject in deliveries.subjects(loaded, topic)[:1]:
            [found[str(topic)]] = webhook_bodies.build([Asked(topic, loaded, subject)])
    return found


def last(return_: Return, type_: str) -> Event:
    return return_.events.filter(type=type_).latest("pk")


@pytest.mark.parametrize("approved", [False, True])
def test_request_and_approval_tell_the_return_whole(approved: bool) -> None:
    return_ = opened() if approved else requested()
    line = return_.lines.get()
    sent = line.fulfillment_line
    event = return_.events.latest("pk")
    topic = "returns/approve" if approved else "returns/request"
    assert told(event) == {
        topic: {
            **named("Return", return_.pk),
            "status": "open" if approved else "requested",
            "order": named("Order", return_.order_id),
            "total_return_line_items": 1,
            "name": return_.reference,
            "return_line_items": [
                {
                    **named("ReturnLineItem", line.pk),
                    "fulfillment_line_item": {
                        **named("FulfillmentLineItem", sent.pk),
                        "line_item": named("LineItem", sent.order_line_id),
                    },
                    "quantity": 2,
                    "return_reason": "size_too_small",
                    "return_reason_note": "",
                    "customer_note": None,
                    "restocking_fee": None,
                }
            ],
            "return_shipping_fees": [],
            "exchange_line_items": [],
            "total_exchange_line_items": 0,
        }
    }


def test_fees_are_told_as_amounts_in_both_moneys() -> None:
    return_ = opened()
    line = return_.lines.get()
    sold = line.fulfillment_line.order_line
    sold.unit_price, sold.discount_total = Decimal("10.00"), Decimal(0)
    sold.save()
    restocking = return_.fees.create(kind="RESTOCKING", line=line, percent=Decimal(15))
    shipping = return_.fees.create(kind="RETURN_SHIPPING", amount=Decimal("4.9"))
    body = told(last(return_, EventType.RETURN_APPROVED))["returns/approve"]
    currency = return_.order.currency

    def price(amount: str) -> dict[str, Any]:
        money = {"amount": amount, "currency_code": currency}
        return {"shop_money": money, "presentment_money": money}

    assert body["return_line_items"][0]["restocking_fee"] == {
        **named("Fee", restocking.pk),
        "price": price("3.00"),
    }
    assert body["return_shipping_fees"] == [{**named("Fee", shipping.pk), "price": price("4.90")}]


def test_moves_tell_the_new_status() -> None:
    return_ = opened()
    lifecycle.close(return_, actor=SYSTEM)
    lifecycle.reopen(return_, actor=SYSTEM)
    lifecycle.cancel(return_, actor=SYSTEM)
    found = [told(event) for event in return_.events.order_by("pk")][2:]
    moved = {**named("Return", return_.pk), "order_id": return_.order_id}
    assert found == [
        {"returns/close": {**moved, "status": "closed"}},
        {"returns/reopen": {**moved, "status": "open"}},
        {"returns/cancel": {**moved, "status": "canceled"}},
    ]


def test_removal_tells_the_pieces_that_left_and_the_close_it_makes() -> None:
    return_ = opened()
    line = return_.lines.get()
    lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.pk: 2})
    found = told(last(return_, EventType.LINES_REMOVED))
    assert list(found) == ["returns/update", "returns/close"]
    assert found["returns/update"] == {
        "admin_graphql_api_id": gid("Return", return_.pk),
        "return_line_items": {
            "removals": [{"admin_graphql_api_id": gid("ReturnLineItem", line.pk), "delta": 2}]
        },
        "restocking_fees": {"updates": [], "removals": []},
        "return_shipping_fees": {"updates": [], "removals": []},
    }


def test_waived_fee_is_told_as_removed() -> None:
    return_ = opened()
    fee = return_.fees.create(kind="RETURN_SHIPPING", amount=Decimal("4.9"))
    lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee.pk, reason="Sorry.")
    body = told(last(return_, EventType.FEE_WAIVED))["returns/update"]
    assert body["return_shipping_fees"] == {
        "updates": [],
        "removals": [{"admin_graphql_api_id": gid("Fee", fee.pk)}],
    }
    assert body["return_line_items"] == {"removals": []}


def test_receipt_tells_process_disposal_and_close() -> None:
    return_ = opened()
    received(return_, "RESTOCKED")
    work = ReverseFulfillment.objects.get(for_return=return_)
    assert work.location_id
    found = told(last(return_, EventType.RETURN_PROCESSED))
    moved = {**named("Return", return_.pk), "order_id": return_.order_id, "status": "closed"}
    assert found == {
        "returns/process": moved,
        "reverse_fulfillment_orders/dispose": {
            **named("ReverseFulfillmentOrder", work.pk),
            "dispositions": [
                {
                    "reverse_fulfillment_order_line_item": named(
                        "ReverseFulfillmentOrderLineItem", work.lines.get().pk
                    ),
                    "reverse_delivery_line_item": None,
                    "type": "restocked",
                    "location": named("Location", work.location_id),
                    "quantity": 2,
                }
            ],
            "total_dispositions": 1,
        },
        "returns/close": moved,
    }


def test_receipt_without_disposal_tells_no_disposal() -> None:
    return_ = opened()
    lifecycle.process(
        return_, actor=SYSTEM, receipts=[Receipt(line_id=return_.lines.get().pk, quantity=1)]
    )
    assert list(told(last(return_, EventType.RETURN_PROCESSED))) == ["returns/process"]


def test_kept_goods_tell_what_became_of_them() -> None:
    return_ = opened()
    endings.let_keep(return_, actor=SYSTEM, quantities={return_.lines.get().pk: 2}, note="Keep.")
    found = told(last(return_, EventType.GOODS_KEPT))
    [made] = found["reverse_fulfillment_orders/dispose"]["dispositions"]
    assert (made["type"], made["quantity"], made["location"]) == ("not_restocked", 2, None)


def test_tracked_parcel_tells_its_tracking() -> None:
    return_ = opened()
    parcel = parcels.add_parcel(
        return_, actor=SYSTEM, tracking=Tracking(number="1Z5R89390357567127")
    )
    body = told(last(return_, EventType.PARCEL_ADDED))["reverse_deliveries/attach_deliverable"]
    assert body == {
        **named("ReverseDelivery", parcel.pk),
        "return": named("Return", return_.pk),
        "shipping_deliverable": {
            "tracking": {
                "carrier_name": parcel.carrier_name or None,
                "tracking_number": "1Z5R89390357567127",
                "tracking_url": parcel.tracking_url or None,
            },
            "label": None,
        },
    }
    ReverseDelivery.objects.all().delete()
    assert told(last(return_, EventType.PARCEL_ADDED)) == {
        "reverse_deliveries/attach_deliverable": None
    }


def test_parcel_without_tracking_is_no_news() -> None:
    return_ = opened()
    parcels.add_parcel(return_, actor=SYSTEM)
    assert told(last(return_, EventType.PARCEL_ADDED)) == {}


def test_refund_tells_lines_and_transactions() -> None:
    return_ = received(opened())
    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())
    payouts_made = refund.transactions.get()
    line = refund.lines.get()
    body = told(last(return_, EventType.REFUND_SUCCEEDED))["refunds/create"]
    assert body["return"] == named("Return", return_.pk)
    assert body["refund_line_items"] == [
        {
            "id": line.pk,
            "line_item_id": line.sold.pk,
            "quantity": 2,
            "subtotal": f"{line.amount:.2f}",
            "total_tax": f"{line.tax:.2f}",
            "restock_type": "return",
        }
    ]
    assert body["transactions"] == [
        {
            **named("OrderTransaction", payouts_made.pk),
            "order_id": return_.order_id,
            "amount": f"{refund.amount:.2f}",
            "currency": return_.order.currency,
            "kind": "refund",
            "gateway": payouts_made.gateway,
            "status": "success",
            "parent_id": payouts_made.payment_id,
        }
    ]


def test_every_topic_has_a_body_and_all_but_withdrawals_an_event() -> None:
    told_of = {topic for type_ in EventType for topic in topics._TOPICS.get(type_, ())}
    assert set(WebhookTopic) - told_of == {WebhookTopic.WITHDRAWALS_CREATE}
    assert set(webhook_bodies._BODIES) == set(WebhookTopic)


@pytest.mark.parametrize("count", [1, 3])
def test_many_bodies_take_as_many_queries_as_one(count: int) -> None:
    made = [opened() for _number in range(count)]
    events = Event.objects.filter(for_return__in=made, type=EventType.RETURN_APPROVED)
    asked = [
        Asked("returns/approve", event, None)
        for event in events.select_related("for_return__order")
    ]
    with assertNumQueries(6):
        bodies = webhook_bodies.build(asked)
    assert [body["id"] for body in bodies if body] == [return_.pk for return_ in made]


def test_two_receipts_tell_each_its_own_disposals() -> None:
    return_ = opened()
    line = return_.lines.get()
    work = ReverseFulfillment.objects.get(for_return=return_)
    receipt = Receipt(
        line_id=line.pk, quantity=1, dispositions=(DisposeRequest(type="MISSING", quantity=1),)
    )
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
    events = return_.events.filter(type=EventType.RETURN_PROCESSED).order_by("pk")
    found = [told(event)["reverse_fulfillment_orders/dispose"] for event in events]
    assert [body["id"] for body in found] == [work.pk, work.pk]
    assert [body["total_dispositions"] for body in found] == [1, 1]
