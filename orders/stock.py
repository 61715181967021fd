"""Changing how much lies where."""

from collections.abc import Mapping

from django.db import connection

from orders.models import Location, StockLevel


def add(pieces: Mapping[int, int], location: Location) -> None:
    """Add pieces to the stock of variants (by primary key) at a location, in one statement.

    Counts up what is there whatever others do at the same time; rows are taken by variant, so that
    two calls cannot wait for each other in a circle. Needs an open transaction to go with.
    """
    if not pieces:
        return
    rows = sorted(pieces.items())
    table = connection.ops.quote_name(StockLevel._meta.db_table)
    values = ", ".join(["(%s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (variant_id, location_id, available) VALUES {values} "  # noqa: S608
            "ON CONFLICT (variant_id, location_id) "
            f"DO UPDATE SET available = {table}.available + EXCLUDED.available",
            [value for variant, count in rows for value in (variant, location.pk, count)],
        )
