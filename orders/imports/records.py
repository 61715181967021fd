"""One order of a file: what it says, the rows it says it in, and what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils.translation import gettext as _

from orders.imports.source import Row
from orders.intake import OrderData, Problem
from orders.intake.line_checks import MOST_LINES

Value = TypeVar("Value")

# An order may have rows that are no lines (further parcels and payments).
MOST_ROWS = 2 * MOST_LINES


@dataclass(frozen=True, slots=True)
class Record:
    """One order as it stands in a file.

    rows: all its rows; problems name them by their line numbers.
    data: the order, unless the rows cannot be read.
    line_rows: for each line of the order the line number of its row.
    set_aside: why the rows are neither imported nor wrong; empty when they are an order.
    remarks: what was done with lines that need a word, counted over the file.
    """

    reference: str
    rows: tuple[Row, ...]
    data: OrderData | None = None
    line_rows: tuple[int, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()
    set_aside: str = ""
    remarks: tuple[str, ...] = ()

    def reasons(self, problems: Iterable[Problem] = ()) -> list[tuple[Row, str]]:
        """Return each row with why it is rejected, given what the intake found wrong.

        One bad row takes the whole order with it.
        """
        messages: dict[int, list[str]] = {}
        for line, message in (*self.problems, *map(self._located, problems)):
            messages.setdefault(line, []).append(message)
        cause = _("Rejected with its order because of line %(line)d.") % {"line": min(messages)}
        return [(row, " ".join(messages.get(row.line, [cause]))) for row in self.rows]

    def _located(self, problem: Problem) -> tuple[int, str]:
        """Return the line of the row that a problem is about: its own, else the first."""
        if problem.field[:1] == ("lines",) and len(problem.field) > 1:
            index = int(problem.field[1]) - 1
            if index < len(self.line_rows):
                rest = Problem(problem.field[2:], problem.message)
                return self.line_rows[index], str(rest)
        return self.rows[0].line, str(problem)


@dataclass(slots=True)
class Cells:
    """Reads the cells of one row and notes what is wrong with them."""

    row: Row
    problems: list[tuple[int, str]] = field(default_factory=list)

    def read(self, column: str, convert: Callable[[str], Value], default: Value) -> Value:
        """Return the cell's value; `default` when it is wrong, which is noted."""
        try:
            return convert(self.row[column])
        except ValueError as error:
            self.problems.append((self.row.line, f"{column}: {error}"))
            return default


def grouped(rows: Iterable[Row], column: str) -> Iterator[tuple[str, list[Row], bool]]:
    """Return the rows of each order that follow each other: its name, its rows, whether all.

    An order with too many rows comes in several parts, so that no file fills the memory.
    """
    name: str | None = None
    gathered: list[Row] = []
    cut = False
    for row in rows:
        if row[column] != name:
            if name is not None:
                yield name, gathered, not cut
            name, gathered, cut = row[column], [], False
        elif len(gathered) == MOST_ROWS:
            cut = True
            yield name, gathered, False
            gathered = []
        gathered.append(row)
    if name is not None:
        yield name, gathered, not cut


def record_of(
    group: tuple[str, list[Row], bool], read: Callable[[str, list[Row]], Record]
) -> Record:
    """Return the order of one group of rows: what `read` makes of it, unless rows are broken."""
    name, rows, whole = group
    problems = [(row.line, row.fault) for row in rows if row.fault]
    if not name:
        problems.append((rows[0].line, _("The order's number is missing.")))
    if not whole:
        too_many = _("More than %(count)d rows of one order.") % {"count": MOST_ROWS}
        problems.append((rows[0].line, too_many))
    if problems:
        return Record(name, tuple(rows), problems=tuple(problems))
    return read(name, rows)
