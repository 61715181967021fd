"""Values out of a shop's JSON, each read with care: what is wrong is noted with its place."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.utils.translation import gettext as _

from orders.intake import OrderRejected, Problem

_MOST_DIGITS = 40


def parsed(body: str) -> Any:
    """Return what a body says; numbers exact. Raises ValueError for what is no JSON."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("too deep") from error


def _refuse(name: str) -> None:
    raise ValueError(name)


class Reader:
    """One object of a body. Nothing raises but `check`, which tells all that was wrong."""

    def __init__(
        self, plain: object, path: tuple[str, ...] = (), problems: list[Problem] | None = None
    ) -> None:
        self._path = path
        self.problems: list[Problem] = [] if problems is None else problems
        self._plain: dict[str, Any] = plain if isinstance(plain, dict) else {}
        if not isinstance(plain, dict):
            self._note((), _("Must be an object with keys and values."))

    def check(self) -> None:
        """Raise OrderRejected when anything was wrong."""
        if self.problems:
            raise OrderRejected(self.problems)

    def _note(self, path: tuple[str, ...], message: str) -> None:
        self.problems.append(Problem((*self._path, *path), message))

    def has(self, key: str) -> bool:
        """Whether the key is there and says something."""
        return self._plain.get(key) not in (None, "")

    def text(self, key: str, limit: int = 255) -> str:
        """Return a text in one piece, cut at its limit; "" when there is none."""
        value = self._plain.get(key)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            self._note((key,), _("Must be a text."))
            return ""
        words = " ".join(str(value)[: limit * 4].split())
        return "".join(each for each in words if each.isprintable())[:limit].strip()

    def id(self, key: str, *, needed: bool = True) -> str:
        """Return an id as text; 0 is none."""
        found = self.text(key, 100)
        if found in ("", "0"):
            if needed:
                self._note((key,), _("This is missing."))
            return ""
        return found

    def amount(self, key: str, *, needed: bool = False) -> Decimal:
        """Return an amount given as text or number; 0 when there is none and none is needed."""
        value = self._plain.get(key)
        if value in (None, "") and not needed:
            return Decimal(0)
        if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
            try:
                found = Decimal(value)
            except InvalidOperation:
                found = Decimal("NaN")
            if found.is_finite() and len(found.as_tuple().digits) <= _MOST_DIGITS:
                return found
        self._note((key,), _("Must be an amount, as in 12.50."))
        return Decimal(0)

    def count(self, key: str) -> int:
        """Return a number of pieces; 0 when there is none."""
        value = self._plain.get(key)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            self._note((key,), _("Must be a whole number."))
            return 0
        return value

    def moment(self, key: str) -> datetime | None:
        """Return a time; one without a zone is in UTC. None when there is none."""
        value = self._plain.get(key)
        if value in (None, ""):
            return None
        try:
            found = datetime.fromisoformat(value if isinstance(value, str) else "")
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            self._note((key,), _("Must be a time, as in 2026-11-22T14:05:00+01:00."))
            return None

    def needed_moment(self, *keys: str) -> datetime:
        """Return the first time that is there."""
        for key in keys:
            if found := self.moment(key):
                return found
        self._note((keys[0],), _("This is missing."))
        return datetime(2000, 1, 1, tzinfo=UTC)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return yes or no."""
        value = self._plain.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._note((key,), _("Must be true or false."))
            return default
        return value

    def one(self, key: str) -> Self:
        """Return the object under a key; an empty one when there is none."""
        value = self._plain.get(key)
        return type(self)({} if value is None else value, (*self._path, key), self.problems)

    def many(self, key: str) -> list[Self]:
        """Return the objects of a list; none when there is no list."""
        return list(self._many(key))

    def _many(self, key: str) -> Iterator[Self]:
        value = self._plain.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self._note((key,), _("Must be a list."))
            return
        for number, each in enumerate(value, start=1):
            yield type(self)(each, (*self._path, key, str(number)), self.problems)

    def words(self, key: str, limit: int) -> list[str]:
        """Return the texts and numbers of a list, or of a text with commas."""
        value = self._plain.get(key)
        found = value.split(",") if isinstance(value, str) else value or []
        if not isinstance(found, list):
            self._note((key,), _("Must be a list."))
            return []
        named = [Reader({"": each}, (*self._path, key), self.problems) for each in found]
        return [text for text in (each.text("", limit) for each in named) if text]

    def pairs(self, key: str, name: str, value: str, limit: int = 300) -> dict[str, str]:
        """Return names and values of a list of objects; names that begin with _ are hidden ones."""
        found = {}
        for each in self.many(key):
            label = each.text(name, 100)
            said = each.shown(value, limit)
            if label and said and not label.startswith("_"):
                found[label] = said
        return found

    def shown(self, key: str, limit: int) -> str:
        """Return a text, and "" for what is no text, without a complaint."""
        value = self._plain.get(key)
        readable = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
        return self.text(key, limit) if readable else ""
