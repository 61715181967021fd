"""Reading plain JSON value by value; what is wrong is noted with its JSON path."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders.money import WHOLE_DIGITS, ZERO, is_exact
from returns.refunds.quotes.problems import Problem

# As many decimals as an amount's column keeps; prices per piece may have more than the currency.
MOST_DECIMALS = 4
MOST_PIECES = 2_147_483_647
_MOST_CHARACTERS = 40
_SHOWN = 50
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


@dataclass
class Reader:
    """Collects problems. A value that cannot be read comes back as its default."""

    currency: str = ""
    problems: list[Problem] = field(default_factory=list)

    def fail(self, path: str, message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(path, message))

    def fields(
        self, value: object, path: str, known: Iterable[str], *, needed: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """Return an object's fields; unknown and missing ones are problems. `null` is missing."""
        if not isinstance(value, Mapping):
            self.fail(path, _("Must be an object with keys and values."))
            return {}
        for key in value:
            if key not in known:
                self.fail(f"{path}.{key[:_SHOWN]}", _("There is no such field."))
        for key in needed:
            if value.get(key) is None:
                self.fail(f"{path}.{key}", _("This is missing."))
        return value

    def items(self, plain: Mapping[str, Any], name: str, path: str) -> list[tuple[str, Any]]:
        """Return the values of a list, each with its path; nothing when the field is missing."""
        found = plain.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            self.fail(f"{path}.{name}", _("Must be a list."))
            return []
        return [(f"{path}.{name}[{index}]", value) for index, value in enumerate(found)]

    def text(self, plain: Mapping[str, Any], name: str, path: str) -> str:
        """Return a text, or a whole number as text; "" when it is missing."""
        found = plain.get(name)
        if found is None or isinstance(found, str):
            return found or ""
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        self.fail(f"{path}.{name}", _("Must be a text."))
        return ""

    def choice(
        self, plain: Mapping[str, Any], name: str, path: str, known: Iterable[str], default: str
    ) -> str:
        """Return one of the known words."""
        found = plain.get(name)
        if found is None:
            return default
        if found not in known:
            message = _("“%(value)s” is not one of %(known)s.")
            values = {"value": str(found)[:_SHOWN], "known": ", ".join(known)}
            self.fail(f"{path}.{name}", message % values)
            return default
        return str(found)

    def flag(self, plain: Mapping[str, Any], name: str, path: str, *, default: bool) -> bool:
        """Return true or false."""
        found = plain.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            self.fail(f"{path}.{name}", _("Must be true or false."))
            return default
        return found

    def count(self, plain: Mapping[str, Any], name: str, path: str, *, least: int) -> int:
        """Return a number of pieces."""
        found = plain.get(name)
        if found is None:
            return least
        if not isinstance(found, int) or isinstance(found, bool):
            self.fail(f"{path}.{name}", _("Must be a whole number."))
        elif not least <= found <= MOST_PIECES:
            message = _("Must be a whole number of at least %(least)d.")
            self.fail(f"{path}.{name}", message % {"least": least})
        else:
            return found
        return max(least, 1)

    def amount(self, plain: Mapping[str, Any], name: str, path: str) -> Decimal:
        """Return an amount in the digits of the currency; 0 when it is missing."""
        return self.amount_or_none(plain, name, path) or ZERO

    def amount_or_none(self, plain: Mapping[str, Any], name: str, path: str) -> Decimal | None:
        """Return an amount in the digits of the currency."""
        found = plain.get(name)
        return None if found is None else self.exact(found, f"{path}.{name}")

    def exact(self, value: object, path: str) -> Decimal:
        """Return a value as an amount in the digits of the currency."""
        amount = self.decimal(value, path)
        if is_exact(amount, self.currency):
            return amount
        message = _("%(value)s has more digits than %(currency)s.")
        self.fail(path, message % {"value": amount, "currency": self.currency})
        return ZERO

    def decimal(self, value: object, path: str) -> Decimal:
        """Return a number of at least 0 with at most 4 decimals, from a text or a number."""
        found = _decimal(value)
        if found is None:
            self.fail(path, _("Must be an amount, as in 12.50."))
        elif found < 0:
            self.fail(path, _("Must not be negative."))
        elif found.adjusted() >= WHOLE_DIGITS:
            self.fail(path, _("This amount is too large."))
        elif found != round(found, MOST_DECIMALS):
            self.fail(path, _("Must have at most %(count)d decimals.") % {"count": MOST_DECIMALS})
        else:
            return found
        return ZERO

    def percent(self, plain: Mapping[str, Any], name: str, path: str) -> Decimal | None:
        """Return percents from 0 to 100."""
        if plain.get(name) is None:
            return None
        found = self.decimal(plain[name], f"{path}.{name}")
        if found > 100:
            self.fail(f"{path}.{name}", _("Must be percents from 0 to 100."))
            return ZERO
        return found


def _decimal(value: object) -> Decimal | None:
    """Return a finite number exactly as written; a binary float would not be."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = str(value)
    if len(text) > _MOST_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)
