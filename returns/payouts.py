"""Paying back: propose, check, commit what is meant; `returns.settlement` then moves the money."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from orders.models import Payment
from orders.money import is_exact, localized
from returns import locks, pricing, refunds, settlement
from returns.acts import checked_note
from returns.errors import InvalidAmount, KeyReused, NothingChosen, RefundTooLarge
from returns.gateways import GATEWAYS, MANUAL
from returns.models import Refund, RefundLine, RefundTransaction, Return, ReturnLine
from returns.moves import require
from returns.pricing import Proposal


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
    reference = checked_note(reference, most=settlement.REFERENCE_LENGTH, field="reference")
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
    return settlement.settle(pending, actor=actor, at=at)


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
    is_nothing = not proposal.lines and not proposal.shipping_amount
    if is_nothing and proposal.exchange_amount >= 0 and not (chosen and amount):
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
    refund.exchange_amount = proposal.exchange_amount
    refund.outstanding_amount = proposal.outstanding_amount
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
    settlement.count_pieces(
        return_, lines, {line.key: line.quantity for line in proposal.lines}, amount
    )
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
