"""Money wanted back at the same moment goes out once."""

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import FulfillmentLine, Order, Payment
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Refund, RefundTransaction, Return
from returns.refunds import payouts, settlement
from returns.refunds.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from tests.concurrency.threads import all_at_once, kinds, run_after, together, without_locks
from tests.factories import PaymentFactory, sent_order

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = actors.system()


class CountingGateway:
    """Counts what it is asked; can be away."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def refund(self, request: PayoutRequest) -> Outcome:
        self.asked.append(request.key)
        if self.away:
            raise GatewayUnreachable
        return Outcome(paid=True, reference="re_1")


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> CountingGateway:
    counting = CountingGateway()
    monkeypatch.setitem(GATEWAYS, "counting", counting)
    return counting


def bought(pieces: int, paid: str) -> Order:
    """An order of so many pieces of 10.00, of which some is left on its payment."""
    order = sent_order(pieces)
    order.lines.update(unit_price=Decimal(10))
    order.payments.all().delete()
    PaymentFactory(order=order, amount=Decimal(paid), gateway="counting")
    return order


def opened(order: Order, quantity: int) -> Return:
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM)


def pay(return_: Return, **changes: Any) -> Refund:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return payouts.refund(return_, **values)


def test_race_two_refunds_without_the_lock_pay_twice(gateway: CountingGateway) -> None:
    return_ = opened(bought(2, "100.00"), 2)

    with (
        without_locks(),
        run_after("returns.refunds.proposals.propose", lambda: pay(return_)) as other,
    ):
        pay(return_)

    assert kinds(other) == ["Refund"]
    # 40 went out for pieces worth 20, and the books know of 20 only.
    assert sum(part.amount for part in RefundTransaction.objects.all()) == 40
    assert Payment.objects.get().refunded_amount == 20


def test_second_refund_of_the_same_pieces_sees_the_first(gateway: CountingGateway) -> None:
    return_ = opened(bought(2, "100.00"), 2)

    outcomes = all_at_once(partial(pay, return_), partial(pay, return_))

    assert kinds(outcomes) == ["NothingChosen", "Refund"]
    assert Payment.objects.get().refunded_amount == 20
    assert len(gateway.asked) == 1


def test_refunds_of_two_returns_share_what_is_left_on_the_payment(
    gateway: CountingGateway,
) -> None:
    order = bought(4, "30.00")
    returns = [opened(order, 2), opened(order, 2)]

    outcomes = all_at_once(*[partial(pay, return_) for return_ in returns])

    assert sorted(refund.amount for refund in outcomes) == [10, 20]
    assert Payment.objects.get().refunded_amount == 30


def test_refund_clicked_eight_times_is_one(gateway: CountingGateway) -> None:
    return_ = opened(bought(2, "100.00"), 2)
    key = uuid4()

    outcomes = all_at_once(*[lambda: pay(return_, key=key)] * 8)

    (refund,) = Refund.objects.all()
    assert outcomes == [refund] * 8
    assert refund.status == "SUCCEEDED"
    assert Payment.objects.get().refunded_amount == 20
    assert len(gateway.asked) == 1


def test_refund_meets_the_end_of_its_return(gateway: CountingGateway) -> None:
    return_ = opened(bought(2, "100.00"), 2)

    outcomes = all_at_once(partial(pay, return_), partial(lifecycle.cancel, return_, actor=SYSTEM))

    return_.refresh_from_db()
    assert kinds(outcomes) in (["InvalidState", "Refund"], ["InvalidState", "Return"])
    assert Payment.objects.get().refunded_amount == (20 if return_.status == "OPEN" else 0)


def test_refund_settled_by_two_at_once_is_told_once(gateway: CountingGateway) -> None:
    gateway.away = True
    refund = pay(opened(bought(2, "100.00"), 2))
    gateway.away = False
    settle = partial(settlement.settle, refund, actor=SYSTEM)

    outcomes = together(*[settle] * 4)

    assert [outcome.status for outcome in outcomes] == ["SUCCEEDED"] * 4
    assert set(gateway.asked) == {gateway.asked[0]}
    assert refund.order.events.filter(type="refund.succeeded").count() == 1


def pay_order(order: Order, **changes: Any) -> Refund:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return payouts.refund_order(order, **values)


def test_race_order_and_return_without_the_lock_pay_the_same_pieces_twice(
    gateway: CountingGateway,
) -> None:
    order = bought(2, "100.00")
    return_ = opened(order, 2)
    pieces = {order.lines.get().pk: 2}

    with (
        without_locks(),
        run_after("returns.refunds.proposals.propose", lambda: pay_order(order, quantities=pieces)),
    ):
        pay(return_)

    assert sum(part.amount for part in RefundTransaction.objects.all()) == 40


def test_order_and_its_return_refunded_at_once_pay_the_pieces_once(
    gateway: CountingGateway,
) -> None:
    order = bought(2, "100.00")
    return_ = opened(order, 2)
    pieces = {order.lines.get().pk: 2}

    outcomes = all_at_once(partial(pay, return_), partial(pay_order, order, quantities=pieces))

    # The return's second refund finds its pieces paid and brings nothing; the order's is refused.
    assert kinds(outcomes) in (["Refund", "Refund"], ["InvalidQuantity", "Refund"])
    assert sum(part.amount for part in RefundTransaction.objects.all()) == 20
    assert Payment.objects.get().refunded_amount == 20


def test_two_refunds_of_an_order_at_once_share_its_pieces(gateway: CountingGateway) -> None:
    order = bought(2, "100.00")
    pieces = {order.lines.get().pk: 2}

    outcomes = all_at_once(*[partial(pay_order, order, quantities=pieces)] * 2)

    assert kinds(outcomes) == ["InvalidQuantity", "Refund"]
    assert order.lines.get().refunded_quantity == 2
    assert Payment.objects.get().refunded_amount == 20


def test_goodwill_for_all_that_is_left_meets_the_refund_of_the_return(
    gateway: CountingGateway,
) -> None:
    order = bought(2, "20.00")
    return_ = opened(order, 2)
    clerk = Actor(kind=ActorKind.STAFF, name="Clerk", permissions=frozenset({Permission.REFUND}))

    outcomes = all_at_once(
        partial(pay, return_, actor=clerk),
        partial(pay_order, order, amount=Decimal(20), actor=clerk),
    )

    # Who comes second sees that nothing is left: a refund of nothing, or the error.
    assert kinds(outcomes) in (["Refund", "Refund"], ["Refund", "RefundTooLarge"])
    assert Payment.objects.get().refunded_amount == 20
