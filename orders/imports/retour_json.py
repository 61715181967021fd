"""Retour's own JSON: one order per line (JSON Lines), or one list of orders.

The keys are those of `orders.intake.data.OrderData`; docs/import.md explains them.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import ijson
from django.utils.translation import gettext as _

from orders.imports.records import Record
from orders.imports.source import BYTE_ORDER_MARK, Row, Source, UnreadableFile
from orders.intake import OrderRejected
from orders.intake.plain import order_from_plain
from orders.models import Store

LARGEST_ORDER = 5_000_000  # bytes
_LONGEST_START = 4_096  # bytes, of which some may be space
_MOST_SHOWN = 20_000


def records(source: Source, store: Store) -> Iterator[Record]:
    """Return the orders of the file. Raises UnreadableFile."""
    found = _listed(source) if _is_list(source) else _lined(source)
    for line, plain, fault in found:
        yield _record(line, plain, fault, store)


def _is_list(source: Source) -> bool:
    start = source.open().read(_LONGEST_START).removeprefix(BYTE_ORDER_MARK)
    return start.lstrip().startswith(b"[")


def _lined(source: Source) -> Iterator[tuple[int, Any, str]]:
    """Return the line number and content of each line, or what is wrong with it."""
    for number, line in enumerate(source.lines(), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, parse_float=Decimal), ""
        except (ValueError, RecursionError) as error:
            if number == 1:
                message = _("The first line is no JSON: %(why)s.")
                raise UnreadableFile(message % {"why": error}) from error
            yield number, line, _("This line is no JSON: %(why)s.") % {"why": error}


def _listed(source: Source) -> Iterator[tuple[int, Any, str]]:
    """Return the number and content of each order in the list."""
    content = _Counted(source)
    number = 0
    try:
        for plain in ijson.items(content, "item"):
            number += 1
            content.left = LARGEST_ORDER
            yield number, plain, ""
    except (ijson.JSONError, UnicodeDecodeError, RecursionError, ValueError) as error:
        message = _("The list is no JSON after order %(count)d: %(why)s.")
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise UnreadableFile(message % {"count": number, "why": why}) from error


class _Counted:
    """The content of a source for a parser; ends when one order takes too much of it."""

    def __init__(self, source: Source) -> None:
        self._content: IO[bytes] = source.open()
        self.left = LARGEST_ORDER
        self._first = self._content.read(3).removeprefix(BYTE_ORDER_MARK)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        if self._first and size:
            found, self._first = self._first, b""
            return found
        found = self._content.read(size)
        self.left -= len(found)
        if self.left < 0:
            message = _("An order takes more than %(limit)d bytes.")
            raise UnreadableFile(message % {"limit": LARGEST_ORDER})
        return found


def _record(line: int, plain: Any, fault: str, store: Store) -> Record:
    reference = str(plain.get("reference", "")) if isinstance(plain, dict) else ""
    row = Row(line, {"order": _as_text(plain)}, fault)
    if fault:
        return Record(reference, (row,), problems=((line, fault),))
    try:
        data = order_from_plain(plain, store=store.code, currency=store.currency)
    except OrderRejected as rejection:
        return Record(reference, (row,), problems=((line, str(rejection)),))
    return Record(data.reference.strip(), (row,), data=data)


def _as_text(plain: Any) -> str:
    """Return the content as it is shown with its rejection."""
    if isinstance(plain, str):
        return plain.strip()[:_MOST_SHOWN]
    try:
        return json.dumps(plain, default=str, ensure_ascii=False)[:_MOST_SHOWN]
    except RecursionError:
        return ""
