"""What the page shows on which a parcel is counted: expected beside received, and the last scan."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.articles import Article, describe
from backoffice.words import counted
from returns.evidence import photos
from returns.models import DispositionType, Return, Scan
from returns.receiving import counting
from returns.receiving.counting import ScannedLine
from returns.receiving.scanning import Found


@dataclass(frozen=True, kw_only=True)
class Pile:
    """Counted pieces of one line that are alike; `last_id`: the scan that a click takes back."""

    count: int
    grade: str
    type: str
    type_words: str
    note: str
    last_id: int
    photos: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line as shown: how many of its pieces are here, and what they are like."""

    line_id: int
    article: Article
    here: int
    total: int
    is_done: bool
    has_room: bool
    reason: str
    wish: str
    note: str
    parts: list[str]
    piles: list[Pile]


@dataclass(frozen=True, kw_only=True)
class Stray:
    """Pieces that nobody expected."""

    title: str
    sku: str
    count: int
    grade: str
    note: str
    last_id: int
    photos: int


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The count of one return as it is now; `until` is the last scan in it."""

    rows: list[Row]
    strays: list[Stray]
    here: int
    total: int
    on_bench: int
    left: int
    until: int


def load(return_: Return) -> Bench:
    """Return the count of a return; five queries, six with bundles."""
    lines = counting.load(return_)
    strays = counting.strays(return_)
    shown = photos.by_scan(return_)
    rows = [_row(one, shown) for one in lines if one.line.quantity]
    scans = [scan for one in lines for scan in one.scans] + strays
    return Bench(
        rows=sorted(rows, key=lambda row: row.is_done),
        strays=_strays(strays, shown),
        here=sum(row.here for row in rows),
        total=sum(row.total for row in rows),
        on_bench=sum(scan.quantity for scan in scans),
        left=sum(one.room for one in lines),
        until=max((scan.pk for scan in scans), default=0),
    )


def _row(one: ScannedLine, shown: dict[int, list[int]]) -> Row:
    line = one.line
    return Row(
        line_id=line.pk,
        article=describe(line.fulfillment_line.order_line),
        here=line.processed_quantity + one.counted,
        total=line.quantity,
        is_done=one.room <= 0,
        has_room=one.room > 0,
        reason=line.reason.full_name,
        wish=_("To be repaired and sent back") if line.is_repair else "",
        note=line.words,
        parts=[_part(part.scanned, part.each, part.part.title) for part in one.parts]
        if any(part.scanned for part in one.parts)
        else [],
        piles=[
            Pile(
                count=sum(scan.quantity for scan in scans),
                grade=scans[0].grade.name,
                type=key.type,
                type_words=str(DispositionType(key.type).label),
                note=key.note,
                last_id=scans[-1].pk,
                photos=_count(scans, shown),
            )
            for key, scans in one.groups()
        ],
    )


def _part(scanned: int, each: int, title: str) -> str:
    return _("%(some)s of %(all)s %(title)s") % {"some": scanned, "all": each, "title": title}


def _strays(strays: Sequence[Scan], shown: dict[int, list[int]]) -> list[Stray]:
    alike: dict[tuple[object, ...], list[Scan]] = defaultdict(list)
    for scan in strays:
        alike[(scan.variant_id, scan.sku, scan.title, scan.grade_id, scan.note)].append(scan)
    return [
        Stray(
            title=scans[0].title,
            sku=scans[0].sku,
            count=sum(scan.quantity for scan in scans),
            grade=scans[0].grade.name,
            note=scans[0].note,
            last_id=scans[-1].pk,
            photos=_count(scans, shown),
        )
        for scans in alike.values()
    ]


def _count(scans: Sequence[Scan], shown: dict[int, list[int]]) -> int:
    return sum(len(shown.get(scan.pk, ())) for scan in scans)


def outcome(found: Found, bench: Bench) -> dict[str, Any]:
    """Return what to say about a scan: `signal` (ok, done, warn), `title` and `text`."""
    scan = found.scan
    row = next((row for row in bench.rows if row.line_id == scan.line_id), None)
    if found.repeated:
        return {"signal": "warn", "title": _("Counted already"), "text": _what(scan, row)}
    if row is None:
        words = _("Not expected: %(what)s") % {"what": counted(scan.quantity, scan.title)}
        return {"signal": "warn", "title": words, "text": _("It is written down for support.")}
    if not scan.quantity:
        return {"signal": "ok", "title": " · ".join(row.parts), "text": row.article.title}
    here = _("%(some)s of %(all)s") % {"some": row.here, "all": row.total}
    words = str(DispositionType(scan.type).label)
    text = f"{_what(scan, row)} · {scan.grade.name} · {words}"
    done = bench.left == 0
    return {
        "signal": "done" if done else "ok",
        "title": _("%(count)s. Everything is here.") % {"count": here} if done else here,
        "text": text,
    }


def _what(scan: Scan, row: Row | None) -> str:
    return row.article.title if row else scan.title


def summary(bench: Bench) -> str:
    """Return how many pieces the next booking is about."""
    words = ngettext("%(count)s piece counted", "%(count)s pieces counted", bench.on_bench)
    return words % {"count": bench.on_bench}
