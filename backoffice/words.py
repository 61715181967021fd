"""Amounts, moments and days in the reader's language and the active time zone."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.timezone import localtime

from orders.money import localized

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
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""
