"""By when we have to decide and to pay back, and what shows as late."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from returns import lifecycle, queries
from returns.models import Return
from returns.queries import Queue
from tests.factories import StoreFactory, sent_order
from tests.returns.stories import BUYER, SYSTEM, opened, received, requested, wish

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def later(**span: float) -> datetime.datetime:
    return NOW + datetime.timedelta(**span)


def late() -> list[Return]:
    return list(queries.queue(Queue.LATE))


@time_machine.travel(NOW, tick=False)
def test_request_is_due_after_the_days_of_its_store() -> None:
    assert requested().due_at == later(days=2)
    slow = sent_order(1, store=StoreFactory(decide_days=5))
    assert lifecycle.request(slow, [wish(slow)], actor=BUYER).due_at == later(days=5)


def test_request_is_late_when_its_days_are_over_until_it_is_decided() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        return_ = requested()
        clock.move_to(later(days=2))
        assert late() == []
        clock.move_to(later(days=2, seconds=1))
        assert late() == [return_]
        assert queries.queue_counts([Queue.LATE]) == {Queue.LATE: 1}
        lifecycle.approve(return_, actor=SYSTEM)
        assert late() == []


def test_money_is_due_so_long_after_the_first_pieces_came() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        return_ = opened(quantity=2, of=2)
        assert return_.due_at is None
        line = return_.lines.get()
        receipt = lifecycle.Receipt(line_id=line.pk, quantity=1)
        clock.move_to(later(days=1))
        return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
        assert return_.due_at == later(days=15)
        clock.move_to(later(days=3))
        return_ = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])
        assert return_.due_at == later(days=15)
        clock.move_to(later(days=16))
        assert late() == [return_]


@time_machine.travel(NOW, tick=False)
def test_missing_pieces_are_owed_to_nobody() -> None:
    return_ = received(opened(), "MISSING")
    assert return_.due_at is None
    Return.objects.update(due_at=later(days=-1))
    assert late() == []
    assert queries.waiting_for_us([Return.objects.get(pk=return_.pk)]) == set()


@time_machine.travel(NOW, tick=False)
def test_kept_pieces_are_owed_at_once() -> None:
    return_ = lifecycle.let_keep(opened(), actor=SYSTEM)
    assert return_.due_at == later(days=14)
    assert queries.waiting_for_us([return_]) == {return_.pk}


def test_history_counts_from_when_it_happened() -> None:
    at = timezone.now() - datetime.timedelta(days=9)
    order = sent_order(1, placed_at=at)
    order.fulfillments.update(shipped_at=at, delivered_at=at)
    return_ = lifecycle.request(order, [wish(order)], actor=BUYER, at=at)
    assert return_.due_at == at + datetime.timedelta(days=2)
    assert late() == [return_]
