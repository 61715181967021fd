"""Why an item cannot go back, or until when it can.

`assess` is pure: it is told facts and gives reasons. `for_order` loads the facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from orders.models import BundleKind, FulfillmentLine, Order, OrderLine, ReturnListing
from returns import held as in_returns
from returns.held import NONE_HELD, Held, Viewer
from returns.models import ReturnReason
from returns.models.policies import (
    EXCLUDED,
    FulfillmentState,
    Returnable,
    ReturnTerms,
    WindowStart,
)
from returns.policies import terms as terms_of
from returns.policies.business_days import next_business_day


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
    BLOCKED = "BLOCKED", _("Please contact us: this order is not returned online")


# What a policy says, and what staff may therefore set aside; the others are facts.
POLICY_BLOCKERS = frozenset(
    {
        Blocker.RETURN_WINDOW_EXPIRED,
        Blocker.FINAL_SALE,
        Blocker.NOT_RETURNABLE,
        Blocker.BLOCKED,
    }
)

# What buyers are told where the terms exclude goods and give no text of their own.
_EXCLUDED_WORDS = {
    Returnable.FINAL_SALE: Blocker.FINAL_SALE.label,
    Returnable.HYGIENE: _("Cannot be returned for reasons of hygiene"),
    Returnable.PERSONALISED: _("Made to your order: cannot be returned"),
    Returnable.PERISHABLE: _("Perishable: cannot be returned"),
    Returnable.DIGITAL: _("Digital: cannot be returned"),
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known about some pieces of one order line in one parcel.

    sent: pieces in the parcel, 0 when they were never sent; held: of these, pieces in live
    returns; returned: of the held, those that came back. hidden: of the held, those that whoever
    looks may not be told of. All moments are aware.
    parcels: when each parcel of the order was shipped and delivered. excluded: can never go back,
    whatever the terms say. listing: a ReturnListing. country, region: where the goods went.
    """

    sent: int
    held: int = 0
    returned: int = 0
    hidden: int = 0
    placed_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    parcels: tuple[tuple[datetime, datetime | None], ...] = ()
    final_sale: bool = False
    personalised: bool = False
    excluded: bool = False
    listing: str = ""
    country: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What may go back: `quantity` pieces until the end of `until` (None: no end).

    With any blocker the quantity is 0. `until` is a day in the store's time zone.
    terms: those that it was assessed by. by_reason: whether it may go back for some reasons only,
    by rules or by their own days.
    """

    quantity: int
    until: date | None
    blockers: tuple[Blocker, ...]
    terms: ReturnTerms = field(default_factory=ReturnTerms, repr=False, compare=False)
    by_reason: bool = False

    @property
    def messages(self) -> list[str]:
        """The reasons in the reader's language; the terms' own text for what they exclude."""
        own = _own_words(self.terms)
        excluding = (Blocker.FINAL_SALE, Blocker.NOT_RETURNABLE)
        return [
            own if own and blocker in excluding else str(blocker.label) for blocker in self.blockers
        ]


def _own_words(terms: ReturnTerms) -> str:
    """Return what the terms say about goods that they exclude; "" if they say nothing."""
    if terms.returnable not in EXCLUDED:
        return ""
    text = terms.returnable_text
    spoken = text.get(get_language() or "") or text.get(settings.LANGUAGE_CODE)
    return (
        spoken
        or next(iter(text.values()), "")
        or str(_EXCLUDED_WORDS.get(Returnable(terms.returnable), Blocker.NOT_RETURNABLE.label))
    )


def last_day(facts: Facts, terms: ReturnTerms, zone: ZoneInfo) -> date | None:
    """Return the last day on which the pieces may be returned, in `zone`; None for no end.

    The day that starts the window is day 0 and the last day counts whole, as Spryker's return
    policy does: bought on the 1st with 30 days, the 31st is the last day. A season only makes it
    longer, and the next business day counts last (as in Regulation 1182/71, Article 3).
    """
    if terms.window_days is None:
        return None
    day = _start(facts, terms).astimezone(zone).date() + timedelta(days=terms.window_days)
    if terms.until is not None:
        day = max(day, terms.until)
    if terms.next_business_day:
        return next_business_day(day, facts.country, facts.region)
    return day


def _start(facts: Facts, terms: ReturnTerms) -> datetime:
    """Return when the window starts; what is not known yet falls back to what was before it."""
    travel = timedelta(days=terms.transit_days)
    if terms.window_start == WindowStart.ORDER:
        start = None
    elif terms.window_start == WindowStart.SHIPMENT:
        start = facts.shipped_at
    elif terms.window_start == WindowStart.LAST_DELIVERY and facts.parcels:
        start = max(delivered or shipped + travel for shipped, delivered in facts.parcels)
    else:
        start = facts.delivered_at or (facts.shipped_at and facts.shipped_at + travel)
    return start or facts.placed_at


def assess(facts: Facts, terms: ReturnTerms, *, zone: ZoneInfo, now: datetime) -> Verdict:
    """Say how much may go back until when, or every reason why nothing may."""
    until = last_day(facts, terms, zone)
    blockers = [
        blocker
        for blocker, applies in (
            (Blocker.UNFULFILLED, not _far_enough(facts, terms)),
            (Blocker.NOT_RETURNABLE, facts.excluded),
            *_by_policy(facts, terms, is_over=until is not None and _day(now, zone) > until),
        )
        if applies
    ]
    if facts.sent and facts.held >= facts.sent:
        blockers += [Blocker.RETURNED] if facts.returned else []
        blockers += [Blocker.IN_RETURN] if facts.returned < facts.held - facts.hidden else []
        # Says that it cannot, and not why.
        neutral = facts.hidden and Blocker.NOT_RETURNABLE not in blockers
        blockers += [Blocker.NOT_RETURNABLE] if neutral else []
    quantity = 0 if blockers else facts.sent - facts.held
    return Verdict(quantity=quantity, until=until, blockers=tuple(blockers), terms=terms)


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _by_policy(
    facts: Facts, terms: ReturnTerms, *, is_over: bool
) -> tuple[tuple[Blocker, bool], ...]:
    """Return what the policy, or a person past it, has against a return."""
    if facts.listing == ReturnListing.ALLOW:
        return ()
    marked = terms.returnable == Returnable.AS_MARKED
    final = facts.final_sale if marked else terms.returnable == Returnable.FINAL_SALE
    barred = facts.personalised if marked else terms.returnable in EXCLUDED and not final
    return (
        (Blocker.BLOCKED, facts.listing == ReturnListing.BLOCK),
        (Blocker.NOT_RETURNABLE, barred and not facts.excluded),
        (Blocker.FINAL_SALE, final),
        (Blocker.RETURN_WINDOW_EXPIRED, is_over),
    )


def assess_best(
    facts: Facts, each: Sequence[ReturnTerms], *, zone: ZoneInfo, now: datetime
) -> Verdict:
    """Say how much may go back where the terms depend on a reason that is not given yet.

    each: the terms without a reason, then those of reasons. What may go back for some reason can be
    chosen, with the verdict on it; the verb checks the reason that is given.
    """
    usual = assess(facts, each[0], zone=zone, now=now)
    if usual.quantity:
        return usual
    for terms in each[1:]:
        verdict = assess(facts, terms, zone=zone, now=now)
        if verdict.quantity:
            return replace(verdict, by_reason=True)
    return usual


def terms_for(terms: ReturnTerms, window_days: int | None) -> ReturnTerms:
    """Return the terms for a reason: its own days, more or fewer, replace those of the terms."""
    return terms if window_days is None else replace(terms, window_days=window_days)


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
        return self.verdict.messages


def facts_of(
    line: OrderLine,
    order: Order,
    parcel: FulfillmentLine | None,
    *,
    held: Held = NONE_HELD,
    parcels: tuple[tuple[datetime, datetime | None], ...] = (),
) -> Facts:
    """Collect what `assess` needs from loaded rows; no queries.

    parcel: the line's pieces in one parcel, with `fulfillment`; None for those never sent.
    held: what is known of the parcel's pieces in live returns. parcels: of the order, as `moments`
    gives them. The order's `store` and `customer` should be loaded.
    """
    country, region = destination(order)
    return Facts(
        sent=parcel.quantity if parcel else 0,
        held=parcel.returning_quantity if parcel else 0,
        returned=held.returned,
        hidden=held.hidden,
        placed_at=order.placed_at,
        shipped_at=parcel.fulfillment.shipped_at if parcel else None,
        delivered_at=parcel.fulfillment.delivered_at if parcel else None,
        parcels=parcels,
        final_sale=line.final_sale,
        personalised=line.personalised,
        excluded=not line.is_goods or order.canceled_at is not None,
        listing=listing_of(order),
        country=country,
        region=region,
    )


def destination(order: Order) -> tuple[str, str]:
    """Return country and region that an order went to; the store's country where it is not told."""
    address = order.shipping_address or order.billing_address
    country = str(address.get("country") or order.store.country).upper()
    return country, str(address.get("region") or "")


def listing_of(order: Order) -> str:
    """Return what a person decided about an order's returns, or about its customer's."""
    if order.return_listing or order.customer is None:
        return order.return_listing
    return order.customer.return_listing


def moments(
    parcels: Iterable[FulfillmentLine],
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return when each of the parcels with these lines was shipped and delivered."""
    found = {line.fulfillment_id: line.fulfillment for line in parcels}
    return tuple((each.shipped_at, each.delivered_at) for each in found.values())


def for_order(
    order: Order, *, now: datetime | None = None, viewer: Viewer = Viewer.STAFF
) -> list[Item]:
    """Return every item of an order with what may go back; 2 queries, whatever its size.

    viewer: who is to be told, as buyers and recipients of gifts must not learn of each other.

    `order.store` should be loaded, and `order.lines` may be. Every fulfilment line has its
    `order_line` and `fulfillment`. Parts of a product bundle are shown with their bundle, which
    goes back whole; the heading of a configurable bundle is left out, for its items go one by one.
    """
    now = now or timezone.now()
    day = now.astimezone(order.store.zone).date()
    parcels = parcels_of([order], day, viewer=viewer)
    held = {parcel.pk: in_returns.of_parcel(parcel) for each in parcels.values() for parcel in each}
    return items_of(order, list(order.lines.all()), parcels, held, now=now)


def items_of(
    order: Order,
    lines: list[OrderLine],
    parcels: Mapping[int, Sequence[FulfillmentLine]],
    held: Mapping[int, Held],
    *,
    now: datetime,
) -> list[Item]:
    """Do what `for_order` does with rows that are loaded; no queries.

    parcels: by order line, each with its `fulfillment`. held: as `held.pieces` gives it.
    """
    terms = terms_of.of_order(order)
    zone = order.store.zone
    sent = moments(parcel for each in parcels.values() for parcel in each)
    parts: dict[int | None, list[OrderLine]] = defaultdict(list)
    for line in lines:
        parts[line.bundle_parent_id].append(line)

    def item(line: OrderLine, parcel: FulfillmentLine | None, quantity: int, facts: Facts) -> Item:
        return Item(
            order_line=line,
            fulfillment_line=parcel,
            quantity=quantity,
            verdict=assess_best(
                facts,
                _possible(terms, line, getattr(parcel, "longest_window", None)),
                zone=zone,
                now=now,
            ),
            parts=tuple(parts[line.pk]),
        )

    items = []
    for line in _own_lines(lines):
        own = parcels.get(line.pk, ())
        for parcel in own:
            parcel.order_line = line
            known = held.get(parcel.pk, NONE_HELD)
            facts = facts_of(line, order, parcel, held=known, parcels=sent)
            items.append(item(line, parcel, parcel.quantity, facts))
        unsent = line.quantity - line.canceled_quantity - sum(parcel.quantity for parcel in own)
        if unsent > 0:
            items.append(item(line, None, unsent, facts_of(line, order, None)))
    return items


def _possible(terms: ReturnTerms, line: OrderLine, longest: int | None) -> list[ReturnTerms]:
    """Return the terms of a line without a reason, then those that reasons may make of them.

    longest: the most days that any reason on offer has of its own; None when none has.
    """
    found = [terms_of.of_line(terms, line), *terms_of.for_reasons(terms, line)]
    if longest is None:
        return found
    return found + [terms_for(each, longest) for each in found]


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
    order_terms = terms_of.of_order(order)
    today = now.astimezone(order.store.zone).date()
    found = []
    for reason in reasons:
        terms = terms_of.of_line(order_terms, item.order_line, reason.handle)
        until = last_day(facts, terms_for(terms, reason.window_days), order.store.zone)
        if until is None or today <= until:
            found.append(reason)
    return found


def parcels_of(
    orders: Sequence[Order], day: date, *, viewer: Viewer | None = None
) -> dict[int, list[FulfillmentLine]]:
    """Load what was sent of orders, by order line; one query.

    Each has its `fulfillment` and the `longest_window` that a reason on offer on `day` has; for a
    viewer also what `held.of_parcel` reads.
    """
    parcels: dict[int, list[FulfillmentLine]] = defaultdict(list)
    patient = ReturnReason.objects.offered(day).filter(window_days__isnull=False)
    longest = patient.order_by("-window_days").values("window_days")[:1]
    found = FulfillmentLine.objects.filter(fulfillment__order__in=orders)
    found = found.annotate(longest_window=models.Subquery(longest))
    if viewer:
        found = in_returns.known_to(viewer, found)
    for parcel in found.select_related("fulfillment").order_by("fulfillment__number", "pk"):
        parcels[parcel.order_line_id].append(parcel)
    return parcels
