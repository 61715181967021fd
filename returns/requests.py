"""Asking for a return: check what is asked against what may go back, then store it.

These are the steps of `lifecycle.request` and `lifecycle.create`, which hold the locks.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from orders import search
from orders.models import FulfillmentLine, Order, OrderLine
from returns import eligibility, pricing
from returns.eligibility import Blocker, Verdict
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    MissingNote,
    MissingReason,
    NothingChosen,
    NotReturnable,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.models import (
    FeeKind,
    RefundTo,
    Return,
    ReturnFee,
    ReturnLine,
    ReturnReason,
    ReturnStatus,
)
from returns.models.policies import ReturnTerms

# Shopify's customerNote has the same limit.
CUSTOMER_NOTE_LENGTH = 300
REASON_NOTE_LENGTH = 255
# The reason of what is exchanged without telling why; nobody is offered it.
NOT_GIVEN = "unknown"


@dataclass(frozen=True, kw_only=True)
class LineRequest:
    """A wish to send back `quantity` pieces of a fulfilment line for a reason (its handle).

    reason_note: words of whoever asks for the buyer. needs_note: whether words must come with a
    reason that asks for them. offered_only: whether the reason must be one that people are offered.
    restocking_percent: agreed for this line; None for what the terms say.
    """

    fulfillment_line_id: int
    quantity: int
    reason: str
    customer_note: str = ""
    reason_note: str = ""
    needs_note: bool = True
    offered_only: bool = True
    restocking_percent: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A wish that was found possible, with the rows it names."""

    parcel: FulfillmentLine
    quantity: int
    reason: ReturnReason
    customer_note: str
    reason_note: str = ""
    restocking_percent: Decimal | None = None


def check(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    override_policy: bool,
    exchanged: Collection[int] = (),
) -> list[CheckedLine]:
    """Check wishes against the locked fulfilment lines of an order; one bad line refuses all.

    override_policy: set aside what only the policy refuses (window, final sale, exclusion).
    exchanged: the indexes of wishes for which something else is wanted; they need no reason.
    Raises NothingChosen, UnknownLine, InvalidQuantity, MissingReason, MissingNote, TooLong,
    NotReturnable; their field is ("lines", index, ...).
    """
    known = _known(
        order, wishes, parcels, at=at, override_policy=override_policy, exchanged=exchanged
    )
    return [_check_wish(known, index, wish) for index, wish in enumerate(wishes)]


def problems(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    exchanged: Collection[int] = (),
) -> list[ReturnError]:
    """Return what `check` would refuse, one error per wish, so that a form can show them all.

    exchanged: as there. parcels: loaded fulfilment lines with `order_line` and `fulfillment`; they
    need no lock, because the verb checks again.
    """
    try:
        known = _known(order, wishes, parcels, at=at, override_policy=False, exchanged=exchanged)
    except NothingChosen as error:
        return [error]
    found: list[ReturnError] = []
    for index, wish in enumerate(wishes):
        try:
            _check_wish(known, index, wish)
        except ReturnError as error:
            found.append(error)
    return found


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What wishes are checked against; `taken` counts the pieces of the wishes before."""

    order: Order
    parcels: Mapping[int, FulfillmentLine]
    parents: Mapping[int, OrderLine]
    reasons: Mapping[str, ReturnReason]
    returned: Mapping[int, int]
    at: datetime
    override_policy: bool
    exchanged: Collection[int]
    taken: dict[int, int]


def _known(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    override_policy: bool,
    exchanged: Collection[int],
) -> _Known:
    if not wishes:
        raise NothingChosen(_("Choose at least one item."), field=("lines",))
    by_id = {parcel.pk: parcel for parcel in parcels}
    bundles = (parcel.order_line.bundle_parent_id for parcel in parcels)
    headings = {pk for pk in bundles if pk is not None}
    return _Known(
        order=order,
        parcels=by_id,
        parents=order.lines.in_bulk(headings) if headings else {},
        reasons=_reasons(wishes, exchanged),
        returned=_returned(order, wishes, by_id),
        at=at,
        override_policy=override_policy,
        exchanged=exchanged,
        taken=defaultdict(int),
    )


def _reasons(wishes: Sequence[LineRequest], exchanged: Collection[int]) -> dict[str, ReturnReason]:
    """Return the reasons that are meant, by handle; by "" what stands for none given."""
    handles = {wish.reason for wish in wishes}
    any_will_do = {wish.reason for wish in wishes if not wish.offered_only}
    found = {
        handle: reason
        for handle, reason in ReturnReason.objects.in_bulk(handles, field_name="handle").items()
        if reason.active or handle in any_will_do
    }
    if "" in handles and exchanged:
        given = ReturnReason.objects.filter(handle=NOT_GIVEN).first()
        return {**found, "": given} if given else found
    return found


def _check_wish(known: _Known, index: int, wish: LineRequest) -> CheckedLine:
    field = ("lines", str(index))
    parcel = known.parcels.get(wish.fulfillment_line_id)
    if parcel is None:
        raise UnknownLine(_("This item is not part of the order."), field=field)
    _check_bundle(parcel, known.parents, field)
    verdict = _verdict(known.order, parcel, known.returned.get(parcel.pk, 0), known.at)
    _check_policy(verdict, known.override_policy, field)
    left = parcel.quantity - parcel.returning_quantity - known.taken[parcel.pk]
    if not 0 < wish.quantity <= left:
        raise InvalidQuantity(
            _("Choose 1 to %(left)s pieces: no more can go back.") % {"left": left}
            if left
            else _("All pieces of this item are already in a return."),
            field=(*field, "quantity"),
        )
    known.taken[parcel.pk] += wish.quantity
    return CheckedLine(
        parcel=parcel,
        quantity=wish.quantity,
        reason=_checked_reason(wish, known.reasons, field, is_exchanged=index in known.exchanged),
        customer_note=wish.customer_note.strip(),
        reason_note=wish.reason_note.strip(),
        restocking_percent=_checked_percent(wish.restocking_percent, field),
    )


def _check_bundle(
    parcel: FulfillmentLine, parents: Mapping[int, OrderLine], field: tuple[str, ...]
) -> None:
    line = parcel.order_line
    if not eligibility.is_returned_by_itself(line, parents.get(line.bundle_parent_id or 0)):
        raise NotReturnable(
            _("This is part of a bundle that goes back whole: choose the bundle."),
            blockers=[Blocker.NOT_RETURNABLE],
            field=field,
        )


def _returned(
    order: Order, wishes: Sequence[LineRequest], parcels: Mapping[int, FulfillmentLine]
) -> Mapping[int, int]:
    """Count what came back, only when a wish is for something that other returns hold whole."""
    wished = (parcels.get(wish.fulfillment_line_id) for wish in wishes)
    if any(parcel and parcel.returning_quantity >= parcel.quantity for parcel in wished):
        return eligibility.returned_pieces(order)
    return {}


def _verdict(order: Order, parcel: FulfillmentLine, returned: int, at: datetime) -> Verdict:
    facts = eligibility.facts_of(parcel.order_line, order, parcel, returned=returned)
    terms = ReturnTerms.from_json(order.return_terms)
    return eligibility.assess(facts, terms, zone=order.store.zone, now=at)


def _check_policy(verdict: Verdict, override_policy: bool, field: tuple[str, ...]) -> None:
    refusing = [
        blocker
        for blocker in verdict.blockers
        if not (override_policy and blocker in eligibility.POLICY_BLOCKERS)
    ]
    if refusing:
        message = " · ".join(str(blocker.label) for blocker in refusing)
        raise NotReturnable(message, blockers=refusing, field=field)


def _checked_reason(
    wish: LineRequest,
    reasons: Mapping[str, ReturnReason],
    field: tuple[str, ...],
    *,
    is_exchanged: bool,
) -> ReturnReason:
    """Return the reason of a wish; whoever exchanges need not give one."""
    reason = reasons.get(wish.reason) if wish.reason or is_exchanged else None
    if reason is None:
        raise MissingReason(_("Choose a reason."), field=(*field, "reason"))
    words = wish.customer_note.strip() or wish.reason_note.strip()
    if reason.needs_note and wish.needs_note and not words:
        raise MissingNote(_("Tell in a few words what is wrong."), field=(*field, "customer_note"))
    _check_length(wish.customer_note, CUSTOMER_NOTE_LENGTH, (*field, "customer_note"))
    _check_length(wish.reason_note, REASON_NOTE_LENGTH, (*field, "reason_note"))
    return reason


def _check_length(words: str, most: int, field: tuple[str, ...]) -> None:
    if len(words.strip()) > most:
        raise TooLong(_("Write at most %(count)s characters.") % {"count": most}, field=field)


def _checked_percent(percent: Decimal | None, field: tuple[str, ...]) -> Decimal | None:
    if percent is None:
        return None
    exact = percent.is_finite() and percent == round(percent, 2)
    if not exact or not 0 <= percent <= 100:
        raise InvalidAmount(
            _("Enter a percentage from 0 to 100, with at most 2 decimals."),
            field=(*field, "restocking_percent"),
        )
    return percent


def store(
    order: Order,
    checked: Sequence[CheckedLine],
    *,
    status: ReturnStatus,
    request_key: UUID | None,
    language: str,
    refund_to: RefundTo = RefundTo.ORIGINAL,
    return_shipping: Decimal | None = None,
    at: datetime,
) -> tuple[Return, list[ReturnLine]]:
    """Store a return with its lines and fees and hold the pieces; the order's row is locked.

    return_shipping: the fee that was agreed, in the order's currency; None for what the terms say.
    """
    order.last_return_number += 1
    order.archived_at = None
    order.save(update_fields=["last_return_number", "archived_at"])
    reference = f"{order.reference}-R{order.last_return_number}"
    opened = status == ReturnStatus.OPEN
    return_ = Return.objects.create(
        order=order,
        store=order.store,
        number=order.last_return_number,
        reference=reference,
        request_key=request_key,
        status=status,
        language=language or order.language,
        refund_to=refund_to,
        created_at=at,
        approved_at=at if opened else None,
        send_by=send_by(order, at) if opened else None,
        total_quantity=sum(line.quantity for line in checked),
        search=search.vector(_words(order, reference, checked)),
    )
    lines = ReturnLine.objects.bulk_create(
        ReturnLine(
            for_return=return_,
            fulfillment_line=line.parcel,
            reason=line.reason,
            quantity=line.quantity,
            customer_note=line.customer_note,
            reason_note=line.reason_note,
        )
        for line in checked
    )
    hold([(line.parcel, line.quantity) for line in checked])
    percents = [line.restocking_percent for line in checked]
    _store_fees(order, return_, lines, percents, return_shipping)
    return return_, lines


def send_by(order: Order, approved_at: datetime) -> date:
    """Return the last day to hand the goods in, in the store's time zone."""
    terms = ReturnTerms.from_json(order.return_terms)
    return approved_at.astimezone(order.store.zone).date() + timedelta(days=terms.days_to_send)


def hold(pieces: Sequence[tuple[FulfillmentLine, int]]) -> None:
    """Count pieces (below 0 to release) into what live returns hold of locked fulfilment lines."""
    changed = {parcel.pk: parcel for parcel, _count in pieces}
    for parcel, count in pieces:
        changed[parcel.pk].returning_quantity += count
    FulfillmentLine.objects.bulk_update(changed.values(), ["returning_quantity"])


def _store_fees(
    order: Order,
    return_: Return,
    lines: Sequence[ReturnLine],
    percents: Sequence[Decimal | None],
    return_shipping: Decimal | None,
) -> None:
    terms = ReturnTerms.from_json(order.return_terms)
    free = [line.reason.free_of_fees for line in lines]
    agreed = pricing.agreed_fees(terms, free, order.currency)
    usual = agreed.restocking_percents
    wanted = [rule if given is None else given for given, rule in zip(percents, usual, strict=True)]
    fees = [
        ReturnFee(for_return=return_, line=line, kind=FeeKind.RESTOCKING, percent=percent)
        for line, percent in zip(lines, wanted, strict=True)
        if percent
    ]
    if amount := agreed.return_shipping if return_shipping is None else return_shipping:
        fees.append(ReturnFee(for_return=return_, kind=FeeKind.RETURN_SHIPPING, amount=amount))
    if fees:
        ReturnFee.objects.bulk_create(fees)


def _words(order: Order, reference: str, checked: Sequence[CheckedLine]) -> list[str]:
    """Return what a return is found by; reasons as `reason:<handle>`, for the list's filter."""
    texts = [reference, order.reference, order.buyer_name, order.email]
    for line in checked:
        texts += [
            line.parcel.order_line.sku,
            line.parcel.fulfillment.tracking_number,
            f"reason:{line.reason.handle}",
        ]
    return search.words(*texts)
