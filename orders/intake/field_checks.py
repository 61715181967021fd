"""Checks of single values: texts, amounts, counts and times, each with a message for people."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db.models import Model
from django.utils.translation import gettext as _

from orders import money
from orders.intake.errors import Problem
from orders.models.fields import TAG_LENGTH

LARGEST_COUNT = 2_147_483_647
LARGEST_AMOUNT = Decimal(10) ** 12
EARLIEST_YEAR = 1990
MOST_TAGS = 250
# Clocks of two systems differ a little.
TOLERATED_FUTURE = timedelta(minutes=5)

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")
_CODE = re.compile(r"[A-Z]{2}")
_PATH = re.compile(r"[\w./-]+")
_valid_url = URLValidator(schemes=["http", "https"])


@cache
def longest(model: type[Model], name: str) -> int:
    """Return how many characters a column holds."""
    length = model._meta.get_field(name).max_length  # type: ignore[union-attr]
    if length is None:
        raise ValueError(f"{name} has no greatest length.")
    return int(length)


class Checker:
    """Collects what is wrong and returns each value in its normal form.

    `now` is the present, `zone` the store's time zone for times without one.
    """

    def __init__(self, *, zone: ZoneInfo, now: datetime, currency: str) -> None:
        self.problems: list[Problem] = []
        self._zone = zone
        self._latest = now + TOLERATED_FUTURE
        self.currency = currency

    def fail(self, path: Iterable[str], message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(tuple(path), message))

    def text(self, path: tuple[str, ...], value: str, limit: int, *, needed: bool = False) -> str:
        """Return the text without space around it."""
        value = value.strip()
        if not value and needed:
            self.fail(path, _("This is missing."))
        elif len(value) > limit:
            self.fail(
                path,
                _("At most %(limit)d characters; this has %(count)d.")
                % {"limit": limit, "count": len(value)},
            )
        elif not value.isprintable() and not _storable(value):
            self.fail(path, _("This holds characters that are no text."))
        return value

    def matching(
        self, path: tuple[str, ...], value: str, limit: int, kind: "re.Pattern[str]", message: str
    ) -> str:
        """Return a text that is empty or matches as a whole."""
        value = self.text(path, value, limit)
        if value and not kind.fullmatch(value):
            self.fail(path, message)
        return value

    def language(self, path: tuple[str, ...], value: str) -> str:
        """Return a language tag or an empty text."""
        return self.matching(path, value, 35, _LANGUAGE, _("A language tag, as in de or en-GB."))

    def handle(self, path: tuple[str, ...], value: str) -> str:
        """Return the handle of a product or an empty text."""
        return self.matching(
            path, value, 255, _SLUG, _("Only letters without accents, digits, - and _.")
        )

    def country(self, path: tuple[str, ...], value: str) -> str:
        """Return a country code or an empty text."""
        return self.matching(path, value.upper(), 100, _CODE, _("Two capital letters, as in DE."))

    def email(self, path: tuple[str, ...], value: str) -> str:
        """Return an e-mail address or an empty text."""
        value = self.text(path, value, 254)
        try:
            if value:
                validate_email(value)
        except ValidationError:
            self.fail(path, _("This is not an e-mail address."))
        return value

    def url(self, path: tuple[str, ...], value: str, *, limit: int = 500) -> str:
        """Return an address that begins with http: or https:, or an empty text."""
        value = self.text(path, value, limit)
        try:
            if value:
                _valid_url(value)
        except ValidationError:
            self.fail(path, _("An address that begins with https: or http:."))
        return value

    def image(self, path: tuple[str, ...], value: str) -> str:
        """Return an https: address, a path below the static files, or an empty text."""
        value = self.text(path, value, 500)
        if value.startswith("https:"):
            return self.url(path, value)
        if value and (not _PATH.fullmatch(value) or value.startswith("/") or ".." in value):
            self.fail(path, _("An https: address, or a path below the static files."))
        return value

    def choice(self, path: tuple[str, ...], value: str, known: Iterable[str]) -> str:
        """Return one of the known words."""
        if value not in known:
            self.fail(
                path,
                _("“%(value)s” is not one of %(known)s.")
                % {"value": value[:50], "known": ", ".join(known)},
            )
        return value

    def options(self, path: tuple[str, ...], value: Mapping[str, Any]) -> dict[str, str]:
        """Return names and values of options, in the order of the names."""
        checked = {}
        for name, chosen in sorted(value.items()):
            here = (*path, str(name)[:50])
            checked[self.text(here, name, 100, needed=True)] = self.text(here, str(chosen), 300)
        return checked

    def tags(self, path: tuple[str, ...], value: tuple[str, ...]) -> tuple[str, ...]:
        """Return tags, each once, in the order given."""
        if len(value) > MOST_TAGS:
            self.fail(path, _("More than %(count)d tags.") % {"count": MOST_TAGS})
            return ()
        checked = (self.text(path, tag, TAG_LENGTH) for tag in value)
        return tuple(dict.fromkeys(tag for tag in checked if tag))

    def count(self, path: tuple[str, ...], value: int) -> int:
        """Return a number of pieces: at least 1."""
        if value < 1:
            self.fail(path, _("Must be at least 1; this is %(value)s.") % {"value": value})
        elif value > LARGEST_COUNT:
            self.fail(path, _("This number is too large."))
        return value

    def amount(self, path: tuple[str, ...], value: Decimal) -> Decimal:
        """Return an amount of at least 0 in the digits of the order's currency."""
        if value.is_nan():
            self.fail(path, _("This is no amount."))
        elif value.is_infinite() or value >= LARGEST_AMOUNT:
            self.fail(path, _("This amount is too large."))
        elif value < 0:
            self.fail(path, _("Must not be negative; this is %(value)s.") % {"value": value})
        elif (found := money.rounded(value, self.currency)) == value:
            return found
        else:
            message = _("%(value)s has more digits than %(currency)s.")
            self.fail(path, message % {"value": value, "currency": self.currency})
        return money.ZERO

    def percent(self, path: tuple[str, ...], value: Decimal | None) -> Decimal | None:
        """Return a tax rate in percent, or None where none was told."""
        if value is not None and not 0 <= value < 1000:
            self.fail(path, _("Must be a rate in percent, as in 19 or 8.875."))
        return value

    def moment(self, path: tuple[str, ...], value: datetime) -> datetime:
        """Return a time in UTC; one without a zone is in the store's."""
        if value.year < EARLIEST_YEAR:
            self.fail(path, _("This is before the year %(year)d.") % {"year": EARLIEST_YEAR})
            return self._latest
        if value.year > self._latest.year + 1:
            self.fail(path, _("This lies in the future."))
            return self._latest
        aware = value if value.tzinfo is not None else value.replace(tzinfo=self._zone)
        if aware > self._latest:
            self.fail(path, _("This lies in the future."))
        return aware.astimezone(UTC)

    def unique(self, path: tuple[str, ...], external_ids: Iterable[str]) -> None:
        """Note ids that occur more than once; empty ones are none."""
        for name, count in Counter(name for name in external_ids if name).items():
            if count > 1:
                self.fail(path, _("The id “%(id)s” occurs twice.") % {"id": name[:50]})

    def moment_or_none(self, path: tuple[str, ...], value: datetime | None) -> datetime | None:
        """Return a time as `moment` does; None stays None."""
        return None if value is None else self.moment(path, value)


def _storable(value: str) -> bool:
    """Whether PostgreSQL takes the text: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
