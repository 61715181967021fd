"""Rounding and splitting amounts of money. Decimals only, never floats.

Amounts are in major units (12.50 is twelve euros fifty) of the currency named beside them.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from math import lcm

from babel.core import Locale, UnknownLocaleError, get_global
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language

ZERO = Decimal(0)
# Digits before the point that an amount may have: as many as its column (orders/models/fields.py).
WHOLE_DIGITS = 15


@cache
def smallest_unit(currency: str) -> Decimal:
    """Return the smallest amount of `currency`: 1 for JPY, 0.01 for EUR, 0.001 for KWD.

    The digits are those of the Unicode CLDR, which Babel carries.
    """
    return Decimal(1).scaleb(-get_currency_precision(currency))


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 currency that Babel knows."""
    return code in get_global("all_currencies")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return `amount` in the digits of `currency`; halves away from zero, as receipts do."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


def rounded_down(amount: Decimal, currency: str) -> Decimal:
    """Return what of `amount` (at least 0) can be paid in `currency`: the rest is cut off."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_DOWN)


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether `amount` can be paid and stored: no more digits than `currency` knows.

    False too for what is no amount at all (NaN, Infinity) and for 10^15 and more.
    """
    if not amount.is_finite() or amount.adjusted() >= WHOLE_DIGITS:
        return False
    return amount == rounded(amount, currency)


def split(total: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Split `total` in proportion to `weights` so that the parts sum to it exactly.

    Method of the largest remainder: each part is cut to the currency's digits, and the units left
    over go to the parts that lost most; among equals to the earlier one. `total` itself is rounded
    to the currency first. With all weights 0 the first part takes everything.

    Raises ValueError for a negative total or weight, or for no weights at all.
    """
    if not weights or total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("split() takes an amount and weights of at least 0.")
    unit = smallest_unit(currency)
    units = int(rounded(total, currency) / unit)
    # Whole numbers: the digits of a total and a weight together may be too many for Decimals.
    parts = _whole_numbers(weights)
    whole = sum(parts)
    if not whole:
        return [units * unit] + [ZERO * unit] * (len(weights) - 1)
    shares = [divmod(units * part, whole) for part in parts]
    counts = [count for count, _rest in shares]
    by_loss = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_loss[: units - sum(counts)]:
        counts[index] += 1
    return [count * unit for count in counts]


def _whole_numbers(weights: Sequence[Decimal | int]) -> list[int]:
    """Return whole numbers in the same proportion to each other."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    common = lcm(*(below for _above, below in ratios))
    return [above * (common // below) for above, below in ratios]


def share_of_pieces(total: Decimal, pieces: int, start: int, count: int, currency: str) -> Decimal:
    """Return what pieces `start` to `start + count` (from 0) are worth of a line of `pieces`.

    The same numbers as `split(total, [1] * pieces, currency)[start:start + count]` summed, without
    the list: the first pieces carry the odd units, so taking them one after the other gives back
    exactly the line.

    Raises ValueError for a negative total, a line without pieces, or pieces beyond the line.
    """
    if total < 0 or pieces < 1 or not 0 <= start <= start + count <= pieces:
        raise ValueError(f"Pieces {start} to {start + count} are not within {pieces} of {total}.")
    unit = smallest_unit(currency)
    units = int(rounded(total, currency) / unit)
    each, odd = divmod(units, pieces)
    carrying = max(0, min(start + count, odd) - min(start, odd))
    return (each * count + carrying) * unit


def share_of_each(total: Decimal, pieces: int, which: Sequence[int], currency: str) -> Decimal:
    """Return what pieces with these numbers (from 0, each once) are worth of a line of `pieces`.

    As `share_of_pieces` has it, for pieces that do not lie beside each other.
    Raises ValueError for a negative total, a line without pieces, or pieces beyond the line.
    """
    if total < 0 or pieces < 1 or any(not 0 <= piece < pieces for piece in which):
        raise ValueError(f"Pieces {which} are not within {pieces} of {total}.")
    unit = smallest_unit(currency)
    each, odd = divmod(int(rounded(total, currency) / unit), pieces)
    return (each * len(which) + sum(piece < odd for piece in which)) * unit


def minor_units(amount: Decimal, currency: str) -> int:
    """Return `amount` in the smallest unit of `currency`: 1250 for 12.50 EUR, 12 for 12 JPY."""
    return int(rounded(amount, currency) / smallest_unit(currency))


def taxes_of_first(
    taxes: Sequence[Decimal], pieces: int, count: int, currency: str
) -> list[Decimal]:
    """Return what of each tax of a line of `pieces` belongs to its first `count` pieces.

    Each stored amount is split by itself. The odd units of a tax go on at the piece where those of
    the tax before it ended, so that the taxes of a piece sum to the piece's share of all tax:
    `share_of_pieces(sum(taxes), pieces, 0, count, currency)`. With every tax's odd units on the
    first pieces, a cheap piece could bear more tax than it cost.

    taxes: of the whole line, exact in `currency`. Raises ValueError for a count beyond the line.
    """
    if pieces < 1 or not 0 <= count <= pieces:
        raise ValueError(f"{count} pieces are not within {pieces}.")
    unit = smallest_unit(currency)
    shares, first = [], 0
    for tax in taxes:
        each, odd = divmod(int(tax / unit), pieces)
        end = first + odd
        carrying = min(end, pieces, count) - min(first, count) + min(max(end - pieces, 0), count)
        shares.append((each * count + carrying) * unit)
        first = end % pieces
    return shares


def outstanding(total: Decimal, captured: Decimal, rows: int, currency: str) -> Decimal:
    """Return what the buyer still has to pay of an order: 0 unless it is more than rounding.

    Shops round per line, per tax or per order, and cash sales to the nearest coin, so payments
    miss the sum of an order's parts by a little. That must never cut a refund: a difference of up
    to one unit per row (lines and shipping) or up to a hundredth of the total counts as paid.
    """
    missing = rounded(total, currency) - captured
    noise = max(rows * smallest_unit(currency), total / 100)
    return missing if missing > noise else ZERO


@lru_cache(maxsize=4096)  # Babel takes as long for one amount as a template for a row of a list
def formatted(amount: Decimal, currency: str, language: str) -> str:
    """Return `amount` as people of `language` (such as `de` or `en-gb`) write it.

    Orders come in any language: those that the Unicode CLDR does not know are read as English.
    """
    return format_currency(amount, currency, locale=_locale(language))


def localized(amount: Decimal, currency: str) -> str:
    """Return `amount`, in major units of `currency`, as readers of the active language write it."""
    return formatted(amount, currency, get_language() or "en")


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
