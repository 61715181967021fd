"""Why an item cannot go back, or until when it can.

`assess` is pure: it is told facts and gives reasons. `for_order` loads the facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, F, Sum, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import BundleKind, FulfillmentLine, Order, OrderLine
from returns.models import ReturnLine, ReturnReason, ReturnStatus
from returns.models.policies import FulfillmentState, ReturnTerms, WindowStart
from returns.models.states import LIVE


class Blocker(models.TextChoices):
    """A reason why something cannot go back.

    Names as Shopify's NonReturnableReason has them; IN_RETURN and NOT_RETURNABLE are ours.
    """

    UNFULFILLED = "UNFULFILLED", _("Not sent yet")
    RETURN_WINDOW_EXPIRED = "RETURN_WINDOW_EXPIRED", _("The time for returns is over")
    FINAL_SALE = "FINAL_SALE", _("Final sale: cannot be returned")
    RETURNED = "RETURNED", _("Already returned")
    IN_RETURN = "IN_RETURN", _("Already in a return")
    NOT_RETURNABLE = "NOT_RETURNABLE", _("Cannot be returned")


# What a policy says, and what staff may therefore set aside; the others are facts.
POLICY_BLOCKERS = frozenset(
    {Blocker.RETURN_WINDOW_EXPIRED, Blocker.FINAL_SALE, Blocker.NOT_RETURNABLE}
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about some pieces of one order line in one parcel.

    sent: pieces in the parcel, 0 when they were never sent; held: of these, pieces in live
    returns; returned: of the held, those that came back. All moments are aware.
    """

    sent: int
    held: int = 0
    returned: int = 0
    placed_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    final_sale: bool = False
    excluded: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What may go back: `quantity` pieces until the end of `until` (None: no end).

    With any blocker the quantity is 0. `until` is a day in the store's time zone. by_reason: the
    policy's time is over, but some reason has more of it.
    """

    quantity: int
    until: date | None
    blockers: tuple[Blocker, ...]
    by_reason: bool = False


def last_day(facts: Facts, terms: ReturnTerms, zone: ZoneInfo) -> date | None:
    """Return the last day on which the pieces may be returned, in `zone`; None for no end.

    The day that starts the window is day 0 and the last day counts whole, as Spryker's return
    policy does: bought on the 1st with 30 days, the 31st is the last day.
    """
    if terms.window_days is None:
        return None
    starts = {
        WindowStart.ORDER: facts.placed_at,
        WindowStart.SHIPMENT: facts.shipped_at,
        WindowStart.DELIVERY: facts.delivered_at or facts.shipped_at,
    }
    start = starts[WindowStart(terms.window_start)] or facts.placed_at
    return start.astimezone(zone).date() + timedelta(days=terms.window_days)


def assess(facts: Facts, terms: ReturnTerms, *, zone: ZoneInfo, now: datetime) -> Verdict:
    """Say how much may go back until when, or every reason why nothing may."""
    until = last_day(facts, terms, zone)
    blockers = [
        blocker
        for blocker, applies in (
            (Blocker.UNFULFILLED, not _far_enough(facts, terms)),
            (Blocker.NOT_RETURNABLE, facts.excluded),
            (Blocker.FINAL_SALE, facts.final_sale),
            (
                Blocker.RETURN_WINDOW_EXPIRED,
                until is not None and now.astimezone(zone).date() > until,
            ),
        )
        if applies
    ]
    if facts.sent and facts.held >= facts.sent:
        blockers += [Blocker.RETURNED] if facts.returned else []
        blockers += [Blocker.IN_RETURN] if facts.returned < facts.held else []
    quantity = 0 if blockers else facts.sent - facts.held
    return Verdict(quantity=quantity, until=until, blockers=tuple(blockers))


def terms_for(terms: ReturnTerms, window_days: int | None) -> ReturnTerms:
    """Return the terms for a reason: its own days, more or fewer, replace those of the terms."""
    return terms if window_days is None else replace(terms, window_days=window_days)


def assess_for_any_reason(
    facts: Facts, terms: ReturnTerms, longest: int | None, *, zone: ZoneInfo, now: datetime
) -> Verdict:
    """Assess as `assess` does; where only the time is over, with that of the most patient reason.

    longest: the most days that any reason on offer has of its own; None when none has.
    """
    verdict = assess(facts, terms, zone=zone, now=now)
    if verdict.blockers != (Blocker.RETURN_WINDOW_EXPIRED,) or longest is None:
        return verdict
    patient = assess(facts, terms_for(terms, longest), zone=zone, now=now)
    return replace(patient, by_reason=True) if patient.quantity else verdict


def _far_enough(facts: Facts, terms: ReturnTerms) -> bool:
    """Whether the parcel is in a state in which the policy lets its goods go back."""
    if not facts.sent:
        return False
    state = FulfillmentState.DELIVERED if facts.delivered_at else FulfillmentState.SHIPPED
    return state.value in terms.returnable_states


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing on an order's returns page: pieces of a line in a parcel, or not sent at all."""

    order_line: OrderLine
    fulfillment_line: FulfillmentLine | None
    quantity: int
    verdict: Verdict
    parts: tuple[OrderLine, ...] = ()

    @property
    def returnable_quantity(self) -> int:
        """Pieces that may go back now."""
        return self.verdict.quantity

    @property
    def returnable_until(self) -> date | None:
        """The last day, in the store's time zone; None for no end."""
        return self.verdict.until

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """Every reason why it cannot go back."""
        return self.verdict.blockers

    @property
    def returnable(self) -> bool:
        """Whether a buyer can return at least one piece now."""
        return self.verdict.quantity > 0

    @property
    def free_quantity(self) -> int:
        """Pieces that were sent and that no live return holds."""
        parcel = self.fulfillment_line
        return parcel.quantity - parcel.returning_quantity if parcel else 0

    @property
    def returnable_with_override(self) -> bool:
        """Whether staff can return at least one piece, setting the policy aside if need be."""
        return self.free_quantity > 0 and POLICY_BLOCKERS.issuperset(self.verdict.blockers)

    @property
    def messages(self) -> list[str]:
        """The reasons in the reader's language."""
        return [str(blocker.label) for blocker in self.verdict.blockers]


def facts_of(
    line: OrderLine, order: Order, parcel: FulfillmentLine | None, *, returned: int = 0
) -> Facts:
    """Collect what `assess` needs from loaded rows; no queries.

    parcel: the line's pieces in one parcel, with `fulfillment`; None for those never sent.
    returned: of the parcel's pieces in live returns, those that came back.
    """
    return Facts(
        sent=parcel.quantity if parcel else 0,
        held=parcel.returning_quantity if parcel else 0,
        returned=returned,
        placed_at=order.placed_at,
        shipped_at=parcel.fulfillment.shipped_at if parcel else None,
        delivered_at=parcel.fulfillment.delivered_at if parcel else None,
        final_sale=line.final_sale,
        excluded=line.personalised or not line.is_goods or order.canceled_at is not None,
    )


def for_order(order: Order, *, now: datetime | None = None) -> list[Item]:
    """Return every item of an order with what may go back; 3 queries, whatever its size.

    `order.store` should be loaded, and `order.lines` may be. Every fulfilment line has its
    `order_line` and `fulfillment`. Parts of a product bundle are shown with their bundle, which
    goes back whole; the heading of a configurable bundle is left out, for its items go one by one.
    """
    now = now or timezone.now()
    terms = ReturnTerms.from_json(order.return_terms)
    zone = order.store.zone
    lines = list(order.lines.all())
    parcels = _parcels_by_line(order, now.astimezone(zone).date())
    returned = returned_pieces(order)

    parts: dict[int | None, list[OrderLine]] = defaultdict(list)
    for line in lines:
        parts[line.bundle_parent_id].append(line)

    def item(line: OrderLine, parcel: FulfillmentLine | None, quantity: int, facts: Facts) -> Item:
        return Item(
            order_line=line,
            fulfillment_line=parcel,
            quantity=quantity,
            verdict=assess_for_any_reason(
                facts, terms, getattr(parcel, "longest_window", None), zone=zone, now=now
            ),
            parts=tuple(parts[line.pk]),
        )

    items = []
    for line in _own_lines(lines):
        for parcel in parcels[line.pk]:
            parcel.order_line = line
            facts = facts_of(line, order, parcel, returned=returned.get(parcel.pk, 0))
            items.append(item(line, parcel, parcel.quantity, facts))
        unsent = line.quantity - sum(parcel.quantity for parcel in parcels[line.pk])
        if unsent > 0:
            items.append(item(line, None, unsent, facts_of(line, order, None)))
    return items


class Bundled(Protocol):
    """What says how a line goes back; an OrderLine does."""

    @property
    def bundle_kind(self) -> str:
        """A BundleKind."""


def is_returned_by_itself(line: Bundled, parent: Bundled | None) -> bool:
    """Whether a line goes back by itself: not a product bundle's part, not a mere heading."""
    if parent is not None and parent.bundle_kind == BundleKind.FIXED:
        return False
    return line.bundle_kind != BundleKind.CONFIGURABLE


def _own_lines(lines: list[OrderLine]) -> Iterable[OrderLine]:
    by_id = {line.pk: line for line in lines}
    return (
        line for line in lines if is_returned_by_itself(line, by_id.get(line.bundle_parent_id or 0))
    )


def reasons_for(
    item: Item, reasons: Sequence[ReturnReason], order: Order, *, now: datetime | None = None
) -> list[ReturnReason]:
    """Return the reasons for which it is not too late to send an item back; no queries.

    reasons: on offer now. `order.store` should be loaded.
    """
    now = now or timezone.now()
    if item.fulfillment_line is None or not any(
        reason.window_days is not None or item.verdict.by_reason for reason in reasons
    ):
        return list(reasons)
    facts = facts_of(item.order_line, order, item.fulfillment_line)
    terms = ReturnTerms.from_json(order.return_terms)
    today = now.astimezone(order.store.zone).date()
    found = []
    for reason in reasons:
        until = last_day(facts, terms_for(terms, reason.window_days), order.store.zone)
        if until is None or today <= until:
            found.append(reason)
    return found


def _parcels_by_line(order: Order, day: date) -> dict[int, list[FulfillmentLine]]:
    """Load what was sent; each with the `longest_window` that a reason on offer on `day` has."""
    parcels: dict[int, list[FulfillmentLine]] = defaultdict(list)
    patient = ReturnReason.objects.offered(day).filter(window_days__isnull=False)
    longest = patient.order_by("-window_days").values("window_days")[:1]
    found = FulfillmentLine.objects.filter(fulfillment__order=order)
    found = found.annotate(longest_window=models.Subquery(longest))
    for parcel in found.select_related("fulfillment").order_by("fulfillment__number", "pk"):
        parcels[parcel.order_line_id].append(parcel)
    return parcels


def returned_pieces(order: Order) -> dict[int, int]:
    """Count, per fulfilment line, the pieces in live returns that came back; one query."""
    came_back = Case(
        When(for_return__status=ReturnStatus.CLOSED, then=F("quantity")),
        default=F("processed_quantity"),
    )
    found = (
        ReturnLine.objects.filter(for_return__order=order, for_return__status__in=LIVE)
        .values("fulfillment_line")
        .annotate(pieces=Sum(came_back))
        .order_by()
    )
    return {row["fulfillment_line"]: row["pieces"] for row in found}
