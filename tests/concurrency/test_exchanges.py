"""Buyers who want the last piece, and a reservation that ends while the piece is sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from orders.models import StockLevel, Variant
from returns import exchanges, lifecycle
from returns.errors import OutOfStock
from returns.models import ExchangeLine, ExchangeShipment, Return
from tests.concurrency.threads import all_at_once, kinds, run_after, together, without_locks
from tests.factories import StockLevelFactory, VariantFactory
from tests.returns.exchanging import SYSTEM, bought, only, receive, send, shirt, stock_of, swap

pytestmark = pytest.mark.django_db(transaction=True)


def wanting(variant: Variant) -> Callable[[], Return]:
    """Somebody whose order lets them have any product, and who wants this one."""
    order = bought(1, terms={"exchanges": "ANY_PRODUCT"})
    return lambda: swap(order, variant)


def last_piece() -> Variant:
    return StockLevelFactory(available=1).variant


def test_two_buyers_exchange_for_the_last_piece() -> None:
    variant = last_piece()

    outcomes = together(wanting(variant), wanting(variant))

    assert kinds(outcomes) == ["OutOfStock", "Return"]
    assert stock_of(variant) == (1, 1)
    assert ExchangeLine.objects.count() == Return.objects.count() == 1


def test_without_the_lock_two_buyers_both_get_the_last_piece() -> None:
    variant = last_piece()
    first, second = wanting(variant), wanting(variant)

    with without_locks(), run_after("orders.stock._locked", second) as others:
        first()

    assert kinds(others) == ["Return"]
    assert ExchangeLine.objects.count() == 2  # of one piece


def test_eight_buyers_exchange_for_three_pieces() -> None:
    variant = StockLevelFactory(available=3).variant

    outcomes = together(*[wanting(variant) for _buyer in range(8)])

    assert kinds(outcomes) == ["OutOfStock"] * 5 + ["Return"] * 3
    assert stock_of(variant) == (3, 3)


def test_exchanges_for_the_same_variants_in_opposite_orders_do_not_deadlock() -> None:
    variants = [VariantFactory() for _variant in range(4)]
    for variant in variants:
        StockLevelFactory(variant=variant, available=40)
        StockLevelFactory(variant=variant, available=40)

    def ask(wanted: list[Variant]) -> Callable[[], Return]:
        order = bought(1, 1, 1, 1, terms={"exchanges": "ANY_PRODUCT"})
        parcels = order.fulfillments.get().lines.order_by("pk")
        lines = [
            lifecycle.LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="style")
            for parcel in parcels
        ]
        swaps = [
            lifecycle.ExchangeRequest(variant_id=variant.pk, quantity=1, replaces=index)
            for index, variant in enumerate(wanted)
        ]
        return lambda: lifecycle.cancel(
            lifecycle.create(order, lines, actor=SYSTEM, exchanges=swaps), actor=SYSTEM
        )

    outcomes = together(*[ask(variants[::step]) for step in (1, -1) * 4])

    assert kinds(outcomes) == ["Return"] * 8
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}


def test_two_people_send_the_same_replacement() -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order)))

    outcomes = all_at_once(lambda: send(return_), lambda: send(return_))

    assert kinds(outcomes) == ["InvalidState", "Return"]
    assert ExchangeShipment.objects.count() == 1
    assert StockLevel.objects.get(variant=only(return_).variant).available == 0


@pytest.mark.parametrize("others", [0, 1])
def test_reservation_ends_while_the_replacement_is_sent(others: int) -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    later = timezone.now() + timedelta(days=30)
    acts: list[Callable[[], object]] = [
        lambda: send(return_),
        lambda: exchanges.end_reservations(before=later),
    ]

    outcomes = all_at_once(*(acts if others else acts[::-1]))

    assert stock_of(large) == (0, 0)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert only(return_).status == "PROCESSED"


def test_reservation_ends_and_somebody_else_takes_the_piece() -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    exchanges.end_reservations(before=timezone.now() + timedelta(days=30))
    rival = bought(1, terms={"exchanges": "ANY_PRODUCT"})

    outcomes = together(lambda: send(return_), lambda: swap(rival, large))

    assert "OutOfStock" in kinds(outcomes)
    available, reserved = stock_of(large)
    assert available - reserved == 0
    assert sum(isinstance(outcome, OutOfStock) for outcome in outcomes) == 1
