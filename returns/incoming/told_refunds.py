"""Money that the shop paid back itself, told afterwards.

What counts are sums: people also enter in the shop what Retour told them to pay back by hand. So of
all that the shop says it refunded, only what goes beyond what is recorded here is new; the same for
pieces that came back. Nothing is ever paid: no gateway is called.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.actors import Actor
from orders import money
from orders.models import FulfillmentLine, Order
from orders.money import ZERO
from orders.sources import told
from returns import lifecycle, locks
from returns.errors import InvalidQuantity, InvalidState, KeyReused, ReturnError
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import (
    DispositionType,
    Refund,
    RefundStatus,
    RefundTransaction,
    Return,
    ReturnStatus,
    ToldRefund,
)
from returns.refunds import of_orders, payouts
from returns.refunds.gateways import STORE_CREDIT

logger = logging.getLogger(__name__)

REASON = "other-reason"
_OVER_REASON = "Paid back in the shop"


@dataclass(frozen=True, kw_only=True)
class _News:
    """What of a told refund is not recorded here: money, pieces by order line that came back."""

    row: ToldRefund
    amount: Decimal
    refunded: Mapping[int, int]
    returned: Mapping[int, int]


def record(order: Order, refund: told.ToldRefund, *, actor: Actor) -> str:
    """Record a refund that the shop made; return what a person should know, mostly nothing.

    Told again it changes nothing. Raises ReturnError. Must not be called inside a transaction.
    """
    news = _news(order, refund)
    if not news.amount and not news.returned:
        return ""
    note = ""
    return_: Return | None = None
    if news.returned:
        try:
            return_ = _entered(order, refund, news, actor)
        except ReturnError as error:
            note = _("Pieces that came back could not be entered as a return: %(why)s")
            note %= {"why": error.message}
    if news.amount:
        try:
            made = _paid(order, refund, news, return_, actor)
        except KeyReused:  # another message told the same at this moment
            made = Refund.objects.get(idempotency_key=_key(order, refund, "refund"))
        ToldRefund.objects.filter(pk=news.row.pk).update(refund=made)
    return note


def _news(order: Order, refund: told.ToldRefund) -> _News:
    with transaction.atomic():
        locked = locks.order(order.pk)
        lines = {line.external_id: line for line in locked.lines.all() if line.external_id}
        refunded = _by_line(refund.refunded, lines)
        returned = _by_line(refund.returned, lines)
        row, _new = ToldRefund.objects.get_or_create(
            order=locked,
            external_id=refund.external_id,
            defaults={
                "amount": money.rounded(refund.amount, locked.currency),
                "returned": {str(key): count for key, count in returned.items()},
            },
        )
        rows = list(ToldRefund.objects.filter(order=locked))
        excess = sum((each.amount for each in rows), ZERO) - _recorded(locked)
        return _News(
            row=row,
            amount=ZERO if row.refund_id else max(min(excess, row.amount), ZERO),
            refunded=refunded,
            returned=_came_back(locked, rows, returned),
        )


def _by_line(pieces: Mapping[str, int], lines: Mapping[str, object]) -> dict[int, int]:
    return {
        lines[key].pk: count  # type: ignore[attr-defined]
        for key, count in pieces.items()
        if key in lines and count
    }


def _recorded(order: Order) -> Decimal:
    """Return what went back or is about to, without store credit, of which the shop never hears."""
    parts = RefundTransaction.objects.filter(refund__order=order)
    parts = parts.exclude(status=RefundStatus.FAILED).exclude(gateway=STORE_CREDIT)
    return parts.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _came_back(order: Order, rows: list[ToldRefund], returned: Mapping[int, int]) -> dict[int, int]:
    """Return which pieces of this refund are in no return yet, by order line."""
    all_told: Counter[int] = Counter()
    for row in rows:
        all_told.update({int(key): count for key, count in row.returned.items()})
    held: dict[int, int] = defaultdict(int)
    for parcel in FulfillmentLine.objects.filter(fulfillment__order=order):
        held[parcel.order_line_id] += parcel.returning_quantity
    new = {key: min(count, all_told[key] - held[key]) for key, count in returned.items()}
    return {key: count for key, count in new.items() if count > 0}


# --- goods --------------------------------------------------------------------------------------


def _key(order: Order, refund: told.ToldRefund, what: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"retour:told:{order.pk}/{refund.external_id}/{what}")


def _entered(order: Order, refund: told.ToldRefund, news: _News, actor: Actor) -> Return | None:
    """Enter pieces that came back to the shop as a return that is over; None without parcels.

    The shop counted them into its stock, so they are not counted into that of Retour.
    """
    wishes = _wishes(order, news.returned)
    if not wishes:
        return None
    return_ = lifecycle.create(
        order,
        wishes,
        actor=actor,
        request_key=_key(order, refund, "return"),
        return_shipping=ZERO,
        override_policy=True,
        note=_("Came back to the shop, as it told."),
        at=refund.at,
    )
    if return_.status == ReturnStatus.OPEN and return_.unprocessed_quantity:
        try:
            lifecycle.process(return_, actor=actor, receipts=_receipts(return_), at=refund.at)
        except (InvalidState, InvalidQuantity):
            logger.info("Return %s was processed by another message", return_.pk)
    return Return.objects.get(pk=return_.pk)


def _wishes(order: Order, returned: Mapping[int, int]) -> list[LineRequest]:
    left = dict(returned)
    wishes = []
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order, order_line__in=returned)
    for parcel in parcels.order_by("pk"):
        free = parcel.quantity - parcel.returning_quantity
        pieces = min(left[parcel.order_line_id], free)
        if pieces > 0:
            left[parcel.order_line_id] -= pieces
            wishes.append(
                LineRequest(
                    fulfillment_line_id=parcel.pk,
                    quantity=pieces,
                    reason=REASON,
                    needs_note=False,
                    offered_only=False,
                    restocking_percent=ZERO,
                )
            )
    return wishes


def _receipts(return_: Return) -> list[Receipt]:
    kind = DispositionType.NOT_RESTOCKED.value
    return [
        Receipt(
            line_id=line.pk,
            quantity=line.unprocessed_quantity,
            dispositions=(DisposeRequest(type=kind, quantity=line.unprocessed_quantity),),
        )
        for line in return_.lines.all()
        if line.unprocessed_quantity
    ]


# --- money --------------------------------------------------------------------------------------


def _paid(
    order: Order, refund: told.ToldRefund, news: _News, return_: Return | None, actor: Actor
) -> Refund:
    """Record the money: on the return where there is one, the rest on the order."""
    if return_ is None:
        return _paid_on_order(order, refund, news.refunded, news.amount, actor)
    others = {
        key: count - news.returned.get(key, 0)
        for key, count in news.refunded.items()
        if count > news.returned.get(key, 0)
    }
    amount = news.amount
    if others:
        asked = of_orders.propose(order, quantities=_unpaid(order, others), shipping=ZERO)
        apart = min(asked.items_amount, amount)
        if apart:
            _paid_on_order(order, refund, others, apart, actor, what="others")
            amount -= apart
    return payouts.refund(
        return_,
        actor=actor,
        key=_key(order, refund, "refund"),
        quantities={line.pk: line.quantity for line in return_.lines.all()},
        amount=amount,
        shipping=_shipping(order, refund),
        to_credit=ZERO,
        over_reason=_OVER_REASON,
        note=refund.note,
        reference=refund.external_id,
        at=refund.at,
        is_paid=True,
    )


def _paid_on_order(
    order: Order,
    refund: told.ToldRefund,
    pieces: Mapping[int, int],
    amount: Decimal,
    actor: Actor,
    *,
    what: str = "refund",
) -> Refund:
    return payouts.refund_order(
        order,
        actor=actor,
        key=_key(order, refund, what),
        quantities=_unpaid(order, pieces),
        amount=amount,
        shipping=_shipping(order, refund) if what == "refund" else ZERO,
        to_credit=ZERO,
        over_reason=_OVER_REASON,
        note=refund.note,
        reference=refund.external_id,
        at=refund.at,
        is_paid=True,
    )


def _unpaid(order: Order, pieces: Mapping[int, int]) -> dict[int, int]:
    """Return the pieces that were not paid back in any way, by order line."""
    made = list(order.refunds.all())
    choices = of_orders.load_choices(order, list(order.lines.all()), made)
    left = {choice.line.pk: choice.left for choice in choices}
    return {key: min(count, left[key]) for key, count in pieces.items() if left.get(key)}


def _shipping(order: Order, refund: told.ToldRefund) -> Decimal:
    """Return what of the delivery cost came back, at most what is left of it."""
    if not refund.shipping:
        return ZERO
    left = of_orders.propose(order, quantities={}, shipping=ZERO).shipping_left
    return min(money.rounded(refund.shipping, order.currency), left)
