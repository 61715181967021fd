"""Texts of a file as numbers, times and yes or no; each raises ValueError with a message."""

import re
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

_AMOUNT = re.compile(r"[+-]?\d{1,18}(\.\d{1,10})?")
_COUNT = re.compile(r"[+-]?\d{1,12}")
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"no", "false", "0", "n"})
_SHOWN = 50


def amount(text: str) -> Decimal:
    """Return an amount such as 12.50; empty is 0."""
    if not text:
        return Decimal(0)
    if not _AMOUNT.fullmatch(text) or not text.isascii():
        message = _("“%(text)s” is not an amount; write it as 1234.50.")
        raise ValueError(message % {"text": text[:_SHOWN]})
    return Decimal(text)


def amount_or_none(text: str) -> Decimal | None:
    """Return an amount; empty is None."""
    return amount(text) if text else None


def needed_amount(text: str) -> Decimal:
    """Return an amount that may not be empty."""
    if not text:
        raise ValueError(_("This is missing."))
    return amount(text)


def words(text: str) -> tuple[str, ...]:
    """Return words that are parted by semicolons, as in `sale; summer`."""
    return tuple(word.strip() for word in text.split(";") if word.strip())


def count(text: str) -> int:
    """Return a whole number."""
    if not text:
        raise ValueError(_("This is missing."))
    if not _COUNT.fullmatch(text) or not text.isascii():
        raise ValueError(_("“%(text)s” is not a whole number.") % {"text": text[:_SHOWN]})
    return int(text)


def count_or_none(text: str) -> int | None:
    """Return a whole number; empty is None."""
    return count(text) if text else None


def moment(text: str) -> datetime:
    """Return a time written as 2026-11-22, 2026-11-22 14:05 or 2026-11-22T14:05:00+01:00.

    `+0100` after a space, as Shopify writes it, is understood too. Without a zone it is naive.
    """
    if not text:
        raise ValueError(_("This is missing."))
    try:
        return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text))
    except ValueError as error:
        message = _("“%(text)s” is not a time; write it as 2026-11-22 14:05.")
        raise ValueError(message % {"text": text[:_SHOWN]}) from error


def moment_or_none(text: str) -> datetime | None:
    """Return a time; empty is None."""
    return moment(text) if text else None


def flag(text: str) -> bool:
    """Return yes or no as a truth value; true, false, 1 and 0 are understood too."""
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError(_("“%(text)s” is neither yes nor no.") % {"text": text[:_SHOWN]})
    return word in _YES


def flag_or_none(text: str) -> bool | None:
    """Return yes or no; empty is None."""
    return flag(text) if text else None


def pairs(text: str) -> dict[str, str]:
    """Return names and values written as `Size: M; Colour: Sage`."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, value = part.partition(":")
        if not colon or not name.strip():
            message = _("“%(text)s” is no option; write it as Size: M; Colour: Sage.")
            raise ValueError(message % {"text": part[:_SHOWN]})
        found[name.strip()] = value.strip()
    return found
