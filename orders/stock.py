"""Changing how much lies where, and holding pieces for somebody.

Rows of the same call are taken by location, then variant, so that no two calls wait for each other
in a circle. All functions that change something need an open transaction to go with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from orders.models import Location, StockLevel

# Pieces by variant and location, both by primary key.
Places = Mapping[tuple[int, int], int]


def add(pieces: Mapping[int, int], location: Location) -> None:
    """Add pieces to the stock of variants (by primary key) at a location, in one statement.

    Counts up what is there whatever others do at the same time.
    """
    if not pieces:
        return
    rows = sorted(pieces.items())
    table = connection.ops.quote_name(StockLevel._meta.db_table)
    values = ", ".join(["(%s, %s, %s, 0)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (variant_id, location_id, available, reserved) VALUES {values} "  # noqa: S608
            "ON CONFLICT (variant_id, location_id) "
            f"DO UPDATE SET available = {table}.available + EXCLUDED.available",
            [value for variant, count in rows for value in (variant, location.pk, count)],
        )


def free(variants: Collection[int]) -> dict[int, int]:
    """Return how many pieces of each variant can be promised from one location; one query.

    Variants of which nothing is left are not in it.
    """
    return dict(_most_free(StockLevel.objects.filter(variant__in=variants)))


def free_of_each() -> Coalesce:
    """Return `free` as an expression, to be read with variants; 0 where nothing is left."""
    levels = _most_free(StockLevel.objects.filter(variant=OuterRef("pk")))
    return Coalesce(Subquery(levels.values_list("most", flat=True)), 0)  # type: ignore[misc]


def _most_free(levels: QuerySet[StockLevel]) -> "QuerySet[StockLevel, tuple[int, int]]":
    found = levels.filter(available__gt=F("reserved")).order_by().values_list("variant")
    return found.annotate(most=Max(F("available") - F("reserved")))


def reserve(
    wanted: Sequence[tuple[int, int]],
    *,
    prefer: int | None = None,
    only: Sequence[int] | None = None,
) -> list[StockLevel | None]:
    """Hold pieces for somebody: (variant, pieces) each from one location that has them all.

    prefer: the location (primary key) to take where it has enough; else the one with the most free
    pieces, among equals the first. only: a location per wish, and no other.
    Returns per wish the row that it is held on, None where no location has enough free; then the
    caller must undo the transaction.
    """
    if not wanted:
        return []
    rows = _locked(variants={variant for variant, _count in wanted})
    chosen = []
    for index, (variant, count) in enumerate(wanted):
        rows_here = [row for row in rows if only is None or row.location_id == only[index]]
        chosen.append(_choose(rows_here, variant, count, prefer))
    StockLevel.objects.bulk_update({row for row in chosen if row is not None}, ["reserved"])
    return chosen


def _choose(
    rows: Iterable[StockLevel], variant: int, count: int, prefer: int | None
) -> StockLevel | None:
    fitting = [row for row in rows if row.variant_id == variant and row.free >= count]
    if not fitting:
        return None
    best = max(fitting, key=lambda row: (row.location_id == prefer, row.free, -row.location_id))
    best.reserved += count
    return best


def release(held: Places) -> None:
    """Give held pieces free again."""
    _change({}, {place: -count for place, count in held.items()})


def take(pieces: Places, *, held: Places) -> list[tuple[int, int]]:
    """Take pieces out of stock, of which `held` were reserved for them.

    Returns the places where too few others are free; then nothing was taken.
    """
    return _change(
        {place: -count for place, count in pieces.items()},
        {place: -count for place, count in held.items()},
    )


def _change(available: Places, reserved: Places) -> list[tuple[int, int]]:
    places = {place for change in (available, reserved) for place, count in change.items() if count}
    if not places:
        return []
    rows = {
        (row.variant_id, row.location_id): row
        for row in _locked(variants={variant for variant, _location in places})
    }
    short = []
    for place in places:
        # A row that was never there has nothing to give.
        row = rows.get(place) or StockLevel(variant_id=place[0], location_id=place[1])
        extra = -available.get(place, 0) + reserved.get(place, 0)
        if extra > max(row.free, 0):
            short.append(place)
        row.available += available.get(place, 0)
        row.reserved += reserved.get(place, 0)
    if not short:
        changed = [rows[place] for place in places]
        StockLevel.objects.bulk_update(changed, ["available", "reserved"])
    return sorted(short)


def _locked(*, variants: Collection[int]) -> list[StockLevel]:
    found = StockLevel.objects.select_for_update().filter(variant__in=variants)
    return list(found.order_by("location", "variant"))


def summed(places: Iterable[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    """Sum (variant, location, pieces) by place."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for variant, location, count in places:
        found[variant, location] += count
    return dict(found)
