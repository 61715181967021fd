"""The second half of paying back: call the gateway, record what became of it.

`returns.refunds.payouts` has committed a pending row. The gateway is called outside any
transaction and
always with the same key, so that whatever crashes when, money goes out once and `settle` can be
run again by anybody.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import actors
from accounts.actors import Actor
from orders.models import Order, OrderLine, Payment
from orders.money import ZERO
from returns import events, locks
from returns.credit_notes import numbers
from returns.models import (
    EventType,
    Refund,
    RefundStatus,
    RefundTransaction,
    Return,
    ReturnLine,
)
from returns.refunds.gateways import (
    GATEWAYS,
    GatewayUnreachable,
    Outcome,
    PayoutRequest,
    RemembersRefunds,
)
from returns.store_credit import refunds

logger = logging.getLogger(__name__)

REFERENCE_LENGTH = 200


def settle(
    refund: Refund, *, actor: Actor, at: datetime | None = None, is_first: bool = False
) -> Refund:
    """Find out for each pending transaction of a refund what became of it, and record it.

    Can be run again at any time, by anybody: settled transactions are left alone, and the gateway
    knows the keys of the others. An unreachable gateway leaves its transactions pending.
    is_first: nobody has called the gateway with these keys yet, so it need not be asked before.
    """
    pending = refund.transactions.filter(status=RefundStatus.PENDING).select_related("payment")
    outcomes: dict[str, Outcome] = {}
    for part in pending:
        request = _request(part, refund)
        try:
            outcomes[request.key] = _pay(part.gateway, request, is_first=is_first)
        except GatewayUnreachable:
            logger.warning("Gateway %s unreachable, refund %s waits", part.gateway, refund.pk)
    return _record(refund, outcomes, actor=actor, at=at)


def refresh(part: RefundTransaction) -> None:
    """Ask the gateway what became of one transaction, and record what is new.

    Also of one that was paid: a bank may send the money back days later. Raises
    GatewayUnreachable when the gateway does not say.
    """
    if part.status == RefundStatus.PENDING:
        settle(part.refund, actor=actors.system())
    elif part.status == RefundStatus.SUCCEEDED:
        request = _request(part, part.refund)
        found = _look_up(part.gateway, request)
        if found is not None and found.failed:
            _record(part.refund, {request.key: found}, actor=actors.system(), at=None)


def _request(part: RefundTransaction, refund: Refund) -> PayoutRequest:
    part.refund = refund
    return PayoutRequest(
        key=part.gateway_key,
        amount=part.amount,
        currency=refund.currency,
        payment_reference=part.payment.external_id if part.payment else "",
        reference=part.gateway_reference,
    )


def _pay(name: str, request: PayoutRequest, *, is_first: bool) -> Outcome:
    """Let a gateway pay, unless it has taken the request on before. Raises GatewayUnreachable."""
    gateway = GATEWAYS.get(name)
    if gateway is None:
        # It was set up when the refund was made; nobody else can know what became of it.
        raise GatewayUnreachable
    # A gateway forgets keys after a while, but not what it paid.
    known = None if is_first else _look_up(name, request)
    return known or gateway.refund(request)


def _look_up(name: str, request: PayoutRequest) -> Outcome | None:
    """Ask a gateway that remembers its refunds for one. Raises GatewayUnreachable."""
    gateway = GATEWAYS.get(name)
    if isinstance(gateway, RemembersRefunds):
        return gateway.look_up(request)
    return None


def _record(
    refund: Refund, outcomes: Mapping[str, Outcome], *, actor: Actor, at: datetime | None
) -> Refund:
    """Write the outcomes (by gateway key); the refund is done when nothing is pending any more."""
    now = at or timezone.now()
    with transaction.atomic():
        order = locks.order(refund.order_id)
        locked = Refund.objects.select_for_update().get(pk=refund.pk)
        parts = list(locked.transactions.select_for_update().order_by("pk"))
        changed = _write_outcomes(locked, parts, outcomes, at=now)
        if failed := [part for part in changed if part.status == RefundStatus.FAILED]:
            _give_back(order, locked, failed)
        refunds.pay(order, parts, actor=actor, at=now, notify=at is None)
        statuses = {part.status for part in parts}
        if RefundStatus.PENDING in statuses or not _ends(locked, changed):
            return locked
        # A refund that was tried again may have a note of what went out at first.
        is_first = locked.settled_at is None and all(part.attempt == 1 for part in parts)
        whole = statuses <= {RefundStatus.SUCCEEDED}
        locked.status = RefundStatus.SUCCEEDED if whole else RefundStatus.FAILED
        locked.settled_at = now
        locked.save(update_fields=["status", "settled_at"])
        if statuses == {RefundStatus.FAILED}:
            _free_pieces(order, locked)
        _record_event(order, locked, parts, actor=actor, at=now, deliver=at is None)
        numbers.issue(locked, order.store, paid=_out(parts), at=now, is_first=is_first)
        return locked


def _ends(refund: Refund, changed: list[RefundTransaction]) -> bool:
    """Whether a refund without pending parts has news: one of nothing has no parts at all."""
    return bool(changed) or refund.status == RefundStatus.PENDING


def _write_outcomes(
    refund: Refund,
    parts: list[RefundTransaction],
    outcomes: Mapping[str, Outcome],
    *,
    at: datetime,
) -> list[RefundTransaction]:
    """Write what became of locked transactions; return those that came to an end now."""
    changed, told = [], []
    for part in parts:
        part.refund = refund
        outcome = outcomes.get(part.gateway_key)
        if outcome is None or not _is_news(part, outcome):
            continue
        told.append(part)
        part.gateway_reference = outcome.reference[:REFERENCE_LENGTH]
        if not outcome.pending:
            part.status = RefundStatus.SUCCEEDED if outcome.paid else RefundStatus.FAILED
            part.failure = outcome.failure[:500]
            part.settled_at = at
            changed.append(part)
    RefundTransaction.objects.bulk_update(
        told, ["status", "gateway_reference", "failure", "settled_at"]
    )
    return changed


def _is_news(part: RefundTransaction, outcome: Outcome) -> bool:
    """Whether an outcome says more than is known; what failed for certain stays so."""
    if part.status == RefundStatus.PENDING:
        return not (outcome.pending and outcome.reference == part.gateway_reference)
    return part.status == RefundStatus.SUCCEEDED and outcome.failed


def _give_back(order: Order, refund: Refund, failed: list[RefundTransaction]) -> None:
    """Put what did not go out back onto the payments."""
    payments = {payment.pk: payment for payment in locks.payments(order)}
    for part in failed:
        if part.payment_id is not None:
            payments[part.payment_id].refunded_amount -= part.amount
    Payment.objects.bulk_update(payments.values(), ["refunded_amount"])
    if refund.for_return is not None:
        _order, return_ = locks.order_and_return(refund.for_return)
        lost = sum((part.amount for part in failed), ZERO)
        count_pieces(return_, [], {}, -lost)


def _free_pieces(order: Order, refund: Refund) -> None:
    """Count the pieces of a refund of which nothing went out among the unpaid again."""
    if refund.for_return is None:
        taken = {line.key: -line.quantity for line in refund.lines.all()}
        count_order_pieces(locks.order_lines(order), taken)
    else:
        _order, return_ = locks.order_and_return(refund.for_return)
        pieces = {line.key: -line.quantity for line in refund.lines.all()}
        lines = locks.lines(return_)
        count_pieces(return_, lines, pieces, ZERO, exchange=-refund.exchange_amount)


def _out(parts: list[RefundTransaction]) -> Decimal:
    """Return what went out, in the refund's currency."""
    paid = (part.amount for part in parts if part.status == RefundStatus.SUCCEEDED)
    return sum(paid, ZERO)


def _record_event(
    order: Order,
    refund: Refund,
    parts: list[RefundTransaction],
    *,
    actor: Actor,
    at: datetime,
    deliver: bool,
) -> None:
    """Tell what went out (less than the amount when a payment's part failed) and why not all."""
    paid = refund.status == RefundStatus.SUCCEEDED
    why = [part.failure for part in parts if part.status == RefundStatus.FAILED and part.failure]
    record_event(
        order,
        refund,
        EventType.REFUND_SUCCEEDED if paid else EventType.REFUND_FAILED,
        actor=actor,
        at=at,
        note=refund.note,
        data={
            "refund": refund.pk,
            "amount": str(refund.amount),
            "paid": str(_out(parts)),
            "currency": order.currency,
            **({"why": why} if why else {}),
            **_over(refund),
            **refunds.told(refund, parts),
        },
        deliver=deliver,
    )


def _over(refund: Refund) -> dict[str, str]:
    """Return what an event says of an over-refund: how much more than was left, and why."""
    if not refund.over_amount:
        return {}
    return {"over": str(refund.over_amount), "over_reason": refund.over_reason}


def record_event(
    order: Order,
    refund: Refund,
    type_: EventType,
    *,
    actor: Actor,
    at: datetime,
    note: str,
    data: dict[str, Any],
    deliver: bool = True,
) -> None:
    """Tell something about a refund on its return, or on the order when it has none."""
    if refund.for_return_id is None:
        events.record_on_order(
            order, type_, actor=actor, at=at, note=note, data=data, deliver=deliver
        )
        return
    return_ = Return.objects.get(pk=refund.for_return_id)
    events.record(
        return_,
        type_,
        actor=actor,
        at=at,
        from_status=return_.status,
        note=note,
        data=data,
        deliver=deliver,
    )


def count_order_pieces(lines: list[OrderLine], pieces: Mapping[int, int]) -> None:
    """Count pieces of lines of a locked order as paid back without a return.

    pieces: by order line, below 0 to take back.
    """
    changed = [line for line in lines if pieces.get(line.pk)]
    for line in changed:
        line.refunded_quantity += pieces[line.pk]
    OrderLine.objects.bulk_update(changed, ["refunded_quantity"])


def count_pieces(
    return_: Return,
    lines: list[ReturnLine],
    pieces: Mapping[int, int],
    amount: Decimal,
    *,
    exchange: Decimal = ZERO,
) -> None:
    """Count pieces and an amount of a locked return as paid back.

    pieces: by return line, below 0 to take back. amount and exchange (what was kept for
    replacements): in the order's currency, below 0 to take back.
    """
    changed = [line for line in lines if pieces.get(line.pk)]
    for line in changed:
        line.refunded_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(changed, ["refunded_quantity"])
    return_.refunded_quantity += sum(pieces.values())
    return_.refunded_amount += amount
    return_.exchange_due -= exchange
    return_.save(update_fields=["refunded_quantity", "refunded_amount", "exchange_due"])
