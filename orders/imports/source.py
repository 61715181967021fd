"""A file as lines and rows, in constant memory, with one clear message when it is no such file.

Text is UTF-8, with or without a byte order mark, with any line ends; gzip is unpacked on the fly.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, cast

from django.utils.translation import gettext as _

LONGEST_LINE = 1_000_000  # bytes
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_KINDS = {
    b"PK\x03\x04": "Excel, zip",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"%PDF": "PDF",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


class UnreadableFile(Exception):
    """The file as a whole is not what it says; nothing of it was imported."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number of the line it begins on (from 1) and its cells by column.

    fault: what is wrong with the row itself; empty when nothing is.
    """

    line: int
    cells: dict[str, str]
    fault: str = ""

    def __getitem__(self, column: str) -> str:
        """Return the cell without space around it; empty when the file lacks the column."""
        return self.cells.get(column, "").strip()


class Source:
    """An open binary file that can be read from its beginning any number of times."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, io.SEEK_END)

    @property
    def position(self) -> int:
        """How many bytes of `size` have been read."""
        return self._file.tell()

    def open(self) -> IO[bytes]:
        """Return the content from its beginning, unpacked.

        Raises UnreadableFile for an empty file and for one that is plainly no text.
        """
        self._file.seek(0)
        start = self._file.read(4)
        self._file.seek(0)
        if not start:
            raise UnreadableFile(_("The file is empty."))
        for mark, kind in _OTHER_KINDS.items():
            if start.startswith(mark):
                message = _("This is a file of another kind (%(kind)s); save it as UTF-8 text.")
                raise UnreadableFile(message % {"kind": kind})
        packed = start.startswith(b"\x1f\x8b")
        return cast(IO[bytes], _Unpacked(self._file)) if packed else self._file

    def lines(self) -> Iterator[str]:
        """Return the lines with their ends.

        Raises UnreadableFile for a line that is too long or no UTF-8 text.
        """
        content = self.open()
        number = 1
        while raw := content.readline(LONGEST_LINE + 1):
            yield _decoded(raw, number)
            number += 1

    def rows(self, required: Iterable[str]) -> Iterator[Row]:
        """Return the rows of a CSV file under its header; empty rows are left out.

        Commas, semicolons or tabs part the cells. Raises UnreadableFile when a required column is
        missing or the quotes do not match.
        """
        lines = self.lines()
        header = next(lines, "")
        reader = csv.reader(_chained(header, lines), delimiter=_delimiter(header), strict=True)
        columns = _columns(_next_row(reader), required)
        line = reader.line_num + 1
        while (cells := _next_row(reader)) is not None:
            if any(cells):
                yield _row(columns, cells, line)
            line = reader.line_num + 1


class _Unpacked(gzip.GzipFile):
    """A gzip file whose damage is an UnreadableFile."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(fileobj=file, mode="rb")

    def read(self, size: int | None = -1) -> bytes:
        return _whole(lambda: super(_Unpacked, self).read(size))

    def readline(self, size: int | None = -1) -> bytes:
        return _whole(lambda: super(_Unpacked, self).readline(-1 if size is None else size))


def _whole(read: Any) -> bytes:
    try:
        return bytes(read())
    except (EOFError, OSError, zlib.error) as error:
        raise UnreadableFile(_("The gzip file is damaged or cut off.")) from error


def _decoded(raw: bytes, number: int) -> str:
    where = {"line": number}
    if len(raw) > LONGEST_LINE:
        message = _("Line %(line)d is longer than %(limit)d bytes.")
        raise UnreadableFile(message % {"limit": LONGEST_LINE, **where})
    if b"\0" in raw:
        raise UnreadableFile(_("Line %(line)d is not text: it holds zero bytes.") % where)
    try:
        return raw.removeprefix(BYTE_ORDER_MARK if number == 1 else b"").decode()
    except UnicodeDecodeError as error:
        raise UnreadableFile(_("Line %(line)d is not UTF-8 text.") % where) from error


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _next_row(reader: Any) -> list[str] | None:
    """Return the next row, None at the end."""
    line = reader.line_num + 1
    try:
        row: list[str] | None = next(reader, None)
    except csv.Error as error:
        message = _("The quotes of the row that begins on line %(line)d do not match: %(why)s.")
        raise UnreadableFile(message % {"line": line, "why": error}) from error
    return row


def _columns(header: Sequence[str] | None, required: Iterable[str]) -> list[str]:
    names = [name.strip() for name in header or ()]
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile(_("More than %(count)d columns.") % {"count": MOST_COLUMNS})
    missing = [name for name in required if name not in names]
    if missing:
        message = _("The first line lacks these columns: %(columns)s.")
        raise UnreadableFile(message % {"columns": ", ".join(missing)})
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        message = _("The first line has these columns twice: %(columns)s.")
        raise UnreadableFile(message % {"columns": ", ".join(twice)[:200]})
    return names


def _row(columns: list[str], cells: list[str], line: int) -> Row:
    """Return the cells under their columns; cells beyond the last column are a fault."""
    padded = cells + [""] * (len(columns) - len(cells))
    by_column = {name: cell for name, cell in zip(columns, padded, strict=False) if name}
    if not any(cells[len(columns) :]):
        return Row(line, by_column)
    message = _("This row has %(found)d cells, the first line only %(known)d.")
    fault = message % {"found": len(cells), "known": len(columns)}
    return Row(line, by_column | {"": ",".join(cells[len(columns) :])}, fault)
