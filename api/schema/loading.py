"""Loading what belongs to rows for all rows of a list at once.

Rows that came from one statement know each other. The first of them that is asked for its order,
say, loads the orders of all, and these know each other in turn. So a statement per relation is
enough however many rows there are, and nothing is loaded that nobody asks for (docs/adr/0028).
What was reached from the same first row is a family: in it nothing is loaded a second time.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any, TypeVar

from django.contrib.postgres.search import SearchVectorField
from django.db.models import ForeignKey, Model, QuerySet

from accounts.rows_by_key import RowsByKey

Row = TypeVar("Row", bound=Model)
Result = TypeVar("Result")
Source = Callable[[], QuerySet[Any]]
Family = dict[tuple[type[Model], Any], Any]


class Peers(list[Any]):
    """Rows that were loaded together, and what was loaded for all of them since."""

    def __init__(self, rows: Iterable[Any], family: Family) -> None:
        super().__init__(rows)
        self.answers: dict[object, Any] = {}
        self.family = family


def introduce(rows: Sequence[Row], family: Family | None = None) -> Sequence[Row]:
    """Let rows know that they were loaded together; without a family they begin a new one."""
    peers = Peers(rows, {} if family is None else family)
    for row in rows:
        row.__dict__["_peers"] = peers
        peers.family[type(row), row.pk] = row
    return rows


def peers_of(row: Model) -> Peers:
    """Return all rows that were loaded with this one; a row alone is its own only peer."""
    peers = row.__dict__.get("_peers")
    if peers is None:
        introduce([row])
        peers = row.__dict__["_peers"]
    found: Peers = peers
    return found


_KEPT: dict[tuple[Any, ...], RowsByKey] = {}


def _kept(about: tuple[Any, ...], source: Source, column: str) -> RowsByKey:
    """Return the query of a relation; the same relation may be read by several functions."""
    name = (*about, getattr(source, "__code__", source))
    found = _KEPT.get(name)
    if found is None:
        found = _KEPT[name] = RowsByKey(source, column)
    return found


@cache
def _rows_of(model: type[Model]) -> Source:
    """Return how rows of a model are read: without their search words, which are wide."""
    words = [
        each.name for each in model._meta.concrete_fields if isinstance(each, SearchVectorField)
    ]
    return partial(model._base_manager.defer, *words)


def related(row: Any, name: str, queryset: Source | None = None) -> Any:
    """Return what a foreign key points to, loaded for all peers at once.

    queryset: a function of a module, what is loaded along with it; the same for the same relation.
    """
    peers = peers_of(row)
    if name not in peers.answers:
        field = row._meta.get_field(name)
        _fill(peers, field, queryset or _rows_of(field.remote_field.model))
        peers.answers[name] = True
    return getattr(row, name)


def _fill(peers: Peers, field: "ForeignKey[Any, Any]", source: Source) -> None:
    """Set what a foreign key points to, of rows where it is not known yet."""
    model: Any = field.remote_field.model
    missing = [each for each in peers if not field.is_cached(each)]
    wanted = {key for each in missing if (key := getattr(each, field.attname)) is not None}
    strange = [key for key in wanted if (model, key) not in peers.family]
    introduce(_kept((model,), source, "pk").rows(strange), peers.family)
    for each in missing:
        field.set_cached_value(each, peers.family.get((model, getattr(each, field.attname))))
    # Those that came along with the rows, each as an object of its own.
    met = {id(target): target for each in peers if (target := field.get_cached_value(each))}
    introduce([each for each in met.values() if "_peers" not in each.__dict__], peers.family)


def children(row: Any, name: str, queryset: Source, *, key: str = "") -> list[Any]:
    """Return the rows that point to this one, loaded for all peers at once.

    queryset: of the children, in their order; the same each time for the same relation and key.
    key: tells lists of the same relation apart.
    """
    attribute = f"_children_{name}_{key}"
    peers = peers_of(row)
    if attribute not in peers.answers:
        field = row._meta.get_field(name).field
        kept = _kept((type(row), name, key), queryset, field.name)
        _hand_out(peers, field, attribute, kept)
        peers.answers[attribute] = True
    return list(getattr(row, attribute))


def _hand_out(peers: Peers, field: "ForeignKey[Any, Any]", attribute: str, kept: RowsByKey) -> None:
    """Give each of the rows its children, who know their parent."""
    parents = {each.pk: each for each in peers}
    for each in peers:
        each.__dict__[attribute] = []
    found = kept.rows(parents)
    for child in found:
        parent = parents[getattr(child, field.attname)]
        field.set_cached_value(child, parent)
        parent.__dict__[attribute].append(child)
    introduce(found, peers.family)


def batched(row: Any, key: object, compute: Callable[[Sequence[Any]], Result]) -> Result:
    """Return what `compute` says of all peers of a row, worked out once for them."""
    peers = peers_of(row)
    if key not in peers.answers:
        peers.answers[key] = compute(peers)
    answer: Result = peers.answers[key]
    return answer
