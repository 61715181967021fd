"""Messages of a shop that are taken in at the same moment."""

import json
from typing import Any

import pytest

from orders.intake.numbers import ReferenceTaken, take_in_new
from orders.models import Order, OrderSource, SourceDelivery
from orders.sources import inbox
from orders.sources.inbox import Arrived
from returns.incoming import deliveries
from returns.models import Refund, Return, ToldRefund
from tests.concurrency.threads import together
from tests.factories import StoreFactory
from tests.orders.intake import examples
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(source: OrderSource, number: int, topic: str, message: dict[str, Any]) -> int:
    """Keep a message without taking it in; return its key."""
    arrived = Arrived(webhook_id=f"at-once-{number}", topic=topic, body=json.dumps(message))
    delivery, _new = inbox.receive(source, arrived)
    return delivery.pk


def taken_in(*keys: int) -> list[str]:
    """Take messages in at the same moment, as two workers do; return what became of them."""
    results = together(*[lambda key=key: deliveries.apply(key) for key in keys])
    assert results == [None] * len(keys)
    found = SourceDelivery.objects.filter(pk__in=keys)
    return sorted(found.values_list("status", flat=True))


def test_same_message_received_twice_at_once_is_one() -> None:
    source = OrderSourceFactory()
    arrived = Arrived(webhook_id="one", topic="orders/create", body="{}")

    results = together(*[lambda: inbox.receive(source, arrived)] * 3)

    assert sorted(is_new for _delivery, is_new in results) == [False, False, True]
    assert SourceDelivery.objects.count() == 1


def test_newest_of_three_states_stands() -> None:
    source = OrderSourceFactory()
    keys = [
        waiting(
            source,
            minute,
            "orders/updated",
            body(
                "shopify_order", updated_at=f"2026-10-01T08:0{minute}:00Z", source_name=f"{minute}"
            ),
        )
        for minute in (3, 1, 2)
    ]

    assert set(taken_in(*keys)) <= {"APPLIED", "IGNORED"}
    assert Order.objects.get().channel == "3"


def test_refund_told_by_itself_and_within_its_order_at_once_is_one() -> None:
    source = OrderSourceFactory()
    told(source, "orders/create", body("shopify_order"))
    told(source, "fulfillments/create", body("shopify_fulfillment"))
    inside = body("shopify_order", updated_at="2026-10-10T10:00:00Z")
    inside |= {"fulfillments": [body("shopify_fulfillment")], "refunds": [body("shopify_refund")]}
    keys = [
        waiting(source, 1, "refunds/create", body("shopify_refund")),
        waiting(source, 2, "orders/updated", inside),
    ]

    assert taken_in(*keys) == ["APPLIED", "APPLIED"]
    assert (Refund.objects.count(), Return.objects.count(), ToldRefund.objects.count()) == (1, 1, 1)


def test_two_new_orders_at_once_get_two_numbers() -> None:
    StoreFactory(code="linden")
    take_in_new(examples.order(reference="#1001"))

    made = together(*[lambda: take_in_new(examples.order(reference=""))] * 3)

    assert sorted(str(order) for order in made) == ["#1002", "#1003", "#1004"], made


def test_number_that_two_want_at_once_is_given_once() -> None:
    StoreFactory(code="linden")

    made = together(*[lambda: take_in_new(examples.order(reference="#7"))] * 2)

    assert sorted(type(each).__name__ for each in made) == ["Order", ReferenceTaken.__name__]
