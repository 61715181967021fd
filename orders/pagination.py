"""Pages of long lists by keyset: a page begins after a row, so the millionth is as quick.

A cursor holds the ordering values of the row that a page begins after. Nothing is counted or
skipped, and a cursor that cannot be read gives the first page.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection, models
from django.db.models import BooleanField, F, Field, Func, QuerySet, Value
from django.db.models.lookups import In

from orders.kept import Inner, Kept, filled_in

Row = TypeVar("Row", bound=models.Model)

FORWARD = "n"
BACKWARD = "p"


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """The rows of one page in order, and the cursors of its neighbours ("" where none is)."""

    rows: list[Row]
    next: str
    previous: str


def paginate(
    queryset: QuerySet[Row],
    order: Sequence[str],
    *,
    cursor: str = "",
    size: int = 25,
    related: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Page[Row]:
    """Return the page of `queryset` that `cursor` points to; one query.

    order: field names of the model, all rising or all falling (`-`), the last one unique and none
    of them null; an index over them makes the page quick. size: rows per page. related: what to
    load with the rows, as for `select_related`; it is joined to the page's rows alone, where the
    queryset's own would be joined to all rows that a search finds before they are sorted. columns:
    what to load of the page's rows and of `related`, as for `only`, those of `order` among them;
    empty for all.
    """
    start = _read(queryset.model, order, cursor)
    backward = start is not None and start[0] == BACKWARD
    turned = [_turned(name) for name in order] if backward else list(order)
    found = queryset.order_by(*turned)
    if start is not None:
        found = found.filter(_beyond(queryset.model, turned, start[1]))
    found = found[: size + 1]
    rows = _rows(found, tuple(turned), tuple(related), tuple(columns))
    more = len(rows) > size
    rows = rows[:size]
    if backward:
        rows.reverse()
    if not rows and backward:
        return paginate(queryset, order, size=size, related=related, columns=columns)
    has_next, has_previous = (True, more) if backward else (more, start is not None)
    return Page(
        rows=rows,
        next=_write(FORWARD, rows[-1], order) if rows and has_next else "",
        previous=_write(BACKWARD, rows[0], order) if rows and has_previous else "",
    )


def _rows(
    found: QuerySet[Row], order: tuple[str, ...], related: tuple[str, ...], columns: tuple[str, ...]
) -> list[Row]:
    """Read the rows of a page that `found` leads to."""
    if not related:
        return list(found.only(*columns) if columns else found)
    try:
        inner = found.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    return _around(found.model, order, related, columns).rows(inner)


@cache
def _around(
    model: type[Row], order: tuple[str, ...], related: tuple[str, ...], columns: tuple[str, ...]
) -> Kept[Row]:
    """Return the query of a page's rows around that of their keys: it is always the same."""

    def build() -> QuerySet[Row]:
        found = model._default_manager.filter(In(F("pk"), Inner())).order_by(*order)
        return found.select_related(*related).only(*columns)

    return Kept(build)


class Counted(NamedTuple):
    """The SQL of a count and its parameters; can be kept, see `orders.kept`."""

    sql: str
    parameters: tuple[Any, ...]


def capped(queryset: QuerySet[Any], most: int) -> Counted:
    """Return how to count the rows of `queryset`, but only up to `most`; see `count`.

    An order makes no difference to a count, yet it is kept: it leads PostgreSQL to the index of
    the list, where it stops after `most` rows, however wrong it guesses how many there are.
    """
    query = queryset.values("pk")[:most].query
    # A queryset that can have no rows is counted as well, not refused.
    sql, parameters = query.get_compiler(connection=connection, elide_empty=False).as_sql()
    counting = f"(SELECT count(*) FROM ({sql}) AS counted)"  # noqa: S608 - Django's own SQL
    return Counted(counting, tuple(parameters))


def count(parts: Sequence[Counted]) -> list[int]:
    """Return the counts, in the order of `parts`, from one query for all."""
    if not parts:
        return []
    select = ", ".join(part.sql for part in parts)
    with connection.cursor() as database:
        parameters = [each for part in parts for each in part.parameters]
        database.execute(f"SELECT {select}", filled_in(parameters))
        return list(database.fetchone())


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _fields(model: type[models.Model], order: Sequence[str]) -> list["Field[Any, Any]"]:
    return [model._meta.get_field(name.lstrip("-")) for name in order]  # type: ignore[misc]


def _beyond(model: type[models.Model], order: Sequence[str], values: Sequence[Any]) -> Func:
    """Return the condition `(a, b) > (1, 2)`, which PostgreSQL answers from one index."""
    fields = _fields(model, order)
    row = [F(name.lstrip("-")) for name in order]
    start = [Value(value, output_field=field) for value, field in zip(values, fields, strict=True)]
    return Func(
        Func(*row, template="(%(expressions)s)", output_field=BooleanField()),
        Func(*start, template="(%(expressions)s)", output_field=BooleanField()),
        template="%(expressions)s",
        arg_joiner=" < " if order[0].startswith("-") else " > ",
        output_field=BooleanField(),
    )


def _write(direction: str, row: models.Model, order: Sequence[str]) -> str:
    values = [field.value_to_string(row) for field in _fields(type(row), order)]
    plain = json.dumps([direction, *values]).encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _read(
    model: type[models.Model], order: Sequence[str], cursor: str
) -> tuple[str, list[Any]] | None:
    """Return direction and values of a cursor; None for an empty or unreadable one."""
    fields = _fields(model, order)
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        plain = json.loads(base64.urlsafe_b64decode(padded))
        direction, *values = plain
        if direction not in (FORWARD, BACKWARD) or len(values) != len(fields):
            return None
        read = [field.to_python(str(value)) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, RecursionError):
        return None
    return direction, read
