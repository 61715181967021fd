"""Paying back: commit what is meant, call the gateway, record what became of it.

The gateway is called outside any transaction, between two of them, and always with the same key,
so that whatever crashes when, money goes out once and `settle` can be run again.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor
from orders.models import Order, Payment
from orders.money import is_exact, localized
from returns import events, locks, pricing, refunds
from returns.acts import checked_note
from returns.errors import (
    InvalidAmount,
    KeyReused,
    NothingChosen,
    RefundTooLarge,
)
from returns.gateways import GATEWAYS, MANUAL, GatewayUnreachable, Outcome, PayoutRequest
from returns.models import (
    EventType,
    Refund,
    RefundLine,
    RefundStatus,
    RefundTransaction,
    Return,
    ReturnLine,
)
from returns.moves import require
from returns.pricing import Proposal

logger = logging.getLogger(__name__)

REFERENCE_LENGTH = 200


def refund(
    return_: Return,
    *,
    actor: Actor,
    key: UUID,
    quantities: Mapping[int, int] | None = None,
    amount: Decimal | None = None,
    shipping: Decimal | None = None,
    note: str = "",
    reference: str = "",
    at: datetime | None = None,
) -> Refund:
    """Pay back for a return, once per `key`: the same request again gives the refund it made.

    quantities: pieces by return line, None for what came back, {} for an amount that is for no
    piece (goodwill, or what an earlier refund paid too little). amount: what to pay in the order's
    currency, None for what is proposed. shipping: how much of the delivery cost, None for what the
    terms say. note: for staff. reference: of a payment made by hand. at: when it happened, for
    history told afterwards (nobody is mailed); None for now.
    Raises NotPermitted, InvalidState, UnknownLine, InvalidQuantity, NothingChosen, InvalidAmount,
    RefundTooLarge, TooLong, KeyReused. Must not be called inside a transaction.
    """
    note = checked_note(note)
    reference = checked_note(reference, most=REFERENCE_LENGTH, field="reference")
    with transaction.atomic(durable=True):
        order, locked = locks.order_and_return(return_)
        made = Refund.objects.filter(idempotency_key=key).first()
        if made is not None:
            return _made_before(made, locked, quantities, amount)
        require(locked, "refund", actor)
        lines = locks.lines(locked)
        payments = locks.payments(order)
        proposal = refunds.propose(
            locked, quantities=quantities, shipping=shipping, lines=lines, payments=payments
        )
        pending = _write_pending(
            locked,
            proposal,
            amount=checked_amount(amount, proposal, chosen=quantities is not None),
            reference=reference,
            payments=payments,
            lines=lines,
            refund=Refund(
                order=order,
                for_return=locked,
                idempotency_key=key,
                currency=order.currency,
                note=note,
                created_by_id=actor.user_id,
                created_at=at or timezone.now(),
            ),
        )
    return settle(pending, actor=actor, at=at)


def _made_before(
    made: Refund, return_: Return, quantities: Mapping[int, int] | None, amount: Decimal | None
) -> Refund:
    """Return what the same request made the first time; refuse another one with its key."""
    if made.for_return_id != return_.pk:
        raise KeyReused(_("This form was already used for another return. Load it again."))
    pieces = dict(made.lines.values_list("return_line", "quantity"))
    asked = {key: count for key, count in (quantities or {}).items() if count}
    same_pieces = quantities is None or asked == pieces
    if not same_pieces or (amount is not None and amount != made.amount):
        raise KeyReused(
            _("This form already paid back %(amount)s. Load it again.")
            % {"amount": localized(made.amount, made.currency)}
        )
    return made


def checked_amount(amount: Decimal | None, proposal: Proposal, *, chosen: bool) -> Decimal:
    """Return what to pay for a proposal, in its currency: `amount`, or what it suggests.

    chosen: whether a person said for which pieces, be it for none.
    Raises NothingChosen, InvalidAmount, RefundTooLarge.
    """
    if not proposal.lines and not proposal.shipping_amount and not (chosen and amount):
        raise NothingChosen(_("Choose what to pay back."), field=("lines",))
    if amount is None:
        return proposal.amount
    if not amount.is_finite() or amount < 0:
        raise _invalid_amount(proposal)
    if amount > proposal.maximum:
        raise RefundTooLarge(
            _("Only %(left)s are left on the payments of this order.")
            % {"left": localized(proposal.maximum, proposal.currency)},
            field=("amount",),
        )
    if not is_exact(amount, proposal.currency):
        raise _invalid_amount(proposal)
    return amount


def _invalid_amount(proposal: Proposal) -> InvalidAmount:
    return InvalidAmount(
        _("Enter an amount in %(currency)s, 0 or more, without further digits.")
        % {"currency": proposal.currency},
        field=("amount",),
    )


def _write_pending(
    return_: Return,
    proposal: Proposal,
    *,
    amount: Decimal,
    reference: str,
    payments: list[Payment],
    lines: list[ReturnLine],
    refund: Refund,
) -> Refund:
    """Store the refund as pending and count it everywhere as if it had been paid."""
    refund.amount = amount
    refund.items_amount = proposal.items_amount
    refund.items_tax = proposal.items_tax
    refund.shipping_amount = proposal.shipping_amount
    refund.shipping_tax = proposal.shipping_tax
    refund.restocking_fee = proposal.restocking_fee
    refund.return_shipping_fee = proposal.return_shipping_fee
    refund.adjustment = amount - proposal.parts_total
    refund.save(force_insert=True)
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            return_line_id=line.key,
            quantity=line.quantity,
            amount=line.amount,
            tax=line.tax,
            restocking_fee=line.restocking_fee,
        )
        for line in proposal.lines
    )
    _write_transactions(refund, payments, reference)
    _count_pieces(return_, lines, {line.key: line.quantity for line in proposal.lines}, amount)
    return refund


def _write_transactions(refund: Refund, payments: list[Payment], reference: str) -> None:
    """Share the refund out to payments. The reference is kept until the gateway gives its own."""
    by_id = {payment.pk: payment for payment in payments}
    left = refunds.left_on(payments, refund.currency)
    parts = pricing.split_over_payments(refund.amount, left)
    for payment_id, part in parts:
        by_id[payment_id].refunded_amount += part
    Payment.objects.bulk_update([by_id[pk] for pk, _part in parts], ["refunded_amount"])
    RefundTransaction.objects.bulk_create(
        RefundTransaction(
            refund=refund,
            payment_id=pk,
            gateway=_gateway(by_id[pk]),
            amount=part,
            gateway_reference=reference,
        )
        for pk, part in parts
    )


def _gateway(payment: Payment) -> str:
    """Return the name of what pays back: a person, where the payment's gateway is not set up."""
    return payment.gateway if payment.gateway in GATEWAYS else MANUAL


def _count_pieces(
    return_: Return, lines: list[ReturnLine], pieces: Mapping[int, int], amount: Decimal
) -> None:
    """Add pieces (by return line; below 0 to take back) and an amount to what is paid back."""
    changed = [line for line in lines if pieces.get(line.pk)]
    for line in changed:
        line.refunded_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(changed, ["refunded_quantity"])
    return_.refunded_quantity += sum(pieces.values())
    return_.refunded_amount += amount
    return_.save(update_fields=["refunded_quantity", "refunded_amount"])


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
        _count_pieces(return_, [], {}, -lost)


def _free_pieces(refund: Refund) -> None:
    """Count the pieces of a refund of which nothing went out among the unpaid again."""
    if refund.for_return is not None:
        _order, return_ = locks.order_and_return(refund.for_return)
        pieces = {line.return_line_id: -line.quantity for line in refund.lines.all()}
        _count_pieces(return_, locks.lines(return_), pieces, Decimal(0))


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
        },
        deliver=deliver,
    )
