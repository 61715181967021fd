"""Paying back: propose, check, commit what is meant; `refunds.settlement` then moves the money."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders import taxes
from orders.models import Order, Payment
from orders.money import localized
from returns import locks
from returns.acts import checked_note
from returns.errors import KeyReused, NotPermitted
from returns.models import Refund, RefundLine, RefundTransaction, Return
from returns.moves import require
from returns.refunds import gateways, of_orders, proposals, settlement, splits
from returns.refunds.gateways import STORE_CREDIT
from returns.refunds.pricing import Proposal, checked_amount, checked_over
from returns.store_credit import refunds as credit_refunds


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What somebody asks for beside the pieces; words as in `refund`."""

    actor: Actor
    key: UUID
    amount: Decimal | None
    parts: Mapping[int, Decimal] | None
    to_credit: Decimal | None
    over_reason: str
    note: str
    reference: str
    at: datetime | None
    is_paid: bool

    def __post_init__(self) -> None:
        """Take the space around words away. Raises TooLong."""
        most = settlement.REFERENCE_LENGTH
        words = {
            "over_reason": checked_note(self.over_reason, field="over_reason"),
            "note": checked_note(self.note),
            "reference": checked_note(self.reference, most=most, field="reference"),
        }
        for name, text in words.items():
            object.__setattr__(self, name, text)


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
    over_reason: str = "",
    note: str = "",
    reference: str = "",
    at: datetime | None = None,
    is_paid: bool = False,
) -> Refund:
    """Pay back for a return, once per `key`: the same request again gives the refund it made.

    quantities: pieces by return line, None for what came back, {} for an amount that is for no
    piece (goodwill, or what an earlier refund paid too little). amount: what to pay in the order's
    currency, None for what is proposed. shipping: how much of the delivery cost, None for what the
    terms say. parts: what goes to which payment, by primary key, None for what the store's rule
    says. to_credit: how much of the amount becomes store credit, in place of the last payments;
    None for what the buyer asked for. over_reason: why the amount may be more than is left on the
    payments, from somebody with the permission OVER_REFUND; what is more goes to no payment: it is
    paid by hand, or the first to become credit. note: for staff. reference: of a payment made by
    hand. at: when it happened, for history told afterwards (nobody is mailed); None for now.
    is_paid: the shop has paid it itself; it is recorded as paid by hand, whatever gateway the
    payments have.
    Raises NotPermitted, InvalidState, UnknownLine, InvalidQuantity, NothingChosen, InvalidAmount,
    RefundTooLarge, MissingNote, NoCreditOwner, TooLong, KeyReused. Must not be called inside a
    transaction.
    """
    wish = _Wish(
        actor=actor,
        key=key,
        amount=amount,
        parts=parts,
        to_credit=to_credit,
        over_reason=over_reason,
        note=note,
        reference=reference,
        at=at,
        is_paid=is_paid,
    )
    with transaction.atomic(durable=True):
        order, locked = locks.order_and_return(return_)
        known = _known(order, key)
        if made := _with_key(known, key):
            return _made_before(made, order, locked, quantities, wish)
        require(locked, "refund", actor)
        lines = locks.lines(locked)
        payments = locks.payments(order)
        proposal = proposals.propose(
            locked,
            quantities=quantities,
            shipping=shipping,
            lines=lines,
            payments=payments,
            made=known,
        )
        chosen = quantities is not None
        pending = _write_pending(order, locked, proposal, wish, payments, chosen=chosen)
        settlement.count_pieces(
            locked,
            lines,
            {line.key: line.quantity for line in proposal.lines},
            pending.amount,
            exchange=proposal.exchange_amount,
        )
    return settlement.settle(pending, actor=actor, at=at, is_first=True)


def refund_order(
    order: Order,
    *,
    actor: Actor,
    key: UUID,
    quantities: Mapping[int, int] | None = None,
    amount: Decimal | None = None,
    shipping: Decimal | None = None,
    parts: Mapping[int, Decimal] | None = None,
    to_credit: Decimal | None = None,
    over_reason: str = "",
    note: str = "",
    reference: str = "",
    at: datetime | None = None,
    is_paid: bool = False,
) -> Refund:
    """Pay back on an order without a return, once per `key`, as `refund` does for a return.

    quantities: pieces by order line, sent or not, that were not paid back in any way; None or {}
    for none, then shipping or an amount has to be given. A return of such pieces pays nothing more
    for them. shipping: None for what the terms say once all pieces are paid back; 0 without pieces.
    The other arguments and what is raised: as for `refund`; NotPermitted without REFUND. Must not
    be called inside a transaction.
    """
    wish = _Wish(
        actor=actor,
        key=key,
        amount=amount,
        parts=parts,
        to_credit=to_credit,
        over_reason=over_reason,
        note=note,
        reference=reference,
        at=at,
        is_paid=is_paid,
    )
    quantities = quantities or {}
    with transaction.atomic(durable=True):
        locked = locks.order(order.pk)
        known = _known(locked, key)
        if made := _with_key(known, key):
            return _made_before(made, locked, None, quantities, wish)
        if not actor.may(Permission.REFUND):
            raise NotPermitted
        lines = locks.order_lines(locked)
        payments = locks.payments(locked)
        proposal = of_orders.propose(
            locked,
            quantities=quantities,
            shipping=shipping,
            lines=lines,
            payments=payments,
            made=known,
        )
        pending = _write_pending(locked, None, proposal, wish, payments, chosen=True)
        pieces = {line.key: line.quantity for line in proposal.lines}
        settlement.count_order_pieces(lines, pieces)
    return settlement.settle(pending, actor=actor, at=at, is_first=True)


def _known(order: Order, key: UUID) -> list[Refund]:
    """Return the refunds of a locked order, and the one with this key wherever it is."""
    found = Refund.objects.filter(Q(order=order) | Q(idempotency_key=key))
    return list(found.order_by("pk"))


def _with_key(known: list[Refund], key: UUID) -> Refund | None:
    return next((refund for refund in known if refund.idempotency_key == key), None)


def _made_before(
    made: Refund,
    order: Order,
    return_: Return | None,
    quantities: Mapping[int, int] | None,
    wish: _Wish,
) -> Refund:
    """Return what the same request made the first time; refuse another one with its key."""
    if made.order_id != order.pk or made.for_return_id != (return_.pk if return_ else None):
        raise KeyReused(_("This form was already used for something else. Load it again."))
    of = "return_line_id" if return_ else "order_line_id"
    pieces = dict(made.lines.values_list(of, "quantity"))
    asked = {key: count for key, count in (quantities or {}).items() if count}
    same_pieces = quantities is None or asked == pieces
    same_amount = wish.amount is None or wish.amount == made.amount
    same_way = _same_parts(made, wish.parts) and _same_credit(made, wish.to_credit)
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
    on_payments = made.transactions.filter(payment__isnull=False)
    for payment, amount in on_payments.values_list("payment_id", "amount"):
        gone[payment] += amount
    return gone == {payment: part for payment, part in parts.items() if part}


def _same_credit(made: Refund, to_credit: Decimal | None) -> bool:
    """Whether so much became credit; what was paid with credit may go back there as well."""
    if to_credit is None:
        return True
    parts = made.transactions.filter(gateway=STORE_CREDIT).select_related("payment")
    own = sum(
        (part.amount for part in parts if part.payment and part.payment.gateway == STORE_CREDIT),
        Decimal(0),
    )
    all_ = sum((part.amount for part in parts), Decimal(0))
    return all_ - own <= to_credit <= all_


def _write_pending(
    order: Order,
    return_: Return | None,
    proposal: Proposal,
    wish: _Wish,
    payments: list[Payment],
    *,
    chosen: bool,
) -> Refund:
    """Check the amounts, store the refund as pending and count it as paid on the payments."""
    amount = checked_amount(
        wish.amount,
        proposal,
        chosen=chosen,
        may_exceed=wish.actor.may(Permission.OVER_REFUND),
    )
    over = checked_over(amount, proposal, wish.over_reason)
    to_credit = credit_refunds.checked_amount(wish.to_credit, amount, order=order, return_=return_)
    refund = Refund.objects.create(
        order=order,
        for_return=return_,
        idempotency_key=wish.key,
        currency=order.currency,
        amount=amount,
        items_amount=proposal.items_amount,
        items_tax=proposal.items_tax,
        shipping_amount=proposal.shipping_amount,
        shipping_tax=proposal.shipping_tax,
        restocking_fee=proposal.restocking_fee,
        return_shipping_fee=proposal.return_shipping_fee,
        exchange_amount=proposal.exchange_amount,
        outstanding_amount=proposal.outstanding_amount,
        adjustment=amount - proposal.parts_total,
        over_amount=over,
        over_reason=wish.over_reason if over else "",
        note=wish.note,
        created_by_id=wish.actor.user_id,
        created_at=wish.at or timezone.now(),
    )
    _write_lines(refund, proposal)
    _write_transactions(refund, payments, wish, to_credit)
    return refund


def _write_lines(refund: Refund, proposal: Proposal) -> None:
    of = "return_line_id" if refund.for_return_id else "order_line_id"
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            quantity=line.quantity,
            amount=line.amount,
            tax=line.tax,
            taxes=taxes.to_json(line.taxes),
            restocking_fee=line.restocking_fee,
            **{of: line.key},
        )
        for line in proposal.lines
    )


def _write_transactions(
    refund: Refund, payments: list[Payment], wish: _Wish, to_credit: Decimal
) -> None:
    """Share the refund out to payments. The reference is kept until the gateway gives its own."""
    by_id = {payment.pk: payment for payment in payments}
    parts = splits.plan(
        refund.amount - refund.over_amount,
        proposals.left_on(payments, refund.currency),
        refund.currency,
        rule=refund.order.store.refund_split,
        wanted=wish.parts,
    )
    for payment_id, part in parts:
        by_id[payment_id].refunded_amount += part
    Payment.objects.bulk_update([by_id[pk] for pk, _part in parts], ["refunded_amount"])
    RefundTransaction.objects.bulk_create(
        credit_refunds.transactions(
            refund,
            credit_refunds.with_over(parts, refund.over_amount),
            to_credit,
            gateways={pk: _paying(by_id[pk], wish) for pk, _part in parts},
            reference=wish.reference,
        )
    )


def _paying(payment: Payment, wish: _Wish) -> str:
    """Return what pays back on a payment: nobody any more, where the shop did."""
    return gateways.MANUAL if wish.is_paid else gateways.paying(payment.gateway)
