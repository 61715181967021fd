"""Loading what belongs to rows for all rows of a list at once.

Rows that came from one statement know each other. The first of them that is asked for its order,
say, loads the orders of all, and these know each other in turn. So a statement per relation is
enough however many rows there are, and nothing is loaded that nobody asks for (docs/adr/0028).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, Prefetch, QuerySet, prefetch_related_objects

Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")


class Peers(list[Any]):
    """Rows that were loaded together, and what was loaded for all of them since."""

    def __init__(self, rows: Iterable[Any]) -> None:
        super().__init__(rows)
        self.answers: dict[object, Any] = {}


def introduce(rows: Sequence[Row]) -> Sequence[Row]:
    """Let rows know that they were loaded together."""
    peers = Peers(rows)
    for row in rows:
        row.__dict__["_peers"] = peers
    return rows


def peers_of(row: Model) -> Peers:
    """Return all rows that were loaded with this one; a row alone is its own only peer."""
    peers = row.__dict__.get("_peers")
    if peers is None:
        peers = row.__dict__["_peers"] = Peers([row])
    return peers


def related(row: Any, name: str, queryset: Callable[[], QuerySet[Any]] | None = None) -> Any:
    """Return what a foreign key points to, loaded for all peers at once."""
    peers = peers_of(row)
    if name not in peers.answers:
        lookup = name if queryset is None else Prefetch(name, queryset())
        missing = [each for each in peers if name not in each._state.fields_cache]
        if missing:
            prefetch_related_objects(missing, lookup)
        found = {
            id(target): target
            for each in peers
            if (target := each._state.fields_cache.get(name)) is not None
        }
        strangers = [target for target in found.values() if "_peers" not in target.__dict__]
        introduce(strangers)
        peers.answers[name] = True
    return getattr(row, name)


def children(
    row: Any, name: str, queryset: Callable[[], QuerySet[Any]], *, key: str = ""
) -> list[Any]:
    """Return the rows that point to this one, loaded for all peers at once.

    queryset: of the children, in their order. key: tells lists of the same relation apart.
    """
    attribute = f"_children_{name}_{key}"
    peers = peers_of(row)
    if attribute not in peers.answers:
        prefetch_related_objects(peers, Prefetch(name, queryset(), to_attr=attribute))
        introduce([child for each in peers for child in getattr(each, attribute)])
        peers.answers[attribute] = True
    return list(getattr(row, attribute))


def batched(row: Any, key: object, compute: Callable[[Sequence[Any]], Result]) -> Result:
    """Return what `compute` says of all peers of a row, worked out once for them."""
    peers = peers_of(row)
    if key not in peers.answers:
        peers.answers[key] = compute(peers)
    answer: Result = peers.answers[key]
    return answer
