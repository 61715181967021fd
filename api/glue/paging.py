"""A page of a list, by offset, as programs of the Glue API ask for it."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from api.glue.asking import Asked

Row = TypeVar("Row", bound=Model | dict[str, Any])


def page_of(found: QuerySet[Any, Row], asked: Asked) -> tuple[list[Row], int]:
    """Return the rows of a page and how many there are in all.

    One query, and one more to count what does not fit on one page.
    """
    rows = list(found[asked.offset : asked.offset + asked.limit + 1])
    fits = len(rows) <= asked.limit and (rows or not asked.offset)
    total = asked.offset + len(rows) if fits else found.order_by().count()
    return rows[: asked.limit], total
