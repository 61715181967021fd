"""What came back of a return, booking by booking, with grades, notes and photos."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.words import counted, moment_words
from returns.models import (
    BuyerParcel,
    Disposition,
    DispositionType,
    ReceivingPhoto,
    Return,
    ReturnLine,
)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some pieces with what became of them; `photos` are addresses."""

    what: str
    state: str
    words: str
    details: str
    photos: list[str]


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What was decided in one act."""

    when: str
    pieces: list[Piece]


@dataclass(frozen=True, kw_only=True)
class Unexpected:
    """Something that nobody had asked to return; `can_restock` while it may be decided so."""

    what: str
    sku: str
    details: str
    photos: list[str]
    decision: str
    is_open: bool
    can_restock: bool
    url: str


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A parcel with refused or repaired goods, on its way to the buyer."""

    when: str
    carrier: str
    number: str
    url: str
    message: str
    is_repaired: bool
    pieces: list[str]


class Photos:
    """The addresses of a return's photos, by what they show; one query."""

    def __init__(self, return_: Return) -> None:
        self.of_disposition: dict[int | None, list[str]] = defaultdict(list)
        self.of_unexpected: dict[int | None, list[str]] = defaultdict(list)
        for photo in ReceivingPhoto.objects.filter(for_return=return_).order_by("pk"):
            url = reverse("backoffice:receiving_photo", args=[photo.public_id])
            self.of_disposition[photo.disposition_id].append(url)
            self.of_unexpected[photo.unexpected_id].append(url)


def bookings(
    lines: Sequence[ReturnLine], dispositions: Sequence[Disposition], photos: Photos
) -> list[Booking]:
    """Return what was decided, the latest first; no queries. dispositions: in their order."""
    titles = {line.pk: line.fulfillment_line.order_line.title for line in lines}
    found = [
        Booking(
            when=moment_words(at),
            pieces=[_piece(one, titles, photos) for one in together],
        )
        for at, together in groupby(dispositions, key=lambda one: one.created_at)
    ]
    return found[::-1]


def _piece(one: Disposition, titles: dict[int, str], photos: Photos) -> Piece:
    kept = (_("Kept by the buyer"), "KEPT")
    words, state = kept if one.kept else (str(DispositionType(one.type).label), one.type)
    place = str(one.location or "") if one.type == DispositionType.RESTOCKED else ""
    grade = one.grade.name if one.grade else ""
    return Piece(
        what=counted(one.quantity, titles[one.line.return_line_id]),
        state=state,
        words=words,
        details=" · ".join(part for part in (grade, place, one.note) if part),
        photos=photos.of_disposition[one.pk],
    )


def unexpected(return_: Return, photos: Photos, *, may_decide: bool) -> list[Unexpected]:
    """Return what nobody had asked to return; one query."""
    return [
        Unexpected(
            what=counted(item.quantity, item.title),
            sku=item.sku,
            details=" · ".join(
                part for part in (item.grade.name if item.grade else "", item.note) if part
            ),
            photos=photos.of_unexpected[item.pk],
            decision=str(DispositionType(item.decision).label) if item.decision else "",
            is_open=not item.decision and may_decide,
            can_restock=item.variant_id is not None,
            url=reverse("backoffice:decide_unexpected", args=[return_.pk, item.pk]),
        )
        for item in return_.unexpected_items.select_related("grade")
    ]


def parcels(return_: Return, lines: Sequence[ReturnLine]) -> list[Parcel]:
    """Return the parcels with refused or repaired goods; two queries, none without any."""
    if not any(line.shipped_back_quantity for line in lines):
        return []
    titles = {line.pk: line.fulfillment_line.order_line.title for line in lines}
    found = BuyerParcel.objects.filter(for_return=return_).prefetch_related("lines")
    return [
        Parcel(
            when=moment_words(parcel.created_at),
            carrier=parcel.carrier,
            number=parcel.tracking_number,
            url=parcel.tracking_url,
            message=parcel.message,
            is_repaired=parcel.is_repaired,
            pieces=[
                counted(one.quantity, titles[one.return_line_id]) for one in parcel.lines.all()
            ],
        )
        for parcel in found
    ]
