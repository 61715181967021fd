"""The same pieces wanted at the same moment: without the lock it goes wrong, with it never."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.errors import InvalidQuantity, InvalidState, NotReturnable
from returns.lifecycle import LineRequest, Receipt
from returns.models import Return, ReturnLine
from tests.concurrency.threads import (
    all_at_once,
    in_turn,
    kinds,
    run_after,
    without_locks,
)
from tests.factories import sent_order

pytestmark = pytest.mark.django_db(transaction=True)

BUYER = actors.buyer("Ada Winter")
SYSTEM = actors.system()


def parcel_of(order: Order) -> FulfillmentLine:
    return FulfillmentLine.objects.get(fulfillment__order=order)


def ask(order: Order, quantity: int = 2, **options: Any) -> Return:
    wish = LineRequest(
        fulfillment_line_id=parcel_of(order).pk, quantity=quantity, reason="too-small"
    )
    return lifecycle.request(order, [wish], actor=BUYER, **options)


def receive(return_: Return, quantity: int = 1) -> Return:
    line = return_.lines.get()
    receipts = [Receipt(line_id=line.pk, quantity=quantity)]
    return lifecycle.process(return_, actor=SYSTEM, receipts=receipts)


def statuses(return_: Return) -> list[tuple[str, str]]:
    moved = return_.events.exclude(to_status="").order_by("pk")
    return list(moved.values_list("from_status", "to_status"))


def test_race_two_requests_without_the_lock_meet_only_the_constraint() -> None:
    order = sent_order(2)

    # Both are told that two pieces may go back; only the database's own check is left.
    with (
        without_locks(),
        run_after("returns.requests.check", lambda: ask(order)) as other,
        pytest.raises(IntegrityError),
    ):
        ask(order)

    assert kinds(other) == ["Return"]


def test_race_two_receipts_without_the_lock_lose_one() -> None:
    return_ = lifecycle.approve(ask(sent_order(2)), actor=SYSTEM)

    with without_locks(), run_after("returns.locks.lines", lambda: receive(return_)) as other:
        receive(return_)

    assert kinds(other) == ["Return"]
    assert ReturnLine.objects.get().processed_quantity == 1
    assert return_.events.filter(type="return.processed").count() == 2


def test_race_two_decisions_without_the_lock_both_count() -> None:
    return_ = ask(sent_order(2))

    def decline() -> Return:
        return lifecycle.decline(return_, actor=SYSTEM, reason="FINAL_SALE")

    with without_locks(), run_after("returns.locks.lines", decline) as other:
        lifecycle.approve(return_, actor=SYSTEM)

    assert kinds(other) == ["Return"]
    assert statuses(return_) == [
        ("", "REQUESTED"),
        ("REQUESTED", "DECLINED"),
        ("REQUESTED", "OPEN"),
    ]
    # An open return whose pieces nobody holds: they could be returned once more.
    assert parcel_of(return_.order).returning_quantity == 0


def test_one_of_eight_requests_for_the_same_two_pieces_is_accepted() -> None:
    order = sent_order(2)

    outcomes = all_at_once(*[lambda: ask(order)] * 8)

    assert kinds(outcomes) == ["NotReturnable"] * 7 + ["Return"]
    refused = [outcome for outcome in outcomes if isinstance(outcome, NotReturnable)]
    assert {error.blockers for error in refused} == {("IN_RETURN",)}
    assert parcel_of(order).returning_quantity == 2
    assert Return.objects.count() == 1


def test_requests_that_fit_beside_each_other_are_all_accepted() -> None:
    order = sent_order(8)

    outcomes = all_at_once(*[lambda: ask(order, 3)] * 4)

    assert kinds(outcomes) == ["InvalidQuantity", "InvalidQuantity", "Return", "Return"]
    assert parcel_of(order).returning_quantity == 6
    assert sorted(Return.objects.values_list("number", flat=True)) == [1, 2]
    errors = [outcome for outcome in outcomes if isinstance(outcome, InvalidQuantity)]
    assert {error.message for error in errors} == {"Choose 1 to 2 pieces: no more can go back."}


def test_request_clicked_eight_times_is_one_return() -> None:
    order = sent_order(2)
    key = uuid4()

    outcomes = all_at_once(*[lambda: ask(order, request_key=key)] * 8)

    (return_,) = Return.objects.all()
    assert outcomes == [return_] * 8
    assert parcel_of(order).returning_quantity == 2
    assert statuses(return_) == [("", "REQUESTED")]


def test_second_approval_learns_of_the_first() -> None:
    return_ = ask(sent_order(2))
    approve = partial(lifecycle.approve, return_, actor=actors.system("Sam"))

    outcomes = all_at_once(approve, approve)

    assert kinds(outcomes) == ["InvalidState", "Return"]
    (error,) = (outcome for outcome in outcomes if isinstance(outcome, InvalidState))
    assert "Open" in error.message
    assert "Sam" in error.message
    assert return_.reverse_fulfillments.count() == 1


def test_approval_meets_cancellation() -> None:
    return_ = ask(sent_order(2))

    outcomes = in_turn(
        partial(lifecycle.cancel, return_, actor=BUYER),
        partial(lifecycle.approve, return_, actor=SYSTEM),
    )

    assert [type(outcome) for outcome in outcomes] == [Return, InvalidState]
    assert statuses(return_) == [("", "REQUESTED"), ("REQUESTED", "CANCELED")]
    assert parcel_of(return_.order).returning_quantity == 0
    assert list(return_.reverse_fulfillments.all()) == []


def test_cancellation_meets_approval() -> None:
    return_ = ask(sent_order(2))

    outcomes = in_turn(
        partial(lifecycle.approve, return_, actor=SYSTEM),
        partial(lifecycle.cancel, return_, actor=BUYER),
    )

    assert [type(outcome) for outcome in outcomes] == [Return, Return]
    assert statuses(return_) == [("", "REQUESTED"), ("REQUESTED", "OPEN"), ("OPEN", "CANCELED")]
    assert parcel_of(return_.order).returning_quantity == 0
    assert [work.status for work in return_.reverse_fulfillments.all()] == ["CANCELED"]


def test_cancellation_meets_the_arrival_of_the_parcel() -> None:
    return_ = lifecycle.approve(ask(sent_order(2)), actor=SYSTEM)

    outcomes = in_turn(partial(receive, return_), partial(lifecycle.cancel, return_, actor=BUYER))

    assert [type(outcome) for outcome in outcomes] == [Return, InvalidState]
    assert Return.objects.get().status == "OPEN"


def test_receipts_at_the_same_moment_add_up() -> None:
    return_ = lifecycle.approve(ask(sent_order(8), 8), actor=SYSTEM)

    outcomes = all_at_once(*[lambda: receive(return_, 3)] * 3)

    assert kinds(outcomes) == ["InvalidQuantity", "Return", "Return"]
    assert ReturnLine.objects.get().processed_quantity == 6
    assert Return.objects.get().processed_quantity == 6
