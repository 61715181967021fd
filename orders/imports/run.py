"""One file in: first a reading that finds out whether it can be read, then one that imports.

`import_file` is what the command, the upload page and the background job call. A file that cannot
be read as a whole raises before anything is stored. After that orders are taken in a few hundred
at a time, so memory does not grow with the file, and an import that breaks off can simply be
started again: what is in already changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from django.db import reset_queries
from django.utils.translation import gettext as _

from orders.imports.formats import READERS, Format
from orders.imports.records import Record
from orders.imports.rejects import Rejects
from orders.imports.scattered import Names, names
from orders.imports.source import Row, Source
from orders.intake import Intake, OrderRejected, Outcome, take_in_many
from orders.models import Store

BATCH_ORDERS = 500
BATCH_LINES = 5_000


@dataclass(slots=True)
class ImportReport:
    """What came of a file so far.

    orders: how many were created, updated or unchanged. lines: how many order lines these have.
    set_aside: rows that are no orders of this format, by reason; remarks: lines by what was done
    with them.
    """

    orders: Counter[Outcome] = field(default_factory=Counter)
    lines: int = 0
    rejected_orders: int = 0
    rejected_rows: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: orders of the file that are done, of all; and the report so far."""

    done: int
    total: int
    report: ImportReport


def import_file(
    file: IO[bytes],
    format_: Format,
    store: Store,
    *,
    rejects: IO[str],
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> ImportReport:
    """Import every order of the file that is right; write the rows of the others to `rejects`.

    file: open for reading bytes, seekable; plain or gzip. rejects: open for writing text with
    newline="". on_progress is called after each batch.

    Raises UnreadableFile, before anything is stored, when the file is not what it says.
    """
    source = Source(file)
    report = ImportReport()
    written = Rejects(rejects)
    with names() as known:
        for record in READERS[format_](source, store):
            known.add(record.reference)
        done = 0
        for batch in _batches(READERS[format_](source, store)):
            _take_in(batch, known, report, written)
            done += len(batch)
            on_progress(Progress(done, known.count, report))
            reset_queries()  # with DEBUG Django keeps what it sent
    return report


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    rows = 0
    for record in records:
        batch.append(record)
        rows += len(record.rows)
        if len(batch) >= BATCH_ORDERS or rows >= BATCH_LINES:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _take_in(batch: list[Record], known: Names, report: ImportReport, rejects: Rejects) -> None:
    """Take the orders of one batch in and count what came of them, in the order of the file."""
    ready = [record for record in batch if _is_ready(record, known)]
    results = iter(take_in_many(record.data for record in ready if record.data is not None))
    for record in batch:
        if record.set_aside:
            report.set_aside[record.set_aside] += len(record.rows)
        elif record.data is None:
            _reject(record, record.reasons(), report, rejects)
        elif known.is_scattered(record.reference):
            reason = _("The rows of this order do not stand together; sort the file by order.")
            _reject(record, [(row, reason) for row in record.rows], report, rejects)
        else:
            _count(record, next(results), report, rejects)


def _is_ready(record: Record, known: Names) -> bool:
    return record.data is not None and not known.is_scattered(record.reference)


def _count(
    record: Record, result: Intake | OrderRejected, report: ImportReport, rejects: Rejects
) -> None:
    if isinstance(result, OrderRejected):
        _reject(record, record.reasons(result.problems), report, rejects)
        return
    report.orders[result.outcome] += 1
    report.lines += len(record.data.lines) if record.data is not None else 0
    report.remarks.update(record.remarks)


def _reject(
    record: Record, reasons: Iterable[tuple[Row, str]], report: ImportReport, rejects: Rejects
) -> None:
    report.rejected_orders += 1
    for row, reason in reasons:
        rejects.write(row, reason)
        report.rejected_rows += 1
