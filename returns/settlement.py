"""The second half of paying back: call the gateway, record what became of it.

`returns.payouts` has committed a pending row. The gateway is called outside any transaction and
always with the same key, so that whatever crashes when, money goes out once and `settle` can be
run again by anybody.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts import actors
from accounts.actors import Actor
from orders.models import Order, Payment
from returns import credit_refunds, events, locks
from returns.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from returns.models import (
    EventType,
    Refund,
    RefundStatus,
    RefundTransaction,
    Return,
    ReturnLine,
)

logger = logging.getLogger(__name__)

REFERENCE_LENGTH = 200


def settle(refund: Refund, *, actor: Actor, at: datetime | None = None) -> Refund:
    """Call the gateway for each pending transaction of a refund and record what became of it.

    Can be run again at any time, by anybody: settled transactions are left alone, and the gateway
    knows the keys of the others. An unreachable gateway leaves its transactions pending.
    """
    pending = refund.transactions.filter(status=RefundStatus.PENDING).select_related("payment")
    outcomes: dict[int, Outcome] = {}
    for part in pending:
        request = PayoutRequest(
            key=f"{refund.idempotency_key}:{part.pk}",
            amount=part.amount,
            currency=refund.currency,
            payment_reference=part.payment.external_id,
            reference=part.gateway_reference,
        )
        try:
            outcomes[part.pk] = GATEWAYS[part.gateway].refund(request)
        except GatewayUnreachable:
            logger.warning("Gateway %s unreachable, refund %s waits", part.gateway, refund.pk)
    return _record(refund, outcomes, actor=actor, at=at)


def settle_left_pending(*, before: datetime) -> int:
    """Settle the refunds made before a moment whose outcome is still not known.

    One that cannot be settled does not hold up the others. Returns how many are done now.
    """
    done = 0
    for refund in Refund.objects.left_pending(before).order_by("pk"):
        try:
            settled = settle(refund, actor=actors.system())
        except Exception:
            logger.exception("Refund %s could not be settled", refund.pk)
        else:
            done += settled.status != RefundStatus.PENDING
    return done


def _record(
    refund: Refund, outcomes: Mapping[int, Outcome], *, actor: Actor, at: datetime | None
) -> Refund:
    """Write the outcomes; the refund is done when no transaction is pending any more."""
    now = at or timezone.now()
    with transaction.atomic():
        order = locks.order(refund.order_id)
        locked = Refund.objects.select_for_update().get(pk=refund.pk)
        if locked.status != RefundStatus.PENDING:
            return locked
        parts = list(locked.transactions.select_for_update().order_by("pk"))
        if failed := _write_outcomes(parts, outcomes, at=now):
            _give_back(order, locked, failed)
        credit_refunds.pay(order, parts, actor=actor, at=now, notify=at is None)
        statuses = {part.status for part in parts}
        if RefundStatus.PENDING in statuses:
            return locked
        whole = statuses <= {RefundStatus.SUCCEEDED}
        locked.status = RefundStatus.SUCCEEDED if whole else RefundStatus.FAILED
        locked.settled_at = now
        locked.save(update_fields=["status", "settled_at"])
        if statuses == {RefundStatus.FAILED}:
            _free_pieces(locked)
        _record_event(order, locked, actor=actor, at=now, deliver=at is None)
        return locked


def _write_outcomes(
    parts: list[RefundTransaction], outcomes: Mapping[int, Outcome], *, at: datetime
) -> list[RefundTransaction]:
    """Write what became of locked transactions; return those that failed now."""
    told = [part for part in parts if part.pk in outcomes and part.status == RefundStatus.PENDING]
    for part in told:
        outcome = outcomes[part.pk]
        part.status = RefundStatus.SUCCEEDED if outcome.paid else RefundStatus.FAILED
        part.gateway_reference = outcome.reference[:REFERENCE_LENGTH]
        part.failure = outcome.failure[:500]
        part.settled_at = at
    RefundTransaction.objects.bulk_update(
        told, ["status", "gateway_reference", "failure", "settled_at"]
    )
    return [part for part in told if part.status == RefundStatus.FAILED]


def _give_back(order: Order, refund: Refund, failed: list[RefundTransaction]) -> None:
    """Put what did not go out back onto the payments."""
    payments = {payment.pk: payment for payment in locks.payments(order)}
    for part in failed:
        payments[part.payment_id].refunded_amount -= part.amount
    Payment.objects.bulk_update(payments.values(), ["refunded_amount"])
    if refund.for_return is not None:
        _order, return_ = locks.order_and_return(refund.for_return)
        lost = sum((part.amount for part in failed), Decimal(0))
        count_pieces(return_, [], {}, -lost)


def _free_pieces(refund: Refund) -> None:
    """Count the pieces of a refund of which nothing went out among the unpaid again."""
    if refund.for_return is not None:
        _order, return_ = locks.order_and_return(refund.for_return)
        pieces = {line.return_line_id: -line.quantity for line in refund.lines.all()}
        count_pieces(return_, locks.lines(return_), pieces, Decimal(0))


def _paid(refund: Refund) -> Decimal:
    """Return what went out: less than the amount when a payment's part failed."""
    parts = refund.transactions.filter(status=RefundStatus.SUCCEEDED)
    return sum((part.amount for part in parts), Decimal(0))


def _record_event(
    order: Order, refund: Refund, *, actor: Actor, at: datetime, deliver: bool
) -> None:
    if refund.for_return_id is None:
        return
    return_ = Return.objects.get(pk=refund.for_return_id)
    paid = refund.status == RefundStatus.SUCCEEDED
    events.record(
        return_,
        EventType.REFUND_SUCCEEDED if paid else EventType.REFUND_FAILED,
        actor=actor,
        at=at,
        from_status=return_.status,
        note=refund.note,
        data={
            "refund": refund.pk,
            "amount": str(refund.amount),
            "paid": str(_paid(refund)),
            "currency": order.currency,
            **credit_refunds.told(refund),
        },
        deliver=deliver,
    )


def count_pieces(
    return_: Return, lines: list[ReturnLine], pieces: Mapping[int, int], amount: Decimal
) -> None:
    """Count pieces and an amount of a locked return as paid back.

    pieces: by return line, below 0 to take back. amount: in the order's currency.
    """
    changed = [line for line in lines if pieces.get(line.pk)]
    for line in changed:
        line.refunded_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(changed, ["refunded_quantity"])
    return_.refunded_quantity += sum(pieces.values())
    return_.refunded_amount += amount
    return_.save(update_fields=["refunded_quantity", "refunded_amount"])
