"""Asking for a return: check what is asked against what may go back. `storing` stores it.

These are the steps of `lifecycle.request` and `lifecycle.create`, which hold the locks.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from accounts.rows_by_key import RowsByKey
from orders.models import FulfillmentLine, Order, OrderLine
from orders.money import ZERO
from returns import eligibility, pieces, resolutions
from returns import held as in_returns
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
from returns.evidence import collecting
from returns.held import NONE_HELD, Held, Viewer
from returns.models import (
    EvidencePhoto,
    GiftCode,
    Resolution,
    ReturnReason,
    WithdrawalStatement,
)
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of
from returns.reasons import questions

# Shopify's customerNote has the same limit.
CUSTOMER_NOTE_LENGTH = 300
REASON_NOTE_LENGTH = 255
# The reason of what is exchanged without telling why; nobody is offered it.
NOT_GIVEN = "unknown"

# Nobody chooses it: who withdraws from a contract is asked for no reason.
WITHDRAWAL_REASON = "withdrawal"

NONE_EXCHANGED: Final[Mapping[int, Resolution]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class LineRequest:
    """A wish to send back `quantity` pieces of a fulfilment line for a reason (its handle).

    pieces: which ones, by their numbers within the order line (`returns.pieces`); none for any.
    answers: to the reason's questions, as `returns.reasons.questions` reads them. photos: public
    ids of what `evidence.upload` kept.
    reason_note: words of whoever asks for the buyer. needs_note: whether words must come with a
    reason that asks for them. offered_only: whether the reason must be one that people are offered.
    restocking_percent: agreed for this line; None for what the terms say. repair: whether the
    pieces are to be repaired and sent back.
    """

    fulfillment_line_id: int
    quantity: int
    reason: str
    pieces: Sequence[int] = ()
    customer_note: str = ""
    answers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    photos: Sequence[str] = ()
    reason_note: str = ""
    needs_note: bool = True
    offered_only: bool = True
    restocking_percent: Decimal | None = None
    repair: bool = False


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A return that a withdrawal from the contract opens; buyer_pays: for sending back."""

    statement: WithdrawalStatement
    buyer_pays: bool

    def lawful(self, terms: ReturnTerms) -> ReturnTerms:
        """Return terms without the fees that Articles 13 and 14 of 2011/83/EU forbid."""
        fee = terms.return_shipping_fee if self.buyer_pays else ZERO
        return replace(terms, restocking_fee_percent=ZERO, return_shipping_fee=fee)


@dataclass(frozen=True, kw_only=True)
class Gift:
    """Who returns a gift, and with which code.

    address: with the keys of `orders.addresses`; empty for none.
    """

    code: GiftCode
    name: str
    email: str
    address: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A wish that was found possible, with the rows it names."""

    parcel: FulfillmentLine
    quantity: int
    reason: ReturnReason
    customer_note: str
    answers: list[dict[str, str]]
    photos: list[EvidencePhoto]
    terms: ReturnTerms
    resolution: Resolution
    pieces: Sequence[int] = ()
    reason_note: str = ""
    restocking_percent: Decimal | None = None


def check(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    override_policy: bool,
    exchanged: Mapping[int, Resolution] = NONE_EXCHANGED,
    is_withdrawn: bool = False,
    refund_to: str = "",
    needs_evidence: bool = True,
    viewer: Viewer = Viewer.STAFF,
) -> list[CheckedLine]:
    """Check wishes against the locked fulfilment lines of an order; one bad line refuses all.

    override_policy: set aside what only the policy refuses (window, final sale, exclusion).
    exchanged: by the index of a wish for which something else is wanted, what that is; they need no
    reason.
    is_withdrawn: the buyer withdrew from the contract, for which there is a reason of its own.
    refund_to: a RefundTo, what the buyer wants back for the others; "" when nobody said.
    needs_evidence: whether what the reasons ask for must be there: answers, photos.
    viewer: who is told why not.
    Raises NothingChosen, UnknownLine, InvalidQuantity, MissingReason, MissingNote, TooLong,
    NotReturnable, NotForReason, NotOffered, MissingAnswer, InvalidAnswer, MissingPhoto,
    InvalidPhoto, PieceTaken; their field is ("lines", index, ...).
    """
    known = _known(
        order,
        wishes,
        parcels,
        at=at,
        override_policy=override_policy,
        exchanged=exchanged,
        is_withdrawn=is_withdrawn,
        refund_to=refund_to,
        needs_evidence=needs_evidence,
        viewer=viewer,
    )
    checked = [_check_wish(known, index, wish) for index, wish in enumerate(wishes)]
    taken = pieces.allot(parcels, [(line.parcel, line.quantity, line.pieces) for line in checked])
    return [replace(line, pieces=each) for line, each in zip(checked, taken, strict=True)]


def problems(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    exchanged: Mapping[int, Resolution] = NONE_EXCHANGED,
    refund_to: str = "",
    viewer: Viewer = Viewer.BUYER,
) -> list[ReturnError]:
    """Return what `check` would refuse, one error per wish, so that a form can show them all.

    exchanged, refund_to, viewer: as there. parcels: all loaded fulfilment lines of the order with
    `order_line` and `fulfillment`; they need no lock, because the verb checks again.
    """
    try:
        known = _known(
            order,
            wishes,
            parcels,
            at=at,
            override_policy=False,
            exchanged=exchanged,
            refund_to=refund_to,
            needs_evidence=True,
            viewer=viewer,
        )
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
    held: Mapping[int, Held]
    viewer: Viewer
    terms: ReturnTerms
    moments: tuple[tuple[datetime, datetime | None], ...]
    at: datetime
    override_policy: bool
    exchanged: Mapping[int, Resolution]
    refund_to: str
    needs_evidence: bool
    photos: Mapping[str, EvidencePhoto]
    taken: dict[int, int]


def _known(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Sequence[FulfillmentLine],
    *,
    at: datetime,
    override_policy: bool,
    exchanged: Mapping[int, Resolution],
    refund_to: str,
    needs_evidence: bool,
    viewer: Viewer,
    is_withdrawn: bool = False,
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
        reasons=_reasons(
            wishes, exchanged, at.astimezone(order.store.zone).date(), is_withdrawn=is_withdrawn
        ),
        held=_held(order, wishes, by_id, viewer),
        viewer=viewer,
        terms=terms_of.of_order(order),
        moments=eligibility.moments(parcels),
        at=at,
        override_policy=override_policy,
        exchanged=exchanged,
        refund_to=refund_to,
        needs_evidence=needs_evidence,
        photos=collecting.unsent(order, [one for wish in wishes for one in wish.photos]),
        taken=defaultdict(int),
    )


def _reasons(
    wishes: Sequence[LineRequest], exchanged: Collection[int], day: date, *, is_withdrawn: bool
) -> dict[str, ReturnReason]:
    """Return those of the reasons that people are offered; by "" what stands for none given.

    A withdrawal has its own.
    """
    handles = {wish.reason for wish in wishes}
    if is_withdrawn:
        own = ReturnReason.objects.filter(handle=WITHDRAWAL_REASON)
        return questions.with_questions(own).in_bulk(handles, field_name="handle")
    any_will_do = {wish.reason for wish in wishes if not wish.offered_only}
    if handles == any_will_do:  # then it makes no difference what is offered
        found = {reason.handle: reason for reason in _REASONS.rows(handles)}
    else:
        offered = ReturnReason.objects.offered(day)
        if any_will_do:
            offered |= ReturnReason.objects.filter(handle__in=any_will_do)
        found = questions.with_questions(offered).in_bulk(handles, field_name="handle")
    if "" in handles and exchanged:
        given = ReturnReason.objects.filter(handle=NOT_GIVEN).first()
        return {**found, "": given} if given else found
    return found


_REASONS: Final = RowsByKey(
    lambda: questions.with_questions(ReturnReason.objects.select_related("parent")), "handle"
)


def _check_wish(known: _Known, index: int, wish: LineRequest) -> CheckedLine:
    field = ("lines", str(index))
    parcel = known.parcels.get(wish.fulfillment_line_id)
    if parcel is None:
        raise UnknownLine(_("This item is not part of the order."), field=field)
    _check_bundle(parcel, known.parents, field)
    reason = known.reasons.get(wish.reason)
    wanted = resolutions.wanted(
        repair=wish.repair,
        replaced_by=known.exchanged.get(index),
        refund_to=known.refund_to,
        field=field,
    )
    terms = terms_of.of_line(known.terms, parcel.order_line, wish.reason, wanted or "")
    terms = eligibility.terms_for(terms, reason.window_days if reason else None)
    verdict = _verdict(known, parcel, terms)
    _check_policy(verdict, known.override_policy, field)
    left = parcel.quantity - parcel.returning_quantity - known.taken[parcel.pk]
    if not 0 < wish.quantity <= left:
        raise InvalidQuantity(
            _("Choose 1 to %(left)s pieces: no more can go back.") % {"left": left}
            if left
            else _none_left(known.viewer),
            field=(*field, "quantity"),
        )
    known.taken[parcel.pk] += wish.quantity
    reason = _checked_reason(
        wish,
        known.reasons,
        field,
        is_exchanged=index in known.exchanged,
        needs_comment=known.needs_evidence and terms.comment_needed,
    )
    if not known.override_policy:
        resolutions.check(wanted, terms, reason, field=field)
    return CheckedLine(
        parcel=parcel,
        quantity=wish.quantity,
        pieces=wish.pieces,
        reason=reason,
        terms=terms,
        resolution=wanted or Resolution.MONEY,
        customer_note=wish.customer_note.strip(),
        answers=questions.checked(
            reason, wish.answers, needs_all=known.needs_evidence, field=field
        ),
        photos=collecting.checked(
            wish.photos,
            known.photos,
            is_needed=known.needs_evidence and (reason.needs_photo or terms.photos_needed),
            field=field,
        ),
        reason_note=wish.reason_note.strip(),
        restocking_percent=_checked_percent(wish.restocking_percent, field),
    )


def _none_left(viewer: Viewer) -> str:
    """Say that nothing is left; who holds it, is told to staff alone."""
    if viewer == Viewer.STAFF:
        return _("All pieces of this item are already in a return.")
    return _("No more pieces of this item can go back.")


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


def _held(
    order: Order,
    wishes: Sequence[LineRequest],
    parcels: Mapping[int, FulfillmentLine],
    viewer: Viewer,
) -> Mapping[int, Held]:
    """Ask what is known of held pieces, only when a wish is for what other returns hold whole."""
    wished = (parcels.get(wish.fulfillment_line_id) for wish in wishes)
    if any(parcel and parcel.returning_quantity >= parcel.quantity for parcel in wished):
        return in_returns.pieces(order, viewer)
    return {}


def _verdict(known: _Known, parcel: FulfillmentLine, terms: ReturnTerms) -> Verdict:
    facts = eligibility.facts_of(
        parcel.order_line,
        known.order,
        parcel,
        held=known.held.get(parcel.pk, NONE_HELD),
        parcels=known.moments,
    )
    return eligibility.assess(facts, terms, zone=known.order.store.zone, now=known.at)


def _check_policy(verdict: Verdict, override_policy: bool, field: tuple[str, ...]) -> None:
    refusing = [
        blocker
        for blocker in verdict.blockers
        if not (override_policy and blocker in eligibility.POLICY_BLOCKERS)
    ]
    if refusing:
        told = zip(verdict.blockers, verdict.messages, strict=True)
        message = " · ".join(words for blocker, words in told if blocker in refusing)
        raise NotReturnable(message, blockers=refusing, field=field)


def _checked_reason(
    wish: LineRequest,
    reasons: Mapping[str, ReturnReason],
    field: tuple[str, ...],
    *,
    is_exchanged: bool,
    needs_comment: bool,
) -> ReturnReason:
    """Return the reason of a wish; whoever exchanges need not give one."""
    reason = reasons.get(wish.reason) if wish.reason or is_exchanged else None
    if reason is None:
        raise MissingReason(_("Choose a reason."), field=(*field, "reason"))
    words = wish.customer_note.strip() or wish.reason_note.strip()
    if (reason.needs_note or needs_comment) and wish.needs_note and not words:
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
