"""The parcel arrived: count pieces in, decide what becomes of each, put goods back in stock.

These are the steps of `lifecycle.process`, which holds the locks and writes the event.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from orders import stock
from orders.models import BundleKind, Location, OrderLine
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    NothingChosen,
    TooLong,
    UnknownLine,
)
from returns.evidence import photos
from returns.models import (
    Disposition,
    DispositionType,
    Grade,
    Return,
    ReturnLine,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.receiving import FINAL_DISPOSITIONS
from returns.parcels import routing


@dataclass(frozen=True, kw_only=True)
class DisposeRequest:
    """What becomes of some pieces.

    Without a location it happens where the line was to go back to. grade: the handle of
    the condition they are in, "" when nobody graded them. photo_ids: stored photos of them.
    """

    type: str
    quantity: int
    location_id: int | None = None
    grade: str = ""
    note: str = ""
    photo_ids: tuple[int, ...] = ()


# As long as the note of a whole act.
PIECE_NOTE_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What came in for one return line: `quantity` pieces now (0 to finish earlier ones).

    ahead: another system only says what becomes of the pieces; it still has to process them, and
    that receipt may name them once more.
    """

    line_id: int
    quantity: int
    dispositions: tuple[DisposeRequest, ...] = ()
    ahead: bool = False


def open_work(return_: Return, lines: Sequence[ReturnLine]) -> list[ReverseFulfillment]:
    """Open the work of taking an approved return's lines back: one per location, in their order.

    Each line goes whole to one location (`returns.parcels.routing`).
    """
    sent = [line for line in lines if line.quantity]
    places = routing.locations(return_, sent)
    work = {
        place: ReverseFulfillment(for_return=return_, location=place)
        for place in dict.fromkeys(places.values())
    }
    ReverseFulfillment.objects.bulk_create(work.values())
    ReverseFulfillmentLine.objects.bulk_create(
        ReverseFulfillmentLine(
            reverse_fulfillment=work[places[line.pk]], return_line=line, quantity=line.quantity
        )
        for line in sent
    )
    return list(work.values())


def set_work_status(return_: Return, status: ReverseFulfillmentStatus) -> None:
    """Close, cancel or open again all work on a return."""
    return_.reverse_fulfillments.update(status=status)


def take_out(return_: Return, pieces: Mapping[int, int]) -> None:
    """Shorten the work by pieces (by return line) that will not come."""
    work = {line.return_line_id: line for line in work_lines(return_)}
    changed = [work[key] for key in pieces if key in work]
    for line in changed:
        line.quantity -= pieces[line.return_line_id]
    ReverseFulfillmentLine.objects.bulk_update(changed, ["quantity"])


def work_lines(return_: Return) -> list[ReverseFulfillmentLine]:
    """Lock the work on a locked return's lines."""
    return list(
        ReverseFulfillmentLine.objects.select_for_update(of=("self",))
        .filter(reverse_fulfillment__for_return=return_)
        .select_related("reverse_fulfillment__location")
        .order_by("pk")
    )


@dataclass(frozen=True, kw_only=True)
class Received:
    """Where a return's pieces stand after receipts, and what the event tells of these."""

    processed: int
    disposed: int
    told: list[dict[str, Any]]


def receive(
    return_: Return,
    lines: Sequence[ReturnLine],
    receipts: Sequence[Receipt],
    *,
    at: datetime,
    needed: bool = True,
) -> Received:
    """Book receipts on the locked lines of a locked return, and restock.

    needed: refuse when there is nothing in the receipts. One bad receipt refuses all. Raises
    NothingChosen, UnknownLine, InvalidQuantity, InvalidDisposition, TooLong, InvalidPhoto; their
    field is ("receipts", index, ...).
    """
    if needed and not any(receipt.quantity or receipt.dispositions for receipt in receipts):
        raise NothingChosen(_("Enter what came back."), field=("receipts",))
    load_bundles(lines)
    by_id = {line.pk: line for line in lines}
    work = {line.return_line_id: line for line in work_lines(return_)}
    known = _Known.of(return_, receipts)
    made: list[Disposition] = []
    for index, receipt in enumerate(receipts):
        field = ("receipts", str(index))
        line = by_id.get(receipt.line_id)
        if line is None or line.pk not in work:
            raise UnknownLine(_("This item is not part of the return."), field=field)
        _count_in(line, receipt, field)
        made += _dispose(known, line, work[line.pk], receipt, at=at, field=field)
    _store(lines, list(work.values()), made)
    wishes = [wish for receipt in receipts for wish in receipt.dispositions]
    for disposition, wish in zip(made, wishes, strict=True):
        photos.attach(return_, wish.photo_ids, disposition=disposition)
    return Received(
        processed=sum(line.processed_quantity - line.disposed_ahead_quantity for line in lines),
        disposed=sum(line.disposed_quantity for line in work.values()),
        told=[_told(by_id[receipt.line_id], receipt) for receipt in receipts],
    )


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What receipts are checked against."""

    return_: Return
    locations: Mapping[int, Location]
    grades: Mapping[str, Grade]

    @classmethod
    def of(cls, return_: Return, receipts: Sequence[Receipt]) -> "_Known":
        """Load the locations, and the grades that receipts name."""
        wishes = (wish for receipt in receipts for wish in receipt.dispositions)
        return cls(
            return_=return_,
            locations={location.pk: location for location in Location.objects.all()},
            grades=grades_of({wish.grade for wish in wishes}),
        )


def grades_of(handles: set[str]) -> dict[str, Grade]:
    """Return the grades with these handles, "" left out; no query when none is left."""
    named = handles - {""}
    return Grade.objects.in_bulk(named, field_name="handle") if named else {}


def checked_grade(handle: str, grades: Mapping[str, Grade], field: tuple[str, ...]) -> Grade | None:
    """Return the grade called `handle`; None for "". Raises InvalidDisposition."""
    if handle and handle not in grades:
        raise InvalidDisposition(_("Choose a grade."), field=(*field, "grade"))
    return grades.get(handle)


def checked_piece_note(note: str, field: tuple[str, ...]) -> str:
    """Return a note about pieces without surrounding space. Raises TooLong."""
    note = note.strip()
    if len(note) > PIECE_NOTE_LENGTH:
        raise TooLong(
            _("Write at most %(count)s characters.") % {"count": PIECE_NOTE_LENGTH},
            field=(*field, "note"),
        )
    return note


def _count_in(line: ReturnLine, receipt: Receipt, field: tuple[str, ...]) -> None:
    known = 0 if receipt.ahead else line.disposed_ahead_quantity
    left = line.unprocessed_quantity + known
    if not 0 <= receipt.quantity <= left:
        raise InvalidQuantity(
            _("Enter 0 to %(left)s: that many pieces have not been received yet.") % {"left": left},
            field=(*field, "quantity"),
        )
    known = min(known, receipt.quantity)
    line.disposed_ahead_quantity += receipt.quantity if receipt.ahead else -known
    line.processed_quantity += receipt.quantity - known


def _dispose(
    known: _Known,
    line: ReturnLine,
    work: ReverseFulfillmentLine,
    receipt: Receipt,
    *,
    at: datetime,
    field: tuple[str, ...],
) -> list[Disposition]:
    open_pieces = line.processed_quantity - work.disposed_quantity
    made = []
    for position, wish in enumerate(receipt.dispositions):
        here = (*field, "dispositions", str(position))
        _check_wish(wish, line, open_pieces, here)
        open_pieces -= wish.quantity
        if wish.type in FINAL_DISPOSITIONS:
            work.disposed_quantity += wish.quantity
        if wish.type == DispositionType.MISSING:
            line.missing_quantity += wish.quantity
        if wish.type == DispositionType.RESTOCKED:
            line.restocked_quantity += wish.quantity
        made.append(
            Disposition(
                line=work,
                type=wish.type,
                quantity=wish.quantity,
                location=_location(work, wish, known, here),
                grade=checked_grade(wish.grade, known.grades, here),
                note=checked_piece_note(wish.note, here),
                created_at=at,
            )
        )
    return made


def _check_wish(
    wish: DisposeRequest, line: ReturnLine, open_pieces: int, field: tuple[str, ...]
) -> None:
    if wish.type not in DispositionType.values:
        raise InvalidDisposition(_("Choose what becomes of the pieces."), field=(*field, "type"))
    if not 0 < wish.quantity <= open_pieces:
        raise InvalidQuantity(
            _("Only %(left)s received pieces have no decision yet.") % {"left": open_pieces},
            field=(*field, "quantity"),
        )
    if wish.type == DispositionType.RESTOCKED and (problem := restock_problem(line, wish.quantity)):
        raise InvalidDisposition(problem, field=(*field, "type"))


def _location(
    work: ReverseFulfillmentLine, wish: DisposeRequest, known: _Known, field: tuple[str, ...]
) -> Location | None:
    if wish.location_id is not None:
        location = known.locations.get(wish.location_id)
        if location is None:
            raise InvalidDisposition(_("Location not found."), field=(*field, "location"))
        return location
    fallback = work.reverse_fulfillment.location or known.return_.store.return_location
    if fallback is None and wish.type == DispositionType.RESTOCKED:
        raise InvalidDisposition(
            _("Choose the location that the pieces are put back to."), field=(*field, "location")
        )
    return fallback


def load_bundles(lines: Sequence[ReturnLine]) -> None:
    """Load the parts of all product bundles at once."""
    sold = (line.fulfillment_line.order_line for line in lines)
    bundles = [line for line in sold if line.bundle_kind == BundleKind.FIXED]
    if bundles:
        prefetch_related_objects(bundles, "bundle_parts")


def restock_problem(line: ReturnLine, count: int = 1) -> str:
    """Return why so many more pieces of a line cannot be put back in stock; "" if they can.

    What is to be repaired is the buyer's own, until it is paid back.
    """
    if not can_restock(line.fulfillment_line.order_line):
        return _("This item is not an article in stock: choose another disposition.")
    if line.is_repair and line.restocked_quantity + count > line.refunded_quantity:
        return _("This is to be repaired and sent back. Pay it back first to put it in stock.")
    return ""


def can_restock(line: OrderLine) -> bool:
    """Whether the pieces of an order line are articles that a shelf can hold."""
    return bool(_articles(line))


def _articles(line: OrderLine) -> dict[int, int]:
    """Return the pieces per variant that one piece of the line puts back on shelves."""
    if line.bundle_kind != BundleKind.FIXED:
        return {line.variant_id: 1} if line.variant_id else {}
    articles: dict[int, int] = defaultdict(int)
    for part in line.bundle_parts.all():
        if part.variant_id:
            articles[part.variant_id] += part.quantity // line.quantity
    return dict(articles)


def _store(
    lines: Sequence[ReturnLine],
    work: list[ReverseFulfillmentLine],
    made: list[Disposition],
) -> None:
    counted = ["processed_quantity", "disposed_ahead_quantity"]
    counted += ["missing_quantity", "restocked_quantity"]
    ReturnLine.objects.bulk_update(lines, counted)
    ReverseFulfillmentLine.objects.bulk_update(work, ["disposed_quantity"])
    Disposition.objects.bulk_create(made)
    _restock(lines, made)


def _restock(lines: Sequence[ReturnLine], made: list[Disposition]) -> None:
    by_id = {line.pk: line for line in lines}
    pieces: dict[Location, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for disposition in made:
        if disposition.type != DispositionType.RESTOCKED or disposition.location is None:
            continue
        line = by_id[disposition.line.return_line_id].fulfillment_line.order_line
        for variant_id, each in _articles(line).items():
            pieces[disposition.location][variant_id] += each * disposition.quantity
    for location in sorted(pieces, key=lambda location: location.pk):
        stock.add(pieces[location], location)


def _told(line: ReturnLine, receipt: Receipt) -> dict[str, Any]:
    return {
        "title": line.fulfillment_line.order_line.title,
        "quantity": receipt.quantity,
        **({"repair": True} if line.is_repair else {}),
        "dispositions": [
            {
                "type": wish.type,
                "quantity": wish.quantity,
                **({"grade": wish.grade} if wish.grade else {}),
                **({"note": wish.note.strip()} if wish.note.strip() else {}),
            }
            for wish in receipt.dispositions
        ],
    }


def usual_disposition(grade: Grade, line: ReturnLine) -> DispositionType:
    """Return what usually becomes of a piece of this grade.

    What no shelf can hold needs work, and so does what is to be repaired, whatever its grade.
    """
    usual = DispositionType(grade.disposition)
    if line.is_repair or (usual == DispositionType.RESTOCKED and restock_problem(line)):
        return DispositionType.PROCESSING_REQUIRED
    return usual
