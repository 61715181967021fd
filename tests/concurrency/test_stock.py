"""Different orders share only the stock: it adds up, and nobody waits in a circle."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from accounts import actors
from orders import stock
from orders.models import FulfillmentLine, Location, Order, StockLevel, Variant
from returns import lifecycle
from returns.errors import ReturnError
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import Disposition, Return
from returns.refunds import payouts
from tests.concurrency.threads import together
from tests.factories import (
    FulfillmentFactory,
    FulfillmentLineFactory,
    LocationFactory,
    OrderFactory,
    OrderLineFactory,
    PaymentFactory,
    StoreFactory,
    VariantFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = actors.system()


def order_of(variants: list[Variant], **options: Any) -> Order:
    """An order with ten sent pieces of each variant, in this order."""
    order = OrderFactory(**options)
    parcel = FulfillmentFactory(order=order)
    for variant in variants:
        line = OrderLineFactory(order=order, variant=variant, quantity=10)
        FulfillmentLineFactory(order_line=line, fulfillment=parcel)
    PaymentFactory(order=order, amount=1000)
    return order


def open_return(order: Order, quantity: int) -> Return:
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
        for parcel in parcels
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def restock(return_: Return, locations: list[Location]) -> Return:
    """Receive one piece of each line for each location, and put it there."""
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=len(locations),
            dispositions=tuple(
                DisposeRequest(type="RESTOCKED", quantity=1, location_id=location.pk)
                for location in locations
            ),
        )
        for line in return_.lines.all()
    ]
    return lifecycle.process(return_, actor=SYSTEM, receipts=receipts)


def test_restocking_the_same_article_from_two_orders_adds_up() -> None:
    variant, location = VariantFactory(), LocationFactory()
    returns = [open_return(order_of([variant]), 2) for _order in range(2)]

    def act(return_: Return) -> Callable[[], Return]:
        return lambda: restock(return_, [location, location])

    outcomes = together(*map(act, returns))

    assert outcomes == returns
    assert StockLevel.objects.get(variant=variant, location=location).available == 4


def test_restocking_in_opposite_orders_does_not_deadlock() -> None:
    variants = [VariantFactory() for _variant in range(5)]
    locations = [LocationFactory() for _location in range(2)]
    forward = open_return(order_of(variants), 10)
    backward = open_return(order_of(variants[::-1]), 10)

    def many(return_: Return, places: list[Location]) -> None:
        for _round in range(5):
            restock(return_, places)

    outcomes = together(lambda: many(forward, locations), lambda: many(backward, locations[::-1]))

    assert outcomes == [None, None]
    assert set(StockLevel.objects.values_list("available", flat=True)) == {10}


def test_stock_added_by_eight_at_once_from_nothing() -> None:
    variants = [VariantFactory() for _variant in range(3)]
    location = LocationFactory()
    pieces = {variant.pk: 1 for variant in variants}

    together(*[lambda: stock.add(pieces, location)] * 8)

    assert list(StockLevel.objects.values_list("available", flat=True)) == [8, 8, 8]


def test_verbs_on_two_orders_in_any_mixture_do_not_deadlock() -> None:
    store = StoreFactory()
    variants = [VariantFactory() for _variant in range(2)]
    orders = [order_of(variants, store=store), order_of(variants[::-1], store=store)]

    def anything(seed: int) -> int:
        """Do forty random acts on either order; return how many were refused."""
        chance, refused = random.Random(seed), 0
        for _act in range(40):
            return_ = Return.objects.order_by("?").first()
            try:
                if return_ is None or chance.random() < 0.3:
                    open_return(chance.choice(orders), 1)
                else:
                    chance.choice(VERBS)(return_)
            except ReturnError:
                refused += 1
        return refused

    outcomes = together(*[lambda seed=seed: anything(seed) for seed in range(4)])

    assert [type(outcome) for outcome in outcomes] == [int] * 4
    restocked = sum(fate.quantity for fate in Disposition.objects.filter(type="RESTOCKED"))
    assert sum(StockLevel.objects.values_list("available", flat=True)) == restocked > 0
    for parcel in FulfillmentLine.objects.all():
        held = parcel.return_lines.exclude(for_return__status="CANCELED")
        assert parcel.returning_quantity == sum(line.quantity for line in held)


VERBS: list[Callable[[Return], Any]] = [
    lambda return_: restock(return_, list(Location.objects.filter(stores=return_.store))),
    lambda return_: lifecycle.cancel(return_, actor=SYSTEM),
    lambda return_: lifecycle.close(return_, actor=SYSTEM),
    lambda return_: lifecycle.reopen(return_, actor=SYSTEM),
    lambda return_: payouts.refund(return_, actor=SYSTEM, key=uuid4()),
    lambda return_: lifecycle.add_note(return_, actor=SYSTEM, body="Rang."),
]
