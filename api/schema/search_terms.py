"""What terms of a search text mean that rows of several types have: their number and moments."""

import datetime
from collections.abc import Callable
from typing import Final

from django.db.models import Q
from django.utils import timezone

from api.engine.gids import is_gid, parts
from api.schema.search_syntax import Term

_SIDES: Final = {"": "exact", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
NOTHING: Final = Q(pk__in=[])


def number(term: Term) -> Q:
    """Return the condition that the primary key is, or lies beyond, a number or global id."""
    value = parts(term.value)[1] if is_gid(term.value) else term.value
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return NOTHING
    return Q(**{f"pk__{_SIDES[term.sign]}": int(text)})


def moment(field: str) -> Callable[[Term], Q]:
    """Return what compares a column with a moment, or with a whole day (UTC)."""

    def condition(term: Term) -> Q:
        span = _span(term.value)
        if span is None:
            return NOTHING
        start, end = span
        if not term.sign:
            return Q(**{f"{field}__gte": start, f"{field}__lt": end})
        # A day as a limit counts whole: after it begins behind its end.
        limit = end if term.sign in (">", "<=") and end > start else start
        side = (
            {">": "gte", "<=": "lt"}.get(term.sign, _SIDES[term.sign])
            if end > start
            else (_SIDES[term.sign])
        )
        return Q(**{f"{field}__{side}": limit})

    return condition


def _span(text: str) -> tuple[datetime.datetime, datetime.datetime] | None:
    """Return from when to when a value goes: a whole day (UTC), or one moment."""
    try:
        if len(text) == 10:
            day = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
            return day, day + datetime.timedelta(days=1)
        if text.lower() == "now":
            return timezone.now(), timezone.now()
        moment = datetime.datetime.fromisoformat(text.upper())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        moment = moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None
    return moment, moment
