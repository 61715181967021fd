"""Rounding and splitting: no cent may appear or vanish, in currencies of 0, 2, 3 and 4 digits."""

from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from orders.money import (
    formatted,
    is_currency,
    is_exact,
    localized,
    minor_units,
    outstanding,
    rounded,
    rounded_down,
    share_of_each,
    share_of_pieces,
    smallest_unit,
    split,
    taxes_of_first,
)

CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
# What a column of 19 digits, 4 of them decimals, can hold.
AMOUNTS = st.decimals(min_value=0, max_value=Decimal("999999999999999.9999"), places=4)
WEIGHTS = st.lists(AMOUNTS | st.integers(0, 10**6), min_size=1, max_size=12)


def amounts(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("currency", "unit"), [("JPY", "1"), ("EUR", "0.01"), ("KWD", "0.001"), ("CLF", "0.0001")]
)
def test_smallest_unit(currency: str, unit: str) -> None:
    assert smallest_unit(currency) == Decimal(unit)


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.004999", "EUR", "0.00"),
        ("2.345", "EUR", "2.35"),
        ("2.335", "EUR", "2.34"),
        ("-0.005", "EUR", "-0.01"),
        ("0.5", "JPY", "1"),
        ("1234.4", "JPY", "1234"),
        ("0.0005", "KWD", "0.001"),
        ("7", "EUR", "7.00"),
    ],
)
def test_rounded_takes_halves_away_from_zero(amount: str, currency: str, result: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == result


def test_rounded_down_never_pays_more_than_there_is() -> None:
    assert rounded_down(Decimal("10.0099"), "EUR") == Decimal("10.00")
    assert rounded_down(Decimal("10.9"), "JPY") == Decimal(10)


@pytest.mark.parametrize(
    ("amount", "currency", "exact"),
    [
        ("1.23", "EUR", True),
        ("1.2300", "EUR", True),
        ("1.234", "EUR", False),
        ("1.234", "KWD", True),
        ("1.5", "JPY", False),
        ("0", "JPY", True),
        ("999999999999999.99", "EUR", True),
        ("1E+15", "EUR", False),
        ("1E+999999", "EUR", False),
        ("1E-999999", "EUR", False),
        ("NaN", "EUR", False),
        ("sNaN", "EUR", False),
        ("Infinity", "EUR", False),
        ("-Infinity", "EUR", False),
    ],
)
def test_is_exact(amount: str, currency: str, exact: bool) -> None:
    assert is_exact(Decimal(amount), currency) is exact


@pytest.mark.parametrize(
    ("code", "known"), [("EUR", True), ("JPY", True), ("eur", False), ("XYZ", False), ("", False)]
)
def test_is_currency(code: str, known: bool) -> None:
    assert is_currency(code) is known


@pytest.mark.parametrize(
    ("total", "weights", "currency", "parts"),
    [
        ("10.00", [1, 1, 1], "EUR", ["3.34", "3.33", "3.33"]),
        ("0.05", [1, 1, 1], "EUR", ["0.02", "0.02", "0.01"]),
        ("100", [1, 1, 1], "JPY", ["34", "33", "33"]),
        ("1", [1, 2], "KWD", ["0.333", "0.667"]),
        ("1.00", [1, 5, 1], "EUR", ["0.14", "0.72", "0.14"]),
        ("9.99", [0, 0], "EUR", ["9.99", "0.00"]),
        ("9.99", [0, 1], "EUR", ["0.00", "9.99"]),
        ("0", [3, 4], "EUR", ["0.00", "0.00"]),
    ],
)
def test_split_gives_odd_units_to_who_lost_most(
    total: str, weights: list[int], currency: str, parts: list[str]
) -> None:
    assert split(Decimal(total), weights, currency) == amounts(*parts)


@pytest.mark.parametrize(
    ("total", "weights"),
    [(Decimal("-0.01"), [1]), (Decimal(1), [1, -1]), (Decimal(1), [])],
)
def test_split_of_what_is_no_amount_is_refused(total: Decimal, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        split(total, weights, "EUR")


@given(total=AMOUNTS, weights=WEIGHTS, currency=CURRENCIES)
def test_split_parts_sum_to_the_whole(
    total: Decimal, weights: list[Decimal | int], currency: str
) -> None:
    parts = split(total, weights, currency)

    assert len(parts) == len(weights)
    assert sum(parts) == rounded(total, currency)
    assert all(part >= 0 and is_exact(part, currency) for part in parts if part < 10**15)


@given(total=AMOUNTS, weights=WEIGHTS, currency=CURRENCIES)
def test_split_is_fair_to_the_unit(
    total: Decimal, weights: list[Decimal | int], currency: str
) -> None:
    whole = sum(Decimal(weight) for weight in weights)
    if not whole:
        return
    units = int(rounded(total, currency) / smallest_unit(currency))
    for part, weight in zip(split(total, weights, currency), weights, strict=True):
        got = int(part / smallest_unit(currency))
        # Compared without dividing, so exactly: |got - units x weight / whole| < 1.
        scaled = abs(got * int(whole * 10**4) - units * int(weight * 10**4))
        assert scaled < int(whole * 10**4)


@given(
    total=AMOUNTS,
    pieces=st.integers(1, 200),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    currency=CURRENCIES,
)
def test_share_of_pieces_equals_sums_of_split(
    total: Decimal, pieces: int, cuts: list[int], currency: str
) -> None:
    each = split(total, [1] * pieces, currency)
    borders = sorted({0, pieces, *(min(cut, pieces) for cut in cuts)})
    spans = list(pairwise(borders))

    shares = [share_of_pieces(total, pieces, low, high - low, currency) for low, high in spans]

    assert shares == [sum(each[low:high]) for low, high in spans]
    assert sum(shares) == rounded(total, currency)


@given(gross=AMOUNTS, data=st.data(), pieces=st.integers(1, 50), currency=CURRENCIES)
def test_share_of_tax_is_never_more_than_the_share_it_is_in(
    gross: Decimal, data: st.DataObject, pieces: int, currency: str
) -> None:
    tax = data.draw(st.decimals(min_value=0, max_value=gross, places=4))
    start = data.draw(st.integers(0, pieces))
    count = data.draw(st.integers(0, pieces - start))

    span = (pieces, start, count, currency)

    assert share_of_pieces(tax, *span) <= share_of_pieces(gross, *span)


@pytest.mark.parametrize(
    ("total", "pieces", "start", "count"),
    [
        ("1", 3, 2, 2),
        ("1", 3, -1, 1),
        ("1", 3, 1, -1),
        ("1", 3, 4, 0),
        ("1", 0, 0, 0),
        ("-1", 1, 0, 1),
    ],
)
def test_share_of_pieces_beyond_the_line_is_refused(
    total: str, pieces: int, start: int, count: int
) -> None:
    with pytest.raises(ValueError, match="not within"):
        share_of_pieces(Decimal(total), pieces, start, count, "EUR")


@pytest.mark.parametrize(
    ("count", "shares"),
    [(0, ["0", "0"]), (1, ["0.63", "1.24"]), (2, ["1.25", "2.49"])],
)
def test_odd_cents_of_a_tax_go_on_where_those_of_the_tax_before_ended(
    count: int, shares: list[str]
) -> None:
    assert taxes_of_first(amounts("1.25", "2.49"), 2, count, "EUR") == amounts(*shares)


@given(
    taxes=st.lists(st.decimals(0, 500, places=2), max_size=5),
    pieces=st.integers(1, 30),
    data=st.data(),
)
def test_taxes_of_pieces_sum_to_their_share_of_all_tax(
    taxes: list[Decimal], pieces: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, pieces))

    shares = taxes_of_first(taxes, pieces, count, "EUR")

    total = sum(taxes, Decimal(0))
    assert sum(shares) == share_of_pieces(total, pieces, 0, count, "EUR")
    assert taxes_of_first(taxes, pieces, pieces, "EUR") == taxes
    # Each tax is split by itself: no piece is a cent or more from its even share.
    before = taxes_of_first(taxes, pieces, max(count - 1, 0), "EUR")
    for share, earlier, tax in zip(shares, before, taxes, strict=True):
        assert not count or abs((share - earlier) * pieces - tax) < Decimal("0.01") * pieces


def test_taxes_of_pieces_beyond_the_line_are_refused() -> None:
    with pytest.raises(ValueError, match="not within"):
        taxes_of_first([], 2, 3, "EUR")


@pytest.mark.parametrize(
    ("captured", "rows", "missing"),
    [
        ("10.00", 2, "0"),
        ("9.98", 2, "0"),
        ("9.90", 2, "0"),
        ("9.89", 2, "0.11"),
        ("9.86", 14, "0"),
        ("0", 2, "10.00"),
        ("11.00", 2, "0"),
    ],
)
def test_outstanding_is_what_is_more_than_rounding(captured: str, rows: int, missing: str) -> None:
    assert outstanding(Decimal(10), Decimal(captured), rows, "EUR") == Decimal(missing)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.5", "EUR", "de", "1.234,50 €"),
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234.5", "GBP", "en-gb", "£1,234.50"),
        ("1234.5", "CHF", "de-CH", "CHF 1\u2019234.50"),
        ("1234", "JPY", "ja", "￥1,234"),
        ("1.234", "KWD", "de", "1,234 KWD"),
        ("-5", "EUR", "de", "-5,00 €"),
        ("5", "EUR", "zh-hans", "€5.00"),
        ("5", "EUR", "de_AT", "€ 5,00"),
        ("5", "EUR", "xx", "€5.00"),
        ("5", "EUR", "no language", "€5.00"),
        ("5", "EUR", "", "€5.00"),
    ],
)
def test_formatted_as_the_language_writes_it(
    amount: str, currency: str, language: str, text: str
) -> None:
    assert formatted(Decimal(amount), currency, language).replace("\xa0", " ") == text


@pytest.mark.parametrize(("language", "text"), [("en", "€12.50"), ("de", "12,50 €")])
def test_localized_in_the_language_of_the_reader(language: str, text: str) -> None:
    with translation.override(language):
        assert localized(Decimal("12.5"), "EUR").replace("\xa0", " ") == text


def test_pieces_anywhere_in_a_line_are_worth_what_each_is() -> None:
    total = Decimal("10.00")
    assert share_of_each(total, 3, [0], "EUR") == Decimal("3.34")
    assert share_of_each(total, 3, [2, 0], "EUR") == Decimal("6.67")
    assert share_of_each(total, 3, [], "EUR") == 0
    assert share_of_each(total, 3, range(3), "EUR") == total
    with pytest.raises(ValueError, match="not within 3"):
        share_of_each(total, 3, [3], "EUR")


def test_minor_units_are_those_of_the_currency() -> None:
    units = [minor_units(Decimal("12.345"), code) for code in ("EUR", "JPY", "KWD")]
    assert units == [1235, 12, 12345]
