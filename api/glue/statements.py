"""Queries that are asked all the time: Django puts their SQL together once per process.

Putting a query together and making its rows takes Django several times as long as PostgreSQL takes
to answer it. What is asked is still written with Django's own words, so it follows the models.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.rows_by_key import planned_cursor

# Stands for the value that is only known when the query runs; no row has it as its key.
KEY: Final = -(2**60) + 1
KEYS: Final = KEY + 1
KEY_UUID: Final = UUID(int=0)
PLACES: Final = (KEY, KEYS, KEY_UUID)


class Statement:
    """A query with plain columns, in which KEY (or KEY_UUID) stands for a value.

    KEYS stands for many, as in `__in=[KEYS]`.

    columns: by the names that rows have them. Only what PostgreSQL's driver reads as Django does
    can be a column: no JSON.
    """

    def __init__(
        self, build: Callable[[], QuerySet[Any, Any]], columns: dict[str, str], *, is_paged: bool
    ) -> None:
        self._build = build
        self._columns = columns
        self._is_paged = is_paged

    @cached_property
    def _query(self) -> tuple[str, tuple[Any, ...]]:
        found = self._build().values_list(*self._columns.values())
        sql, params = found.query.sql_with_params()
        if sum(param in PLACES for param in params) != 1:
            raise ValueError(f"There is not one key in {params}.")
        if KEYS in params:
            sql = sql.replace("IN (%s)", "= ANY(%s)")
        return f"{sql} LIMIT %s OFFSET %s" if self._is_paged else sql, params

    def rows(self, value: Any, *page: int) -> list[dict[str, Any]]:
        """Return the rows for a value. page: how many at most, and how many to leave out."""
        sql, params = self._query
        with planned_cursor(connection) as cursor:
            cursor.execute(sql, [*(value if each in PLACES else each for each in params), *page])
            found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return [dict(zip(self._columns, row, strict=True)) for row in found]
