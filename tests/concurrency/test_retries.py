"""One failed refund tried again by several, or paid anew meanwhile: the money goes out once."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest

from accounts import actors
from orders.models import Payment
from returns.errors import InvalidState, ReturnError
from returns.models import Refund, RefundTransaction, Return
from returns.refunds import payouts, retries, settlement
from returns.refunds.gateways import GATEWAYS
from tests.concurrency.threads import (
    all_at_once,
    in_turn,
    kinds,
    run_after,
    together,
    without_locks,
)
from tests.returns.cashbox import SYSTEM, opened, pay, settle_left_pending
from tests.returns.refunds.gateways.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe(payments={"pi_0": 10_000})
    monkeypatch.setitem(GATEWAYS, "stripe", fake.gateway())
    return fake


def failed(stripe: FakeStripe) -> Refund:
    """A refund of 20.00, of a payment of 100.00, that Stripe refused."""
    return_ = opened("100.00", gateway="stripe")
    Payment.objects.update(external_id="pi_0")
    stripe.faults = ["refuse"]
    return pay(return_)


def returned(refund: Refund) -> Return:
    assert refund.for_return is not None
    return refund.for_return


def test_race_two_retries_without_the_lock_are_both_told(stripe: FakeStripe) -> None:
    refund = failed(stripe)
    retry = partial(retries.retry, refund, actor=SYSTEM)

    with without_locks(), run_after("returns.refunds.retries._check", retry) as other:
        retry()

    assert kinds(other) == ["Refund"]
    # Both people saw it failed and went on; the buyer is mailed twice.
    assert refund.order.events.filter(type="refund.retried").count() == 2
    assert refund.order.events.filter(type="refund.succeeded").count() == 2


def test_one_of_two_people_tries_again_and_the_other_learns_of_it(stripe: FakeStripe) -> None:
    refund = failed(stripe)

    outcomes = all_at_once(
        partial(retries.retry, refund, actor=actors.system("Ada")),
        partial(retries.retry, refund, actor=actors.system("Sam")),
    )

    assert kinds(outcomes) == ["InvalidState", "Refund"]
    (error,) = (outcome for outcome in outcomes if isinstance(outcome, InvalidState))
    assert error.message in ("This refund is under way again.", "This refund is paid back by now.")
    assert stripe.paid("pi_0") == 2000
    assert refund.order.events.filter(type="refund.retried").count() == 1


@pytest.mark.parametrize("retry_is_first", [True, False])
def test_retry_meets_a_new_refund_of_the_same_pieces(
    stripe: FakeStripe, retry_is_first: bool
) -> None:
    refund = failed(stripe)
    acts = [
        partial(retries.retry, refund, actor=SYSTEM),
        partial(payouts.refund, returned(refund), actor=SYSTEM, key=uuid4()),
    ]

    first, second = in_turn(*(acts if retry_is_first else acts[::-1]))

    assert isinstance(first, Refund)
    assert isinstance(second, ReturnError)
    assert stripe.paid("pi_0") == 2000
    assert Payment.objects.get().refunded_amount == Decimal(20)


def test_two_people_pay_back_the_same_order_and_stripe_pays_one(stripe: FakeStripe) -> None:
    return_ = opened("100.00", gateway="stripe")
    Payment.objects.update(external_id="pi_0")
    pay_back = partial(payouts.refund, return_, actor=SYSTEM)

    outcomes = all_at_once(*[partial(pay_back, key=uuid4()) for _ in range(4)])

    assert kinds(outcomes) == ["NothingChosen"] * 3 + ["Refund"]
    assert [one["amount"] for one in stripe.refunds] == [2000]
    assert Payment.objects.get().refunded_amount == Decimal(20)


def test_jobs_and_events_at_the_same_moment_tell_the_outcome_once(stripe: FakeStripe) -> None:
    return_ = opened("100.00", gateway="stripe")
    Payment.objects.update(external_id="pi_0")
    stripe.faults = ["before"]
    refund = pay(return_)
    part = RefundTransaction.objects.select_related("refund", "payment").get()

    together(
        settle_left_pending,
        settle_left_pending,
        partial(settlement.refresh, part),
        partial(settlement.settle, refund, actor=SYSTEM),
    )

    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert stripe.paid("pi_0") == 2000
    assert refund.order.events.filter(type="refund.succeeded").count() == 1
