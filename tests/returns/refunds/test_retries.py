"""A failed refund tried again: checked as if it were new, paid once."""

from decimal import Decimal

import pytest

from accounts import actors
from accounts.models import Role
from orders.models import Payment
from returns.errors import InvalidState, NotPermitted, RefundTooLarge, TooLong
from returns.models import EventType, Refund, RefundTransaction
from returns.refunds import payouts, retries, settlement
from returns.refunds.gateways import GATEWAYS, Outcome, PayoutRequest
from tests.factories import UserFactory
from tests.returns.cashbox import (
    FAILED,
    PAID,
    PENDING,
    SYSTEM,
    FakeGateway,
    books,
    bought,
    opened,
    pay,
    pay_order,
)
from tests.returns.refunds.gateways.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

RETRIED = [EventType.REFUND_FAILED, EventType.REFUND_RETRIED]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def failed(gateway: FakeGateway, *paid: str, good: int = 0) -> Refund:
    """A refund of 20.00 whose parts failed, but for the first `good` ones."""
    gateway.next = [*[gateway.pay] * good, *[gateway.refuse] * (len(paid or "1") - good)]
    refund = pay(opened(*paid))
    assert refund.status == "FAILED"
    return refund


def test_failed_refund_is_paid_on_the_second_attempt(gateway: FakeGateway) -> None:
    refund = failed(gateway)
    assert books(refund.order) == FAILED

    again = retries.retry(refund, actor=SYSTEM, note=" Buyer called ")

    assert (again.pk, again.status, again.settled_at is None) == (refund.pk, "SUCCEEDED", False)
    events = [*RETRIED, EventType.REFUND_SUCCEEDED]
    assert books(refund.order) == {**PAID, "events": events}
    key = f"{refund.idempotency_key}:{refund.transactions.get().pk}"
    assert gateway.asked == [key, f"{key}:2"]
    event = refund.order.events.get(type=EventType.REFUND_RETRIED)
    assert (event.note, event.data["amount"]) == ("Buyer called", "20.0000")


def test_refund_fails_again_and_is_tried_a_third_time(gateway: FakeGateway) -> None:
    refund = failed(gateway)
    gateway.next = [gateway.refuse]
    assert retries.retry(refund, actor=SYSTEM).status == "FAILED"
    assert {**books(refund.order), "events": []} == {**FAILED, "events": []}
    assert retries.retry(refund, actor=SYSTEM).status == "SUCCEEDED"
    assert gateway.asked[-1].endswith(":3")
    assert list(gateway.paid) == gateway.asked[-1:]


def test_only_what_failed_is_paid_again(gateway: FakeGateway) -> None:
    refund = failed(gateway, "15.00", "5.00", good=1)
    assert books(refund.order)["pieces"] == 2
    assert retries.retry(refund, actor=SYSTEM).status == "SUCCEEDED"
    assert [str(amount) for amount in gateway.paid.values()] == ["15.0000", "5.0000"]
    assert books(refund.order)["payments"] == ["15", "5"]


def test_retry_without_an_answer_is_pending_and_not_tried_again(gateway: FakeGateway) -> None:
    refund = failed(gateway)
    gateway.next = [gateway.pay_and_lose_the_answer]
    assert retries.retry(refund, actor=SYSTEM).status == "PENDING"
    assert {**books(refund.order), "events": []} == PENDING
    with pytest.raises(InvalidState, match="under way"):
        retries.retry(refund, actor=SYSTEM)
    assert settlement.settle(refund, actor=SYSTEM).status == "SUCCEEDED"
    with pytest.raises(InvalidState, match="paid back"):
        retries.retry(refund, actor=SYSTEM)
    assert len(gateway.paid) == 1


def test_retry_needs_the_permission(gateway: FakeGateway) -> None:
    refund = failed(gateway)
    with pytest.raises(NotPermitted):
        retries.retry(refund, actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))
    Refund.objects.update(for_return=None)
    refund.refresh_from_db()
    with pytest.raises(NotPermitted):
        retries.retry(refund, actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))
    assert len(gateway.asked) == 1


def test_retry_refuses_a_long_note(gateway: FakeGateway) -> None:
    with pytest.raises(TooLong):
        retries.retry(failed(gateway), actor=SYSTEM, note="n" * 501)


def test_refund_of_an_order_without_a_return_is_tried_again(gateway: FakeGateway) -> None:
    order = bought()
    line = order.lines.get()
    gateway.next = [gateway.refuse]
    refund = pay_order(order, quantities={line.pk: 2})
    line.refresh_from_db()
    assert (refund.status, line.refunded_quantity) == ("FAILED", 0)
    assert retries.retry(refund, actor=SYSTEM, note="New card.").status == "SUCCEEDED"
    line.refresh_from_db()
    assert (Payment.objects.get().refunded_amount, line.refunded_quantity) == (Decimal(20), 2)
    told = order.events.filter(for_return=None).order_by("pk").values_list("type", "note")
    assert list(told) == [
        ("refund.failed", ""),
        ("refund.retried", "New card."),
        ("refund.succeeded", ""),
    ]


def test_retry_without_a_return_refuses_pieces_that_were_paid_back_since(
    gateway: FakeGateway,
) -> None:
    order = bought("100.00")
    line = order.lines.get()
    gateway.next = [gateway.refuse]
    refund = pay_order(order, quantities={line.pk: 2})
    pay_order(order, quantities={line.pk: 1})
    with pytest.raises(InvalidState, match="sums have changed"):
        retries.retry(refund, actor=SYSTEM)
    line.refresh_from_db()
    assert line.refunded_quantity == 1


def test_retry_without_a_return_refuses_when_an_amount_was_paid_instead(
    gateway: FakeGateway,
) -> None:
    order = bought("100.00")
    gateway.next = [gateway.refuse]
    refund = pay_order(order, quantities={order.lines.get().pk: 2})
    pay_order(order, amount=Decimal(20))
    with pytest.raises(InvalidState, match="for no item"):
        retries.retry(refund, actor=SYSTEM)


def test_retry_refuses_pieces_that_were_paid_back_since(gateway: FakeGateway) -> None:
    refund = failed(gateway, "100.00")
    pay(refund.for_return)  # type: ignore[arg-type]
    before = books(refund.order)
    with pytest.raises(InvalidState, match="sums have changed"):
        retries.retry(refund, actor=SYSTEM)
    assert books(refund.order) == before


def test_retry_refuses_when_a_piece_is_worth_another_cent_by_now(gateway: FakeGateway) -> None:
    return_ = opened("100.00", quantity=3)
    return_.order.lines.update(unit_price=Decimal(4), discount_total=2)
    line = return_.lines.get()
    gateway.next = [gateway.refuse]
    first = pay(return_, quantities={line.pk: 1})
    pay(return_, quantities={line.pk: 1})
    # The piece of the extra cent is paid; the next is worth one less.
    assert str(first.items_amount) == "3.3400"
    with pytest.raises(InvalidState, match="sums have changed"):
        retries.retry(first, actor=SYSTEM)


def test_retry_refuses_when_an_amount_was_paid_instead(gateway: FakeGateway) -> None:
    refund = failed(gateway, "100.00")
    pay(refund.for_return, quantities={}, amount=Decimal(20))  # type: ignore[arg-type]
    with pytest.raises(InvalidState) as refused:
        retries.retry(refund, actor=SYSTEM)
    assert refused.value.message == (
        "€20.00 were paid back since, for no item. Make a new refund for the rest."
    )


def test_retry_refuses_more_than_is_left_on_the_payment(gateway: FakeGateway) -> None:
    refund = failed(gateway, "20.00")
    Payment.objects.update(refunded_amount=Decimal("0.01"))
    with pytest.raises(RefundTooLarge) as refused:
        retries.retry(refund, actor=SYSTEM)
    assert refused.value.message == "Only €19.99 are left on Card pay_0, of €20.00 that failed."
    assert RefundTransaction.objects.get().attempt == 1


def test_refund_that_a_bank_sends_back_is_failed_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeStripe(payments={"pay_0": 2000})
    fake.payments = {"pi_1": 2000}
    monkeypatch.setitem(GATEWAYS, "stripe", fake.gateway())
    return_ = opened(gateway="stripe")
    Payment.objects.update(external_id="pi_1")
    fake.faults = ["pending"]
    refund = pay(return_)
    part = RefundTransaction.objects.get()
    assert (refund.status, part.status, part.gateway_reference) == ("PENDING", "PENDING", "re_1")
    fake.end(fake.refunds[0], "succeeded")
    assert settlement.settle(refund, actor=SYSTEM).status == "SUCCEEDED"

    fake.end(fake.refunds[0], "failed")
    for _ in range(2):
        settlement.refresh(RefundTransaction.objects.select_related("refund", "payment").get())
    told = books(return_.order)

    assert told == {**FAILED, "events": ["refund.succeeded", "refund.failed"]}
    event = return_.order.events.get(type=EventType.REFUND_FAILED)
    assert event.data["why"] == ["The buyer's bank declined it."]
    assert retries.retry(refund, actor=SYSTEM).status == "SUCCEEDED"
    assert fake.paid("pi_1") == 2000


def test_outcome_of_an_earlier_attempt_changes_nothing(gateway: FakeGateway) -> None:
    refund = failed(gateway)
    retries.retry(refund, actor=SYSTEM)
    old = f"{refund.idempotency_key}:{refund.transactions.get().pk}"
    settlement._record(refund, {old: Outcome(paid=False, failure="Late")}, actor=SYSTEM, at=None)
    assert books(refund.order)["refunds"] == ["SUCCEEDED"]


def test_payment_of_a_gateway_that_is_gone_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(FakeGateway):
        def refund(self, request: PayoutRequest) -> Outcome:
            return self.unreachable(request)

    with monkeypatch.context() as patch:
        patch.setitem(GATEWAYS, "fake", Silent())
        refund = pay(opened())
    assert settlement.settle(refund, actor=SYSTEM).status == "PENDING"
    assert (
        payouts.refund(
            refund.for_return,  # type: ignore[arg-type]
            actor=SYSTEM,
            key=refund.idempotency_key,
        )
        == refund
    )
