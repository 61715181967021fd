"""Paying back: propose, check, commit what is meant; `returns.settlement` then moves the money."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from orders import taxes
from orders.models import Payment
from orders.money import localized
from returns import credit_refunds, gateways, locks, refunds, settlement, splits
from returns.acts import checked_note
from returns.errors import KeyReused
from returns.gateways import STORE_CREDIT
from returns.models import Refund, RefundLine, RefundTransaction, Return, ReturnLine
from returns.moves import require
from returns.pricing import Proposal, checked_amount


def refund(
    return_: Return,
    *,
    actor: Actor,
    key: UUID,
    quantities: Mapping[int, int] | None = None,
    amount: Decimal | None = None,
    shipping: Decimal | None = None,
    parts: Mapping[int, Decimal] | None = None,
    to_credit: Decimal | None = None,
    note: str = "",
    reference: str = "",
    at: datetime | None = None,
) -> Refund:
    """Pay back for a return, once per `key`: the same request again gives the refund it made.

    quantities: pieces by return line, None for what came back, {} for an amount that is for no
    piece (goodwill, or what an earlier refund paid too little). amount: what to pay in the order's
    currency, None for what is proposed. shipping: how much of the delivery cost, None for what the
    terms say. parts: what goes to which payment, by primary key, None for what the store's rule
    says. to_credit: how much of the amount becomes store credit, in place of the last payments;
    None for what the buyer asked for. note: for staff. reference: of a payment made by hand. at:
    when it happened, for history told afterwards (nobody is mailed); None for now.
    Raises NotPermitted, InvalidState, UnknownLine, InvalidQuantity, NothingChosen, InvalidAmount,
    RefundTooLarge, NoCreditOwner, TooLong, KeyReused. Must not be called inside a transaction.
    """
    note = checked_note(note)
    reference = checked_note(reference, most=settlement.REFERENCE_LENGTH, field="reference")
    with transaction.atomic(durable=True):
        order, locked = locks.order_and_return(return_)
        known = list(Refund.objects.filter(Q(order=order) | Q(idempotency_key=key)).order_by("pk"))
        made = next((refund for refund in known if refund.idempotency_key == key), None)
        if made is not None:
            return _made_before(made, locked, quantities, amount, parts, to_credit)
        require(locked, "refund", actor)
        lines = locks.lines(locked)
        payments = locks.payments(order)
        proposal = refunds.propose(
            locked,
            quantities=quantities,
            shipping=shipping,
            lines=lines,
            payments=payments,
            made=known,
        )
        to_pay = checked_amount(amount, proposal, chosen=quantities is not None)
        pending = _write_pending(
            locked,
            proposal,
            amount=to_pay,
            parts=parts,
            to_credit=credit_refunds.checked_amount(to_credit, to_pay, order=order, return_=locked),
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
    return settlement.settle(pending, actor=actor, at=at, is_first=True)


def _made_before(
    made: Refund,
    return_: Return,
    quantities: Mapping[int, int] | None,
    amount: Decimal | None,
    parts: Mapping[int, Decimal] | None,
    to_credit: Decimal | None,
) -> Refund:
    """Return what the same request made the first time; refuse another one with its key."""
    if made.for_return_id != return_.pk:
        raise KeyReused(_("This form was already used for another return. Load it again."))
    pieces = dict(made.lines.values_list("return_line", "quantity"))
    asked = {key: count for key, count in (quantities or {}).items() if count}
    same_pieces = quantities is None or asked == pieces
    same_amount = amount is None or amount == made.amount
    same_way = _same_parts(made, parts) and _same_credit(made, to_credit)
    if not same_pieces or not same_amount or not same_way:
        raise KeyReused(
            _("This form already paid back %(amount)s. Load it again.")
            % {"amount": localized(made.amount, made.currency)}
        )
    return made


def _same_parts(made: Refund, parts: Mapping[int, Decimal] | None) -> bool:
    """Whether a refund went where it is asked to go now."""
    if parts is None:
        return True
    gone: dict[int, Decimal] = defaultdict(Decimal)
    for payment, amount in made.transactions.values_list("payment", "amount"):
        gone[payment] += amount
    return gone == {payment: part for payment, part in parts.items() if part}


def _same_credit(made: Refund, to_credit: Decimal | None) -> bool:
    """Whether so much became credit; what was paid with credit may go back there as well."""
    if to_credit is None:
        return True
    parts = made.transactions.filter(gateway=STORE_CREDIT).select_related("payment")
    own = sum((part.amount for part in parts if part.payment.gateway == STORE_CREDIT), Decimal(0))
    all_ = sum((part.amount for part in parts), Decimal(0))
    return all_ - own <= to_credit <= all_


def _write_pending(
    return_: Return,
    proposal: Proposal,
    *,
    amount: Decimal,
    parts: Mapping[int, Decimal] | None,
    to_credit: Decimal,
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
            taxes=taxes.to_json(line.taxes),
            restocking_fee=line.restocking_fee,
        )
        for line in proposal.lines
    )
    _write_transactions(refund, payments, parts, to_credit, reference)
    settlement.count_pieces(
        return_,
        lines,
        {line.key: line.quantity for line in proposal.lines},
        amount,
        exchange=proposal.exchange_amount,
    )
    return refund


def _write_transactions(
    refund: Refund,
    payments: list[Payment],
    wanted: Mapping[int, Decimal] | None,
    to_credit: Decimal,
    reference: str,
) -> None:
    """Share the refund out to payments. The reference is kept until the gateway gives its own."""
    by_id = {payment.pk: payment for payment in payments}
    left = refunds.left_on(payments, refund.currency)
    rule = refund.order.store.refund_split
    parts = splits.plan(refund.amount, left, refund.currency, rule=rule, wanted=wanted)
    for payment_id, part in parts:
        by_id[payment_id].refunded_amount += part
    Payment.objects.bulk_update([by_id[pk] for pk, _part in parts], ["refunded_amount"])
    RefundTransaction.objects.bulk_create(
        credit_refunds.transactions(
            refund,
            parts,
            to_credit,
            gateways={pk: gateways.paying(by_id[pk].gateway) for pk, _part in parts},
            reference=reference,
        )
    )
