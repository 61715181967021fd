"""Things with a global id, and how each is found by it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import strawberry

from accounts.rows_by_key import RowsByKey
from api.engine import gids
from api.engine.context import Context
from api.engine.problems import unknown_id
from api.schema.fields import shared
from api.schema.loading import introduce
from api.schema.scalars import UnsignedInt64


@shared("Node")
class Node:
    """Something with a global id."""

    id: strawberry.ID = strawberry.field(description="The global id.")


@shared("LegacyInteroperability")
class LegacyInteroperability:
    """Something that also has a plain number, as in the older REST API."""

    legacy_resource_id: UnsignedInt64 = strawberry.field(description="The number within the id.")


Find = Callable[[Sequence[int]], dict[int, Any]]
FindFor = Callable[[Context, Sequence[int]], dict[int, Any]]


@dataclass(frozen=True, kw_only=True)
class Finder:
    """How rows of a type are found, and the scope that it takes to read them."""

    scope: str
    find: FindFor


_FINDERS: Final[dict[str, Finder]] = {}


def register(type_: str, queryset: Callable[[], Any], *, scope: str) -> None:
    """Say in which table things of a type are, and who may read them."""
    kept = RowsByKey(queryset)

    def find(_context: Context, numbers: Sequence[int]) -> dict[int, Any]:
        return {row.pk: row for row in introduce(kept.rows(numbers))}

    _FINDERS[type_] = Finder(scope=scope, find=find)


def register_own(type_: str, queryset: Callable[[Context], Any], *, scope: str) -> None:
    """Say in which rows things of a type are for who asks."""

    def find(context: Context, numbers: Sequence[int]) -> dict[int, Any]:
        rows = list(queryset(context).filter(pk__in=numbers))
        return {row.pk: row for row in introduce(rows)}

    _FINDERS[type_] = Finder(scope=scope, find=find)


def register_finder(type_: str, find: Find, *, scope: str) -> None:
    """Say how things of a type are found by their numbers."""
    _FINDERS[type_] = Finder(scope=scope, find=lambda _context, numbers: find(numbers))


def by_gid(context: Context, gid: str, *types: str, name: str = "node") -> Any:
    """Return what has this global id; None when nothing has.

    types: which are allowed; none for all. Raises for another type, and without the scope.
    """
    type_, number = gids.parts(gid)
    if type_ not in (types or _FINDERS):
        raise unknown_id(gid)
    finder = _FINDERS[type_]
    context.require(finder.scope, name)
    return finder.find(context, [number]).get(number)


def all_by_gid(context: Context, wanted: Sequence[str]) -> list[Any]:
    """Return what has these ids, in their order; one statement per type."""
    numbers: dict[str, list[int]] = {}
    pairs = [gids.parts(gid) for gid in wanted]
    for gid, (type_, number) in zip(wanted, pairs, strict=True):
        if type_ not in _FINDERS:
            raise unknown_id(gid)
        numbers.setdefault(type_, []).append(number)
    found: dict[str, dict[int, Any]] = {}
    for type_, each in numbers.items():
        context.require(_FINDERS[type_].scope, "nodes")
        found[type_] = _FINDERS[type_].find(context, each)
    return [found[type_].get(number) for type_, number in pairs]
