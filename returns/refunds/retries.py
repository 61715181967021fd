"""Trying a failed refund again: the same refund, the same payments, checked as if it were new."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import Order, Payment
from orders.money import ZERO, localized, rounded_down
from returns import locks
from returns.acts import checked_note
from returns.errors import InvalidState, NotPermitted, RefundTooLarge, ReturnError
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
from returns.refunds import of_orders, proposals, settlement
from returns.refunds.pricing import Proposal

# Of what a refund is made, in the proposal as in the stored row.
_PARTS = (
    "items_amount",
    "items_tax",
    "shipping_amount",
    "shipping_tax",
    "restocking_fee",
    "return_shipping_fee",
    "exchange_amount",
    "outstanding_amount",
)


def retry(refund: Refund, *, actor: Actor, note: str = "") -> Refund:
    """Pay again what failed of a refund, to the payments that it was meant for.

    The refund keeps its idempotency key; each part that failed goes to its gateway as a further
    attempt (docs/adr/0013). What failed had been put back, so what is left is checked anew.
    note: for staff. Raises NotPermitted, TooLong; InvalidState unless something failed, or when
    the sums are others by now; RefundTooLarge. Must not be called inside a transaction.
    """
    note = checked_note(note)
    with transaction.atomic(durable=True):
        order, return_ = _locked(refund)
        locked = Refund.objects.select_for_update().get(pk=refund.pk)
        _check(locked, return_, actor)
        parts = list(locked.transactions.select_for_update().order_by("pk"))
        failed = [part for part in parts if part.status == RefundStatus.FAILED]
        _check_over(failed, actor)
        _take_again(order, locked, failed)
        _require_nothing_paid_instead(locked)
        all_failed = len(failed) == len(parts)
        if return_ is not None:
            _count_again(locked, return_, failed, all_failed=all_failed)
        elif all_failed:
            _count_order_again(locked, order)
        _record(order, locked, failed, actor=actor, note=note)
        _reopen(locked, failed)
    return settlement.settle(locked, actor=actor, is_first=True)


def _locked(refund: Refund) -> tuple[Order, Return | None]:
    if refund.for_return is None:
        return locks.order(refund.order_id), None
    return locks.order_and_return(refund.for_return)


def _check(refund: Refund, return_: Return | None, actor: Actor) -> None:
    """Refuse unless the actor may pay back now and something of the locked refund failed."""
    if return_ is not None:
        require(return_, "refund", actor)
    elif not actor.may(Permission.REFUND):
        raise NotPermitted
    if refund.status == RefundStatus.PENDING:
        raise InvalidState(_("This refund is under way again."), field=("id",))
    if refund.status == RefundStatus.SUCCEEDED:
        raise InvalidState(_("This refund is paid back by now."), field=("id",))


def _check_over(failed: list[RefundTransaction], actor: Actor) -> None:
    """Refuse to pay more than was left on the payments to somebody who may not. Raises so."""
    if any(part.payment_id is None for part in failed) and not actor.may(Permission.OVER_REFUND):
        raise NotPermitted


def _take_again(order: Order, refund: Refund, failed: list[RefundTransaction]) -> None:
    """Count what failed on its payments once more. Raises RefundTooLarge when it is not left."""
    payments = {payment.pk: payment for payment in locks.payments(order)}
    for part in failed:
        if part.payment_id is None:
            continue
        payment = payments[part.payment_id]
        _require_left(payment, part.amount, refund.currency)
        payment.refunded_amount += part.amount
    Payment.objects.bulk_update(payments.values(), ["refunded_amount"])


def _require_left(payment: Payment, amount: Decimal, currency: str) -> None:
    left = rounded_down(payment.refundable_amount, currency)
    if amount > left:
        raise RefundTooLarge(
            _("Only %(left)s are left on %(payment)s, of %(amount)s that failed.")
            % {
                "left": localized(left, currency),
                "payment": f"{payment.get_method_display()} {payment.external_id}".strip(),
                "amount": localized(amount, currency),
            },
            field=("amount",),
        )


def _count_again(
    refund: Refund, return_: Return, failed: list[RefundTransaction], *, all_failed: bool
) -> None:
    """Count amount and pieces on the return again; pieces of a part failure still count."""
    lines: list[ReturnLine] = locks.lines(return_)
    pieces: dict[int, int] = {}
    exchange = ZERO
    if all_failed:
        meant = {line.key: line for line in refund.lines.all()}
        _require_same_sums(
            refund,
            meant,
            lambda quantities: proposals.propose(
                return_, quantities=quantities, shipping=refund.shipping_amount
            ),
        )
        pieces = {pk: line.quantity for pk, line in meant.items()}
        exchange = refund.exchange_amount
    again = sum((part.amount for part in failed), ZERO)
    settlement.count_pieces(return_, lines, pieces, again, exchange=exchange)


def _count_order_again(refund: Refund, order: Order) -> None:
    """Count the pieces of a refund without a return again."""
    meant = {line.key: line for line in refund.lines.all()}
    _require_same_sums(
        refund,
        meant,
        lambda quantities: of_orders.propose(
            order, quantities=quantities, shipping=refund.shipping_amount
        ),
    )
    pieces = {pk: line.quantity for pk, line in meant.items()}
    settlement.count_order_pieces(locks.order_lines(order), pieces)


def _require_nothing_paid_instead(refund: Refund) -> None:
    """Refuse when somebody paid an amount for no piece since: it may be what failed here."""
    later = Refund.objects.filter(
        order=refund.order_id, for_return=refund.for_return_id, pk__gt=refund.pk, lines=None
    )
    instead = proposals.counting(list(later))
    if instead:
        raise InvalidState(
            _("%(amount)s were paid back since, for no item. Make a new refund for the rest.")
            % {"amount": localized(sum((one.amount for one in instead), ZERO), refund.currency)},
            field=("id",),
        )


def _require_same_sums(
    refund: Refund,
    meant: Mapping[int, RefundLine],
    propose: Callable[[dict[int, int]], Proposal],
) -> None:
    """Refuse when the same refund would be made of other amounts now.

    meant: its lines by what they are of. propose: what the same pieces bring now.
    """
    try:
        now = propose({pk: line.quantity for pk, line in meant.items()})
        same = all(getattr(now, name) == getattr(refund, name) for name in _PARTS) and all(
            getattr(line, name) == getattr(meant[line.key], name)
            for line in now.lines
            for name in ("amount", "tax", "restocking_fee")
        )
    except ReturnError:
        same = False
    if not same:
        raise InvalidState(
            _("The sums have changed since this refund failed. Make a new one."), field=("id",)
        )


def _reopen(refund: Refund, failed: list[RefundTransaction]) -> None:
    """Make the failed parts pending as a further attempt; why they failed is in the event."""
    for part in failed:
        part.status = RefundStatus.PENDING
        part.attempt += 1
        part.gateway_reference, part.failure, part.settled_at = "", "", None
    RefundTransaction.objects.bulk_update(
        failed, ["status", "attempt", "gateway_reference", "failure", "settled_at"]
    )
    refund.status, refund.settled_at = RefundStatus.PENDING, None
    refund.save(update_fields=["status", "settled_at"])


def _record(
    order: Order,
    refund: Refund,
    failed: list[RefundTransaction],
    *,
    actor: Actor,
    note: str,
) -> None:
    again = sum((part.amount for part in failed), ZERO)
    settlement.record_event(
        order,
        refund,
        EventType.REFUND_RETRIED,
        actor=actor,
        at=timezone.now(),
        note=note,
        data={"refund": refund.pk, "amount": str(again), "currency": refund.currency},
    )
