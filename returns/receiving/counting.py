"""How far the count of a return is: scans beside what is expected, bundles by their parts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from orders.models import BundleKind, OrderLine
from returns import barcodes
from returns.models import DispositionType, Grade, Return, ReturnLine, Scan, ScanState
from returns.receiving.booking import load_bundles


class GroupKey(NamedTuple):
    """What counted pieces of a line have in common when they are booked."""

    grade_id: int
    type: str
    location_id: int | None
    note: str


@dataclass
class PartCount:
    """A part of a bundle: `each` in one bundle, `scanned` of those that no set has used up."""

    part: OrderLine
    each: int
    scanned: int = 0


@dataclass
class ScannedLine:
    """A return line with the scans that count for it, oldest first."""

    line: ReturnLine
    parts: list[PartCount]
    scans: list[Scan] = field(default_factory=list)

    @property
    def counted(self) -> int:
        """Pieces on the bench."""
        return sum(scan.quantity for scan in self.scans)

    @property
    def room(self) -> int:
        """Pieces that are expected beyond those on the bench."""
        return self.line.unprocessed_quantity - self.counted

    @property
    def sets(self) -> int:
        """Bundles that were completed by scanning their parts."""
        return sum(scan.quantity for scan in self.scans if scan.part_id)

    @property
    def open_grades(self) -> list[Grade]:
        """Grades of the parts that were scanned since the last set was complete."""
        last = max((scan.pk for scan in self.scans if scan.part_id and scan.quantity), default=0)
        return [scan.grade for scan in self.scans if scan.part_id and scan.pk > last]

    def is_completed_by(self, part: PartCount) -> bool:
        """Whether one more piece of a part makes a bundle complete."""
        return all(one.scanned + (one is part) >= one.each for one in self.parts)

    def part_room(self, part: PartCount) -> int:
        """Pieces of a part that are expected beyond those scanned."""
        return part.each * self.room - part.scanned

    def groups(self) -> list[tuple[GroupKey, list[Scan]]]:
        """Return the counted pieces by what they have in common, in the order they came."""
        found: dict[GroupKey, list[Scan]] = defaultdict(list)
        for scan in self.scans:
            if scan.quantity:
                key = GroupKey(scan.grade_id, scan.type, scan.location_id, scan.note)
                found[key].append(scan)
        return list(found.items())

    def bookable(self) -> Iterator[Scan]:
        """Yield the scans that are done with when the pieces are booked; open parts stay."""
        left = {part.part.pk: self.sets * part.each for part in self.parts}
        for scan in self.scans:
            if scan.part_id is None:
                yield scan
            elif left.get(scan.part_id, 0) > 0:
                left[scan.part_id] -= 1
                yield scan

    @property
    def codes(self) -> frozenset[str]:
        """Every spelling of the codes that the line's article has."""
        return _codes_of(self.line.fulfillment_line.order_line)


def _codes_of(sold: OrderLine) -> frozenset[str]:
    known = [sold.sku]
    if sold.variant is not None:
        known += [sold.variant.sku, sold.variant.barcode]
    return frozenset().union(*(barcodes.spellings(code) for code in known if code))


def load(return_: Return, *, until: int | None = None) -> list[ScannedLine]:
    """Return a return's lines with what is counted of them; three queries, four with bundles.

    until: only scans up to this primary key.
    """
    sold = "fulfillment_line__order_line__variant"
    lines = list(return_.lines.select_related(sold, "reason__parent").order_by("pk"))
    load_bundles(lines)
    found = {line.pk: ScannedLine(line=line, parts=_parts(line)) for line in lines}
    counted = return_.scans.filter(state=ScanState.COUNTED, line__isnull=False)
    if until is not None:
        counted = counted.filter(pk__lte=until)
    for scan in counted.select_related("grade", "location").order_by("pk"):
        found[scan.line_id or 0].scans.append(scan)
    for one in found.values():
        _use_up(one)
    return list(found.values())


def _parts(line: ReturnLine) -> list[PartCount]:
    sold = line.fulfillment_line.order_line
    if sold.bundle_kind != BundleKind.FIXED:
        return []
    return [
        PartCount(part=part, each=max(part.quantity // sold.quantity, 1))
        for part in sold.bundle_parts.all()
    ]


def _use_up(line: ScannedLine) -> None:
    """Count the scanned parts that no complete set has used up."""
    scanned = Counter(scan.part_id for scan in line.scans if scan.part_id)
    for part in line.parts:
        part.scanned = max(scanned[part.part.pk] - line.sets * part.each, 0)


def strays(return_: Return) -> list[Scan]:
    """Return the counted scans of what nobody expected, oldest first; one query."""
    found = return_.scans.filter(state=ScanState.COUNTED, line__isnull=True)
    return list(found.select_related("grade").order_by("pk"))


Hit = tuple[ScannedLine, PartCount | None]


def by_code(lines: Sequence[ScannedLine], code: str) -> Hit | None:
    """Return the first line, or part of a line's bundle, of which a piece is expected."""
    spelled = barcodes.spellings(code)
    for one in lines:
        if one.room > 0 and spelled & one.codes:
            return one, None
    for one in lines:
        for part in one.parts:
            if one.part_room(part) > 0 and spelled & _codes_of(part.part):
                return one, part
    return None


def surplus(lines: Sequence[ScannedLine], code: str) -> OrderLine | None:
    """Return the article with this code of which more came than was expected."""
    spelled = barcodes.spellings(code)
    sold = [one.line.fulfillment_line.order_line for one in lines]
    sold += [part.part for one in lines for part in one.parts]
    return next((line for line in sold if spelled & _codes_of(line)), None)


def missing_grade() -> str:
    """Return the handle of the grade for pieces that did not come; "" when the shop has none."""
    found = Grade.objects.filter(active=True, disposition=DispositionType.MISSING)
    return found.values_list("handle", flat=True).first() or ""
