"""Two people at one parcel: nothing is counted twice, nothing is lost, and it is booked once."""

from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts import actors
from orders.models import FulfillmentLine, OrderLine, StockLevel
from returns import lifecycle
from returns.errors import InvalidState
from returns.lifecycle import LineRequest
from returns.models import Return, Scan
from returns.receiving import scanning
from returns.receiving.scanning import Found
from tests.concurrency.threads import all_at_once, in_turn, kinds, run_after, without_locks
from tests.factories import sent_order

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = actors.system()
LAST = 10**9


def opened(quantity: int, *, of: int = 9) -> Return:
    """Return an open return of some pieces of an article with the SKU `A`."""
    order = sent_order(of)
    OrderLine.objects.update(sku="A")
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM)


def beep(return_: Return) -> Found:
    return scanning.scan(return_, actor=SYSTEM, key=uuid4(), code="A")


def book(return_: Return) -> Return:
    return scanning.finish(return_, actor=SYSTEM, until=LAST)


def pieces_in_stock() -> list[int]:
    return list(StockLevel.objects.values_list("available", flat=True))


def test_race_two_bookings_without_the_lock_both_put_the_pieces_in_stock() -> None:
    return_ = opened(4)
    for _time in range(2):
        beep(return_)

    # Both see the two scans; the return has room for two more, so nobody is refused.
    with (
        without_locks(),
        run_after("returns.receiving.counting.strays", lambda: book(return_)) as other,
    ):
        book(return_)

    assert kinds(other) == ["Return"]
    assert pieces_in_stock() == [4]


def test_of_two_bookings_at_the_same_moment_one_counts() -> None:
    return_ = opened(4)
    for _time in range(2):
        beep(return_)

    outcomes = all_at_once(*[lambda: book(return_)] * 2)

    assert kinds(outcomes) == ["NothingChosen", "Return"]
    assert pieces_in_stock() == [2]
    assert return_.events.filter(type="return.processed").count() == 1


def test_race_two_scans_of_the_last_piece_without_the_lock_both_count_for_the_line() -> None:
    return_ = opened(1)

    with (
        without_locks(),
        run_after("returns.receiving.counting.load", lambda: beep(return_)) as other,
    ):
        beep(return_)

    assert kinds(other) == ["Found"]
    assert Scan.objects.filter(line__isnull=False).count() == 2


def test_of_two_scans_of_the_last_piece_one_is_unexpected() -> None:
    return_ = opened(1)

    outcomes = all_at_once(*[lambda: beep(return_)] * 2)

    assert kinds(outcomes) == ["Found", "Found"]
    assert sorted(outcome.scan.line is None for outcome in outcomes) == [False, True]


def test_the_same_scan_sent_twice_at_the_same_moment_counts_once() -> None:
    return_, key = opened(2), uuid4()

    outcomes = all_at_once(*[lambda: scanning.scan(return_, actor=SYSTEM, key=key, code="A")] * 4)

    assert sorted(outcome.repeated for outcome in outcomes) == [False, True, True, True]
    assert Scan.objects.count() == 1


def test_race_the_same_scan_without_the_lock_meets_the_constraint() -> None:
    return_, key = opened(2), uuid4()

    def same() -> Found:
        return scanning.scan(return_, actor=SYSTEM, key=key, code="A")

    with (
        without_locks(),
        run_after("returns.receiving.counting.load", same),
        pytest.raises(IntegrityError),
    ):
        same()

    assert Scan.objects.count() == 1


def test_scans_of_many_people_are_all_counted() -> None:
    return_ = opened(8)

    all_at_once(*[lambda: beep(return_)] * 6)
    done = book(return_)

    assert (done.processed_quantity, pieces_in_stock()) == (6, [6])


def test_a_scan_that_meets_the_booking_is_told_that_the_return_is_closed() -> None:
    return_ = opened(1)
    beep(return_)

    outcomes = in_turn(lambda: book(return_), lambda: beep(return_))

    assert [type(outcome) for outcome in outcomes] == [Return, InvalidState]


def test_goods_are_kept_or_sent_back_once() -> None:
    return_ = opened(2)
    kept = all_at_once(*[lambda: lifecycle.let_keep(return_, actor=SYSTEM)] * 2)
    assert kinds(kept) == ["InvalidState", "Return"]

    other = opened(1)
    scanning.scan(other, actor=SYSTEM, key=uuid4(), line_id=other.lines.get().pk)
    Scan.objects.update(type="NOT_RESTOCKED")
    book(other)
    pieces = {other.lines.get().pk: 1}
    sent = all_at_once(
        *[lambda: lifecycle.ship_back(other, actor=SYSTEM, quantities=pieces, message="Worn.")] * 2
    )
    assert kinds(sent) == ["BuyerParcel", "InvalidQuantity"]
