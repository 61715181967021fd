"""What of an order can be canceled because it was not sent yet, and what that brings.

Reads only; the verbs are in `returns.cancellations.decisions`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from orders.models import BundleKind, FulfillmentLine, Order, OrderLine
from returns.eligibility import is_returned_by_itself
from returns.models import Cancellation, CancellationLine, CancellationStatus
from returns.models.policies import CancelUnsent, ReturnTerms
from returns.policies import terms as terms_of
from returns.refunds import of_orders
from returns.refunds.pricing import Proposal


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A line of which `left` pieces can be canceled; by_staff: once a person agrees."""

    line: OrderLine
    left: int
    by_staff: bool


def is_offered(order: Order) -> bool:
    """Whether the terms of an order or of a line let buyers cancel at all; no queries.

    `order.lines` should be loaded.
    """
    if order.canceled_at is not None:
        return False
    none = CancelUnsent.NONE.value
    terms = terms_of.of_order(order)
    return any(terms_of.of_line(terms, line).cancel_unsent != none for line in order.lines.all())


def load(order: Order) -> list[Cancellation]:
    """Return the cancellations of an order with their lines, the oldest first; one query."""
    rows = CancellationLine.objects.filter(cancellation__order=order)
    found: dict[Cancellation, list[CancellationLine]] = defaultdict(list)
    for row in rows.select_related("cancellation", "order_line").order_by("cancellation", "pk"):
        found[row.cancellation].append(row)
    for cancellation, lines in found.items():
        cancellation._prefetched_objects_cache = {"lines": lines}  # type: ignore[attr-defined]
    return list(found)


def sent_pieces(order: Order) -> dict[int, int]:
    """Count the pieces that were sent per order line; one query."""
    found = FulfillmentLine.objects.filter(fulfillment__order=order).values_list("order_line")
    return dict(found.annotate(Sum("quantity")).order_by())


def choices(
    order: Order,
    lines: Sequence[OrderLine],
    sent: Mapping[int, int],
    made: Iterable[Cancellation],
    *,
    now: datetime,
) -> list[Choice]:
    """Return the lines of which the buyer may cancel pieces now; no queries.

    lines: all of the order's. sent: as `sent_pieces` counts. made: as `load` gives them.
    """
    if order.canceled_at is not None:
        return []
    order_terms = terms_of.of_order(order)
    found = []
    for line, left in open_pieces(lines, sent, made).items():
        terms = terms_of.of_line(order_terms, line)
        # What is made for one buyer is begun with at once.
        if left and not line.personalised and _may(terms, order, now):
            by_staff = terms.cancel_unsent == CancelUnsent.BY_STAFF
            found.append(Choice(line=line, left=left, by_staff=by_staff))
    return found


def _may(terms: ReturnTerms, order: Order, now: datetime) -> bool:
    if terms.cancel_unsent == CancelUnsent.NONE:
        return False
    if terms.cancel_minutes is None:
        return True
    return now <= order.placed_at + timedelta(minutes=terms.cancel_minutes)


def open_pieces(
    lines: Sequence[OrderLine],
    sent: Mapping[int, int],
    made: Iterable[Cancellation],
    *,
    without: int | None = None,
) -> dict[OrderLine, int]:
    """Return of each line the pieces that were neither sent nor canceled nor paid back.

    Pieces that somebody has asked to cancel do not count either, but for those of the cancellation
    `without` (primary key). What else was paid back without a return will not be sent.
    """
    asked, unsettled = _held(made, without)
    by_id = {line.pk: line for line in lines}
    parts_sent = {line.bundle_parent_id for line in lines if sent.get(line.pk)}
    found = {}
    for line in lines:
        parent = by_id.get(line.bundle_parent_id or 0)
        if line.from_exchange or not line.is_goods or not is_returned_by_itself(line, parent):
            continue
        begun = line.bundle_kind == BundleKind.FIXED and line.pk in parts_sent
        paid = line.refunded_quantity - (line.canceled_quantity - unsettled[line.pk])
        gone = sent.get(line.pk, 0) + line.canceled_quantity + asked[line.pk] + max(paid, 0)
        found[line] = 0 if begun else max(line.quantity - gone, 0)
    return found


def _held(
    made: Iterable[Cancellation], without: int | None
) -> tuple[dict[int, int], dict[int, int]]:
    """Count pieces by line that wait for a decision, and those that wait for their money."""
    asked: dict[int, int] = defaultdict(int)
    unsettled: dict[int, int] = defaultdict(int)
    for cancellation in made:
        for part in cancellation.lines.all():
            if cancellation.status == CancellationStatus.REQUESTED and cancellation.pk != without:
                asked[part.order_line_id] += part.quantity
            elif cancellation.status == CancellationStatus.DONE and not cancellation.settled_at:
                unsettled[part.order_line_id] += part.canceled_quantity
    return asked, unsettled


def propose(
    order: Order, quantities: Mapping[int, int], lines: Sequence[OrderLine], *, counted: bool
) -> Proposal:
    """Propose what comes back for pieces (by order line) that are canceled.

    What was paid for delivery comes back whole when nothing of the order is sent; else what the
    terms say. counted: whether the lines count the pieces as canceled already.
    Raises UnknownLine, InvalidQuantity.
    """
    found = of_orders.propose(order, quantities=quantities, lines=lines)
    more = {} if counted else quantities
    by_id = {line.pk: line for line in lines}
    goods = [
        line
        for line in lines
        if line.is_goods
        and not line.from_exchange
        and is_returned_by_itself(line, by_id.get(line.bundle_parent_id or 0))
    ]
    is_whole = all(line.canceled_quantity + more.get(line.pk, 0) >= line.quantity for line in goods)
    if not is_whole or found.shipping_amount == found.shipping_left:
        return found
    return of_orders.propose(
        order, quantities=quantities, shipping=found.shipping_left, lines=lines
    )
