"""Receiving with a scanner: each scan is a row at once, and all are booked in one act.

So no scan is lost when a page is closed, two people can count one return together, and the same
scan sent twice counts once. Nothing of the return itself changes before `finish`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import Location, Variant
from returns import barcodes, lifecycle, locks
from returns.errors import (
    InvalidDisposition,
    InvalidQuantity,
    KeyReused,
    MissingNote,
    NothingChosen,
    NotPermitted,
    UnknownCode,
    UnknownLine,
)
from returns.evidence import photos
from returns.lifecycle import DisposeRequest, Receipt, UnexpectedPieces
from returns.models import (
    DispositionType,
    Grade,
    ReceivingPhoto,
    Return,
    Scan,
    ScanState,
)
from returns.moves import require
from returns.receiving import counting, unexpected
from returns.receiving.booking import checked_piece_note, restock_problem, usual_disposition
from returns.receiving.counting import PartCount, ScannedLine

# What can become of a piece that is there.
TYPES: Final = (
    DispositionType.RESTOCKED,
    DispositionType.NOT_RESTOCKED,
    DispositionType.PROCESSING_REQUIRED,
)


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How the scanned pieces are: handles and ids as forms send them.

    grade: "" for the best one. type: "" for what is usual for the grade. location_id: None for
    the store's location for returns.
    """

    grade: str = ""
    type: str = ""
    location_id: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a scan came to. repeated: it had been counted before, by the same key."""

    scan: Scan
    repeated: bool = False


def scan(
    return_: Return,
    *,
    actor: Actor,
    key: UUID,
    code: str = "",
    line_id: int | None = None,
    handling: Handling | None = None,
) -> Found:
    """Count one piece by its code, or by hand for a line of the return.

    key: chosen by the form for this one scan. More pieces than are expected, and articles that
    are not part of the return, are counted as unexpected. Raises InvalidState, NotPermitted,
    UnknownCode, UnknownLine, TooLong, InvalidDisposition, KeyReused.
    """
    handling = handling or Handling()
    wanted = barcodes.checked(code) if line_id is None else ""
    with transaction.atomic():
        current = _begin(return_, actor)
        if before := Scan.objects.filter(key=key).first():
            return _repeated(before, current)
        lines = counting.load(current)
        grade, location = _checked(handling)
        hit = counting.by_code(lines, wanted) if line_id is None else _by_hand(lines, line_id)
        made = Scan(
            for_return=current,
            key=key,
            code=wanted,
            grade=grade,
            location=location,
            note=checked_piece_note(handling.note, ()),
            scanned_by_id=actor.user_id,
        )
        _name(made, hit, lines, wanted)
        made.type = _type(handling, made.grade, hit[0] if hit else None)
        made.save()
    return Found(scan=made)


def note_unexpected(
    return_: Return,
    *,
    actor: Actor,
    key: UUID,
    pieces: UnexpectedPieces,
) -> Found:
    """Count pieces that have no code we know. Raises as `scan` does, and MissingNote."""
    if not pieces.title.strip():
        raise MissingNote(_("Say what it is."), field=("title",))
    if not 0 < pieces.quantity <= unexpected.MOST_PIECES:
        words = _("Choose 1 to %(most)s pieces.") % {"most": unexpected.MOST_PIECES}
        raise InvalidQuantity(words, field=("quantity",))
    with transaction.atomic():
        current = _begin(return_, actor)
        if before := Scan.objects.filter(key=key).first():
            return _repeated(before, current)
        grade, _location = _checked(Handling(grade=pieces.grade))
        made = Scan.objects.create(
            for_return=current,
            key=key,
            title=pieces.title.strip()[:255],
            sku=pieces.sku.strip()[:100],
            quantity=pieces.quantity,
            grade=grade,
            type=DispositionType.NOT_RESTOCKED,
            note=checked_piece_note(pieces.note, ()),
            scanned_by_id=actor.user_id,
        )
    return Found(scan=made)


def _begin(return_: Return, actor: Actor) -> Return:
    """Lock the order and the return, and refuse unless it can be received by this actor."""
    _order, current = locks.order_and_return(return_)
    require(current, "process", actor)
    return current


def _repeated(before: Scan, return_: Return) -> Found:
    if before.for_return_id != return_.pk:
        raise KeyReused(_("This form was already used for another return. Load it again."))
    return Found(scan=before, repeated=True)


def _by_hand(lines: Sequence[ScannedLine], line_id: int) -> tuple[ScannedLine, None]:
    found = next((one for one in lines if one.line.pk == line_id), None)
    if found is None:
        raise UnknownLine(_("This item is not part of the return."), field=("line",))
    if found.room <= 0:
        words = _("All pieces of this item that are expected are counted.")
        raise InvalidQuantity(words, field=("line",))
    return found, None


def _checked(handling: Handling) -> tuple[Grade, Location | None]:
    offered = list(Grade.objects.offered())
    found = [grade for grade in offered if grade.handle == handling.grade or not handling.grade]
    if not found:
        raise InvalidDisposition(_("Choose a grade."), field=("grade",))
    if handling.type and handling.type not in TYPES:
        raise InvalidDisposition(_("Choose what becomes of the pieces."), field=("type",))
    location = None
    if handling.location_id is not None:
        location = Location.objects.filter(pk=handling.location_id, accepts_returns=True).first()
        if location is None:
            raise InvalidDisposition(_("Location not found."), field=("location",))
    return found[0], location


def _type(handling: Handling, grade: Grade, line: ScannedLine | None) -> str:
    if line is None:
        return handling.type or grade.disposition
    if handling.type == DispositionType.RESTOCKED and (problem := restock_problem(line.line)):
        raise InvalidDisposition(problem, field=("type",))
    return handling.type or usual_disposition(grade, line.line)


def _name(
    made: Scan,
    hit: tuple[ScannedLine, PartCount | None] | None,
    lines: Sequence[ScannedLine],
    code: str,
) -> None:
    """Say on the scan what it is: pieces of a line, or something that nobody expected."""
    if hit is None:
        _name_unexpected(made, lines, code)
        return
    line, part = hit
    made.line = line.line
    if part is None:
        return
    made.part = part.part
    made.quantity = int(line.is_completed_by(part))
    if made.quantity:
        # A set is as good as its worst part.
        made.grade = max((made.grade, *line.open_grades), key=lambda grade: grade.position)


def _name_unexpected(made: Scan, lines: Sequence[ScannedLine], code: str) -> None:
    surplus = counting.surplus(lines, code)
    if surplus is not None:
        made.variant_id, made.sku, made.title = surplus.variant_id, surplus.sku, surplus.title
        return
    variant = barcodes.variant(code)
    if variant is None:
        raise UnknownCode(_("No article has the code %(code)s.") % {"code": code}, field=("code",))
    made.variant, made.sku, made.title = variant, variant.sku, _title(variant)


def _title(variant: Variant) -> str:
    options = ", ".join(str(value) for value in variant.options.values())
    return f"{variant.product.title} ({options})"[:255] if options else variant.product.title


def undo(return_: Return, *, actor: Actor, scan_id: int | None = None) -> Scan:
    """Take a counted scan back, None for the last one of all.

    Raises InvalidState, NotPermitted, NothingChosen.
    """
    with transaction.atomic():
        current = _begin(return_, actor)
        counted = current.scans.filter(state=ScanState.COUNTED).order_by("-pk")
        found = (counted if scan_id is None else counted.filter(pk=scan_id)).first()
        if found is None:
            raise NothingChosen(_("There is no scan to take back."), field=("scan",))
        found.state = ScanState.UNDONE
        found.save(update_fields=["state"])
    return found


def add_photo(
    return_: Return, *, actor: Actor, scan_id: int, file: IO[bytes], size: int
) -> ReceivingPhoto:
    """Add a photo to a counted scan. size: of the file, in bytes.

    Raises NotPermitted, UnknownLine, InvalidPhoto.
    """
    if not actor.may(Permission.RECEIVE):
        raise NotPermitted
    shown = return_.scans.filter(state=ScanState.COUNTED, pk=scan_id).first()
    if shown is None:
        raise UnknownLine(_("This scan is not on the bench any more."), field=("scan",))
    return photos.store(return_, photos.rewritten(file, size), scan=shown)


def finish(
    return_: Return,
    *,
    actor: Actor,
    until: int,
    rest_missing: bool = False,
    note: str = "",
) -> Return:
    """Book what was counted, in one act.

    until: the last scan (primary key) that the person saw; later ones, of a colleague, stay on
    the bench. rest_missing: pieces that were not scanned are missing for good, instead of still
    expected. Raises NothingChosen when nothing is counted, as when somebody has just booked it,
    and what `lifecycle.process` raises.
    """
    with transaction.atomic():
        _order, current = locks.order_and_return(return_)
        lines = counting.load(current, until=until)
        strays = [scan_ for scan_ in counting.strays(current) if scan_.pk <= until]
        shown = photos.by_scan(current)
        receipts = [
            receipt
            for line in lines
            if (receipt := _receipt(line, shown, rest_missing=rest_missing))
        ]
        extra = [_unexpected(scans, shown) for scans in _grouped(strays)]
        if not receipts and not extra:
            words = _("Nothing is counted: somebody may have booked it already.")
            raise NothingChosen(words, field=("until",))
        done = lifecycle.process(current, actor=actor, receipts=receipts, extra=extra, note=note)
        booked = [scan_.pk for line in lines for scan_ in line.bookable()]
        booked += [scan_.pk for scan_ in strays]
        Scan.objects.filter(pk__in=booked).update(state=ScanState.BOOKED)
    return done


def _receipt(
    line: ScannedLine, shown: dict[int, list[int]], *, rest_missing: bool
) -> Receipt | None:
    """Return what is booked of a line; None when nothing is."""
    wishes = [
        DisposeRequest(
            type=key.type,
            quantity=sum(scan_.quantity for scan_ in scans),
            location_id=key.location_id,
            grade=scans[0].grade.handle,
            note=key.note,
            photo_ids=_photos(scans, shown),
        )
        for key, scans in line.groups()
    ]
    pieces = sum(wish.quantity for wish in wishes)
    left = line.line.unprocessed_quantity - pieces
    if rest_missing and left:
        wishes.append(
            DisposeRequest(
                type=DispositionType.MISSING, quantity=left, grade=counting.missing_grade()
            )
        )
        pieces += left
    if not wishes:
        return None
    return Receipt(line_id=line.line.pk, quantity=pieces, dispositions=tuple(wishes))


def _grouped(strays: Iterable[Scan]) -> list[list[Scan]]:
    found: dict[tuple[object, ...], list[Scan]] = defaultdict(list)
    for one in strays:
        found[(one.variant_id, one.sku, one.title, one.grade_id, one.note)].append(one)
    return list(found.values())


def _unexpected(scans: Sequence[Scan], shown: dict[int, list[int]]) -> UnexpectedPieces:
    first = scans[0]
    return UnexpectedPieces(
        title=first.title,
        sku=first.sku,
        variant_id=first.variant_id,
        quantity=sum(one.quantity for one in scans),
        grade=first.grade.handle,
        note=first.note,
        photo_ids=_photos(scans, shown),
    )


def _photos(scans: Sequence[Scan], shown: dict[int, list[int]]) -> tuple[int, ...]:
    return tuple(photo for one in scans for photo in shown.get(one.pk, ()))
