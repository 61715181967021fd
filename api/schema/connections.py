"""Connections: lists in pages, with edges, nodes and cursors as Shopify's API has them."""

import base64
import binascii
import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

import strawberry
from django.db.models import Q, QuerySet
from strawberry import UNSET

from api.engine.problems import plain_error
from api.schema.fields import read
from api.schema.loading import introduce

Type = TypeVar("Type")
MOST: Final = 250
WRONG_CURSOR: Final = "Invalid cursor for current pagination sort."


@strawberry.type(name="PageInfo", description="Where a page of a connection begins and ends.")
class PageInfo:
    """Where a page of a connection begins and ends."""

    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="One place in a list.")
class Edge(Generic[Type]):
    """One place in a list."""

    cursor: str = strawberry.field(description="Marks the place, for `after` and `before`.")
    node: Type = strawberry.field(description="What is there.")


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows of a page with their cursors."""

    rows: Sequence[Any]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    def info(self) -> PageInfo:
        """Return what the page tells of itself."""
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=self.cursors[0] if self.cursors else None,
            end_cursor=self.cursors[-1] if self.cursors else None,
        )

    def edges(self) -> list[Any]:
        """Return the rows as edges."""
        return [
            Edge(cursor=cursor, node=row)
            for cursor, row in zip(self.cursors, self.rows, strict=True)
        ]


@strawberry.type(description="A page of a list.")
class Connection(Generic[Type]):
    """A page of a list."""

    edges: list[Edge[Type]] = read(Page.edges, "The rows with their cursors.")
    nodes: list[Type] = read("rows", "The rows alone.")
    page_info: PageInfo = read(Page.info, "Where the page begins and ends.")


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Rows in the database, by a column and, where that is equal, by primary key.

    column: "" for the primary key alone. text: writes a value of the column for a cursor; parse
    reads it, and raises ValueError.
    """

    rows: QuerySet[Any]
    column: str = ""
    text: Callable[[Any], str] = str
    parse: Callable[[str], Any] = str


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which part of a list is asked for."""

    after: str | None
    before: str | None
    first: int | None
    last: int | None
    reverse: bool

    @property
    def size(self) -> int:
        """How many rows at most; checked."""
        asked = self.first if self.first is not None else self.last
        if asked is None:
            raise plain_error("you must provide one of first or last", "BAD_REQUEST")
        if self.first is not None and self.last is not None:
            raise plain_error("providing both first and last is not supported", "BAD_REQUEST")
        if not 0 <= asked <= MOST:
            name = "first" if self.first is not None else "last"
            raise plain_error(f"{name} must be between 0 and {MOST}", "BAD_REQUEST")
        return asked


def cursor_of(number: int, value: object) -> str:
    """Return the cursor of a row."""
    plain = json.dumps({"last_id": number, "last_value": str(value)}, separators=(",", ":"))
    return base64.b64encode(plain.encode()).decode()


def _read_cursor(cursor: str, name: str) -> tuple[int, str]:
    try:
        plain = json.loads(base64.b64decode(cursor, validate=True))
        number, value = plain["last_id"], plain["last_value"]
        if not isinstance(number, int) or not 0 <= number < 2**63 or not isinstance(value, str):
            raise ValueError(cursor)
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise plain_error(
            f"Invalid cursor for current pagination sort: {name}", "BAD_REQUEST"
        ) from error
    if "\0" in value:
        raise plain_error(f"Invalid cursor for current pagination sort: {name}", "BAD_REQUEST")
    return number, value


def _number_of(row: Any, index: int) -> int:
    return getattr(row, "pk", None) or index + 1


def page_of_list(rows: Sequence[Any], span: Span) -> Page:
    """Return a page of rows that are all loaded."""
    size = span.size
    listed = list(reversed(rows)) if span.reverse else list(rows)
    numbers = [_number_of(row, index) for index, row in enumerate(listed)]
    start, end = 0, len(listed)
    if span.after:
        number = _read_cursor(span.after, "after")[0]
        start = numbers.index(number) + 1 if number in numbers else end
    if span.before:
        number = _read_cursor(span.before, "before")[0]
        end = numbers.index(number) if number in numbers else end
    low, high = (
        (start, min(start + size, end)) if span.first is not None else (max(end - size, start), end)
    )
    chosen = listed[low:high]
    return Page(
        rows=chosen,
        cursors=[cursor_of(number, number) for number in numbers[low : low + len(chosen)]],
        has_next=high < len(listed),
        has_previous=low > 0 and bool(chosen or low < len(listed)),
    )


def page_of_table(found: Sorted, span: Span) -> Page:
    """Return a page of rows in the database, from one statement."""
    size = span.size
    backward = span.last is not None
    rising = not span.reverse
    rows = found.rows
    for cursor, is_after in ((span.after, True), (span.before, False)):
        if cursor:
            rows = rows.filter(_beyond(found, cursor, rising=rising == is_after))
    names = [*([found.column] if found.column else []), "pk"]
    sign = "" if rising != backward else "-"
    loaded = list(rows.order_by(*(sign + name for name in names))[: size + 1])
    more, loaded = len(loaded) > size, loaded[:size]
    if backward:
        loaded.reverse()
    introduce(loaded)
    return Page(
        rows=loaded,
        cursors=[cursor_of(row.pk, _sort_value(found, row)) for row in loaded],
        has_next=bool(span.before) if backward else more,
        has_previous=more if backward else bool(span.after),
    )


def _sort_value(found: Sorted, row: Any) -> object:
    return found.text(getattr(row, found.column)) if found.column else row.pk


def _beyond(found: Sorted, cursor: str, *, rising: bool) -> Q:
    number, value = _read_cursor(cursor, "sort")
    side = "gt" if rising else "lt"
    if not found.column:
        return Q(**{f"pk__{side}": number})
    try:
        sorted_by = found.parse(value)
    except (ValueError, OverflowError, ArithmeticError) as error:
        raise plain_error(WRONG_CURSOR, "BAD_REQUEST") from error
    return Q(**{f"{found.column}__{side}": sorted_by}) | Q(
        **{found.column: sorted_by, f"pk__{side}": number}
    )


def page_of(found: Any, span: Span) -> Page:
    """Return a page of loaded rows or of a table."""
    return page_of_table(found, span) if isinstance(found, Sorted) else page_of_list(found, span)


_PARAMETERS: Final = {
    "after": (str | None, UNSET),
    "before": (str | None, UNSET),
    "first": (int | None, UNSET),
    "last": (int | None, UNSET),
    "reverse": (bool | None, False),
}


def connection(
    node: Any,
    load: Callable[..., Any],
    description: str,
    *,
    scope: str = "",
    old: str = "",
    nullable: bool = False,
    without: tuple[str, ...] = (),
    **extra: tuple[Any, Any],
) -> Any:
    """Declare a field that is a connection.

    load: gives a row's list or a `Sorted`, from (row, info, **extra). extra: further arguments,
    each with its type and default. without: usual arguments that this field does not have.
    """
    type_: Any = Connection[node]

    def resolve(root: Any, info: strawberry.Info, **given: Any) -> Any:
        info.context.require(scope, info.field_name)
        plain = _plain(given, _PARAMETERS)
        span = Span(**{**plain, "reverse": bool(plain["reverse"])})
        _ = span.size
        return page_of(load(root, info, **_plain(given, extra)), span)

    arguments = {name: each for name, each in _PARAMETERS.items() if name not in without} | extra
    return _declared(resolve, arguments, type_ | None if nullable else type_, description, old)


def _plain(given: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the arguments with None for those that were not given."""
    return {name: None if given.get(name) is UNSET else given.get(name) for name in names}


def _declared(
    resolve: Callable[..., Any],
    arguments: dict[str, tuple[Any, Any]],
    type_: Any,
    description: str,
    old: str,
) -> Any:
    """Declare a field whose arguments are known only now."""
    keyword = partial(inspect.Parameter, kind=inspect.Parameter.KEYWORD_ONLY)
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("root", positional),
        inspect.Parameter("info", positional, annotation=strawberry.Info),
        *(
            keyword(name, annotation=kind, default=default)
            for name, (kind, default) in arguments.items()
        ),
    ]
    resolve.__signature__ = inspect.Signature(parameters, return_annotation=type_)  # type: ignore[attr-defined]
    resolve.__annotations__ = {
        "info": strawberry.Info,
        **{name: kind for name, (kind, _default) in arguments.items()},
        "return": type_,
    }
    return strawberry.field(
        resolver=resolve, description=description, deprecation_reason=old or None
    )


def with_arguments(
    type_: Any,
    load: Callable[..., Any],
    description: str,
    *,
    scope: str = "",
    name: str | None = None,
    old: str = "",
    **arguments: tuple[Any, Any],
) -> Any:
    """Declare a field with arguments; load: gives its value, from (row, info, **arguments)."""

    def resolve(root: Any, info: strawberry.Info, **given: Any) -> Any:
        info.context.require(scope, info.field_name)
        return load(root, info, **_plain(given, arguments))

    field = _declared(resolve, arguments, type_, description, old)
    if name:
        field.graphql_name = name
    return field
