"""A parcel that comes in while its buyer cancels: a piece is sent or canceled, never both."""

from decimal import Decimal

import pytest

from orders.intake import Intake, OrderRejected, take_in
from orders.models import FulfillmentLine, Order, OrderLine
from returns.cancellations import decisions
from returns.models import Cancellation, Refund
from tests.concurrency.threads import all_at_once, in_turn, kinds, run_after, without_locks
from tests.factories import StoreFactory
from tests.orders.intake import examples
from tests.returns.cancels import SYSTEM, ask, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def unsent() -> Order:
    StoreFactory(code="linden")
    order = take_in(examples.order(fulfillments=())).order
    Order.objects.update(return_terms={"cancel_unsent": "AT_ONCE"})
    return Order.objects.get(pk=order.pk)


def send_all() -> Intake | OrderRejected:
    return take_in(examples.order(fulfillments=(examples.parcel(3, 1),)))


def sent_and_canceled() -> tuple[int, int]:
    line = OrderLine.objects.get(position=1)
    sent = sum(FulfillmentLine.objects.filter(order_line=line).values_list("quantity", flat=True))
    return sent, line.canceled_quantity


def test_buyer_who_was_first_has_canceled() -> None:
    order = unsent()
    canceled, sent = in_turn(lambda: ask(order, 3), send_all)
    assert (type(canceled), type(sent)) == (Cancellation, OrderRejected)
    assert sent_and_canceled() == (0, 3)


def test_without_the_lock_a_canceled_piece_is_sent() -> None:
    order = unsent()
    with without_locks(), run_after("returns.cancellations.choices.load", send_all) as others:
        ask(order, 3)
    assert kinds(others) == ["Intake"]
    assert sent_and_canceled() == (3, 3)


def test_four_requests_for_the_same_pieces_cancel_them_once() -> None:
    order = waiting(3)
    outcomes = all_at_once(*[lambda: ask(order, 2)] * 4)
    assert kinds(outcomes) == ["Cancellation"] + ["InvalidQuantity"] * 3
    assert order.lines.get().canceled_quantity == 2


def test_two_workers_pay_a_cancellation_back_once() -> None:
    made = ask(waiting(3), 2)

    def work() -> Refund | None:
        return decisions.settle(Cancellation.objects.get(pk=made.pk))

    outcomes = all_at_once(work, work)
    assert kinds(outcomes) == ["Refund", "Refund"]
    assert Refund.objects.get().amount == Decimal(20)


def test_two_people_decide_once() -> None:
    order = waiting(3, mode="BY_STAFF")
    made = ask(order, 2)
    outcomes = all_at_once(
        lambda: decisions.approve(made, actor=SYSTEM),
        lambda: decisions.decline(made, actor=SYSTEM, note="No."),
    )
    assert kinds(outcomes) == ["Cancellation", "InvalidState"]
