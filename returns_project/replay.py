"""Telling history again: cancellations of an Online Retail file, entered as returns.

Each row of a cancellation goes through the same verbs as on the sites: a request by the customer
against their latest earlier orders that still hold the article, approval, receipt, refund, all at
the cancellation's time. It can be broken off and started again: keys made from file, row and order
find what was entered before, and a return that was left half way is taken further.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts import actors
from accounts.actors import Actor
from orders.imports.online_retail import Cancellation
from orders.models import FulfillmentLine, Order, Store
from returns import eligibility, lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import DispositionType, Return, ReturnStatus
from returns.refunds import payouts

REASON = "other-reason"
ZERO = Decimal(0)


class Match(StrEnum):
    """How much of a cancelled row could be entered."""

    FULLY = "fully"
    IN_PART = "in part"
    NOT_AT_ALL = "not at all"
    NOT_GOODS = "not goods"


class Cause(StrEnum):
    """Why pieces could not be entered, beside the blockers of `returns.eligibility`."""

    NO_CUSTOMER = "no customer in the file"
    NO_PURCHASE = "no earlier order of this article"
    MORE_THAN_LEFT = "more pieces than earlier orders still hold"


@dataclass(slots=True)
class ReplayReport:
    """What came of the cancellations. Amounts are in the currency of the file, in pounds.

    lines: rows by match; pieces: all pieces of these rows. causes: pieces that were not entered,
    each under one cause or blocker, and cause_lines: the rows that they are of.
    refunded: what went back. bought: the entered pieces at the price of their order line.
    cancelled: the entered pieces at the price that the cancellation gives.
    """

    lines: Counter[Match] = field(default_factory=Counter)
    pieces: Counter[Match] = field(default_factory=Counter)
    entered_pieces: int = 0
    returns: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    cause_lines: Counter[str] = field(default_factory=Counter)
    refunded: Decimal = ZERO
    bought: Decimal = ZERO
    cancelled: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Holding:
    """Pieces of the article in one parcel of an earlier order."""

    parcel: FulfillmentLine
    returnable: int
    blocked: int
    blocker: str


class Replay:
    """Enters cancellations for one store, in the order of their time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.report = ReplayReport()
        self._staff: Actor = actors.system("Replay of cancellations")

    def enter(self, cancellation: Cancellation) -> None:
        """Enter one row and count what came of it."""
        if not cancellation.is_goods:
            self._count(cancellation, Match.NOT_GOODS)
            return
        left = cancellation.quantity
        missing: Counter[str] = Counter()
        known = False
        for order in self._orders(cancellation):
            known = True
            left = self._enter_into(order, cancellation, left, missing)
            if not left:
                break
        self._count_missing(cancellation, left, missing, known=known)
        if left == cancellation.quantity:
            self._count(cancellation, Match.NOT_AT_ALL)
        else:
            self._count(cancellation, Match.IN_PART if left else Match.FULLY)

    def _orders(self, cancellation: Cancellation) -> Iterator[Order]:
        """Return the customer's earlier orders of the article, the latest first."""
        if not cancellation.customer:
            return iter(())
        return (
            Order.objects.filter(
                store=self.store,
                customer__reference=cancellation.customer,
                placed_at__lte=cancellation.at,
                lines__sku=cancellation.sku,
            )
            .select_related("store", "customer")
            .distinct()
            .defer("search")
            .order_by("-placed_at", "-pk")
            .iterator()
        )

    def _enter_into(
        self, order: Order, cancellation: Cancellation, left: int, missing: Counter[str]
    ) -> int:
        """Return how many pieces are left after what this order takes; note what it refuses."""
        key = _key(self.store, cancellation, order)
        made = Return.objects.filter(request_key=key).first()
        if made is None:
            wishes = []
            wanted = left
            for holding in _holdings(order, cancellation):
                pieces = min(wanted, holding.returnable)
                if pieces:
                    wishes.append(_wish(holding.parcel, pieces, cancellation))
                wanted -= pieces
                if holding.blocker:
                    missing[holding.blocker] += holding.blocked
            if not wishes:
                return left
            made = lifecycle.request(
                order,
                wishes,
                actor=actors.buyer(order.buyer_name or cancellation.customer),
                request_key=key,
                at=cancellation.at,
            )
        return left - self._finish(made, cancellation, key)

    def _finish(self, return_: Return, cancellation: Cancellation, key: UUID) -> int:
        """Take the return to its end from wherever it stands, count it, return its pieces."""
        at = cancellation.at
        if return_.status == ReturnStatus.REQUESTED:
            return_ = lifecycle.approve(return_, actor=self._staff, at=at)
        if return_.unprocessed_quantity:
            return_ = lifecycle.process(
                return_, actor=self._staff, receipts=self._receipts(return_), at=at
            )
        refund = payouts.refund(return_, actor=self._staff, key=uuid5(key, "refund"), at=at)
        lines = list(return_.lines.select_related("fulfillment_line__order_line"))
        pieces = sum(line.quantity for line in lines)
        self.report.returns += 1
        self.report.entered_pieces += pieces
        self.report.refunded += refund.amount
        self.report.cancelled += pieces * cancellation.unit_price
        self.report.bought += sum(
            (line.quantity * line.fulfillment_line.order_line.unit_price for line in lines), ZERO
        )
        return pieces

    def _receipts(self, return_: Return) -> list[Receipt]:
        """Everything arrives; goods go back on the shelf where the store has one."""
        kind = (
            DispositionType.RESTOCKED
            if self.store.return_location_id
            else DispositionType.NOT_RESTOCKED
        )
        return [
            Receipt(
                line_id=line.pk,
                quantity=line.unprocessed_quantity,
                dispositions=(DisposeRequest(type=kind.value, quantity=line.unprocessed_quantity),),
            )
            for line in return_.lines.all()
            if line.unprocessed_quantity
        ]

    def _count(self, cancellation: Cancellation, match: Match) -> None:
        self.report.lines[match] += 1
        self.report.pieces[match] += cancellation.quantity

    def _count_missing(
        self, cancellation: Cancellation, left: int, refused: Counter[str], *, known: bool
    ) -> None:
        """Put each piece that is left under one cause: what refused it, else why nothing did."""
        causes: Counter[str] = Counter()
        for blocker, pieces in refused.items():
            causes[blocker] = min(left, pieces)
            left -= causes[blocker]
        if left:
            cause = Cause.MORE_THAN_LEFT if known else Cause.NO_PURCHASE
            causes[cause if cancellation.customer else Cause.NO_CUSTOMER] = left
        for name, pieces in causes.items():
            if pieces:
                self.report.causes[name] += pieces
                self.report.cause_lines[name] += 1


def _key(store: Store, cancellation: Cancellation, order: Order) -> UUID:
    name = f"{store.code}/{cancellation.invoice}/{cancellation.line}/{order.reference}"
    return uuid5(NAMESPACE_URL, f"retour:replay:{name}")


def _holdings(order: Order, cancellation: Cancellation) -> Iterator[_Holding]:
    """Return what the order holds of the article and whether it may go back at that time."""
    for item in eligibility.for_order(order, now=cancellation.at):
        parcel = item.fulfillment_line
        if parcel is None or item.order_line.sku != cancellation.sku:
            continue
        blocker = item.blockers[0] if item.blockers else ""
        open_pieces = parcel.quantity - parcel.returning_quantity
        yield _Holding(parcel, item.returnable_quantity, open_pieces or parcel.quantity, blocker)


def _wish(parcel: FulfillmentLine, pieces: int, cancellation: Cancellation) -> LineRequest:
    return LineRequest(
        fulfillment_line_id=parcel.pk,
        quantity=pieces,
        reason=REASON,
        customer_note=f"Cancellation {cancellation.invoice}",
    )
