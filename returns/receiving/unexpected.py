"""Pieces in a parcel that were not expected: written down at first, decided on by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from orders import stock
from orders.models import Location, Variant
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    InvalidState,
    MissingNote,
    TooLong,
    UnknownLine,
)
from returns.evidence import photos
from returns.models import DispositionType, Return, UnexpectedItem
from returns.models.unexpected import DECISIONS
from returns.receiving import booking

MOST_PIECES = 10_000


@dataclass(frozen=True, kw_only=True)
class UnexpectedPieces:
    """Pieces of something nobody had asked to return; `title` says what it is."""

    title: str
    quantity: int
    sku: str = ""
    variant_id: int | None = None
    grade: str = ""
    note: str = ""
    photo_ids: tuple[int, ...] = ()


def store(return_: Return, found: Sequence[UnexpectedPieces], *, at: datetime) -> None:
    """Write unexpected pieces down on a locked return.

    Raises MissingNote, TooLong, InvalidQuantity, UnknownLine, InvalidDisposition, InvalidPhoto;
    their field is ("unexpected", index, ...).
    """
    grades = booking.grades_of({pieces.grade for pieces in found})
    known = {pieces.variant_id for pieces in found} - {None}
    variants = Variant.objects.in_bulk(known) if known else {}
    for index, pieces in enumerate(found):
        field = ("unexpected", str(index))
        _check(pieces, field)
        if pieces.variant_id is not None and pieces.variant_id not in variants:
            raise UnknownLine(_("This article does not exist."), field=field)
        item = UnexpectedItem.objects.create(
            for_return=return_,
            variant_id=pieces.variant_id,
            sku=pieces.sku.strip(),
            title=pieces.title.strip(),
            quantity=pieces.quantity,
            grade=booking.checked_grade(pieces.grade, grades, field),
            note=booking.checked_piece_note(pieces.note, field),
            created_at=at,
        )
        photos.attach(return_, pieces.photo_ids, unexpected=item)


def _check(pieces: UnexpectedPieces, field: tuple[str, ...]) -> None:
    if not pieces.title.strip():
        raise MissingNote(_("Say what it is."), field=(*field, "title"))
    for name, text, most in (("title", pieces.title, 255), ("sku", pieces.sku, 100)):
        if len(text.strip()) > most:
            words = _("Write at most %(count)s characters.") % {"count": most}
            raise TooLong(words, field=(*field, name))
    if not 0 < pieces.quantity <= MOST_PIECES:
        words = _("Choose 1 to %(most)s pieces.") % {"most": MOST_PIECES}
        raise InvalidQuantity(words, field=(*field, "quantity"))


def told(found: Sequence[UnexpectedPieces]) -> list[dict[str, Any]]:
    """Return what the event says of unexpected pieces."""
    return [
        {"title": pieces.title.strip(), "sku": pieces.sku.strip(), "quantity": pieces.quantity}
        for pieces in found
    ]


def decide(return_: Return, item_id: int, type_: str, location_id: int | None) -> UnexpectedItem:
    """Write down what becomes of an unexpected item of a locked return; restock it if so.

    Raises UnknownLine, InvalidState, InvalidDisposition.
    """
    item = return_.unexpected_items.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise UnknownLine(_("This item is not part of the return."), field=("item",))
    if item.decision:
        raise InvalidState(_("Somebody decided on this item already."), field=("item",))
    if type_ not in DECISIONS:
        raise InvalidDisposition(_("Choose what becomes of the pieces."), field=("type",))
    if type_ == DispositionType.RESTOCKED:
        item.location = _place(return_, item, location_id)
        stock.add({item.variant_id or 0: item.quantity}, item.location)
    item.decision = type_
    item.save(update_fields=["decision", "location"])
    return item


def _place(return_: Return, item: UnexpectedItem, location_id: int | None) -> Location:
    if item.variant_id is None:
        words = _("This item is not an article in stock: choose another disposition.")
        raise InvalidDisposition(words, field=("type",))
    found = return_.store.return_location
    if location_id is not None:
        found = Location.objects.filter(pk=location_id).first()
    if found is None:
        words = _("Choose the location that the pieces are put back to.")
        raise InvalidDisposition(words, field=("location",))
    return found
