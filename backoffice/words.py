"""Amounts, moments and days in the reader's language and the active time zone."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_timedelta
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import get_language

from orders.money import localized
from returns.locales import Reader

TIMES = "\N{MULTIPLICATION SIGN}"


def counted(count: int, what: object) -> str:
    """Return a number of things, as in `2 × Linen shirt`."""  # noqa: RUF002
    return f"{count} {TIMES} {what}"


def amount_words(amount: Decimal, currency: str) -> str:
    """Return an amount (major units of `currency`) as the reader writes it."""
    return localized(amount, currency)


def moment_words(at: datetime | None) -> str:
    """Return a moment in the active time zone; "" for None."""
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def day_words(day: date | None) -> str:
    """Return a day; "" for None."""
    return _day_in(day, get_language()) if day else ""


@lru_cache(maxsize=1024)
def _day_in(day: date, _language: str | None) -> str:
    """Write a day in the active language once: lists repeat few of them on all rows."""
    return date_format(day, "SHORT_DATE_FORMAT")


def ago_words(at: datetime) -> str:
    """Return how long ago a moment was, in its largest unit, as in `2 days ago`."""
    locale = Reader.of(get_language() or "en").locale
    return format_timedelta(at - now(), add_direction=True, locale=locale)
