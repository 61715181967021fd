"""Dates, money and addresses as different readers expect them."""

import datetime
from decimal import Decimal

import pytest

from returns.locales import Reader

DAY = datetime.date(2026, 12, 6)


@pytest.mark.parametrize(
    ("tag", "country", "date", "amount"),
    [
        ("en", "", "December 6, 2026", "€1,234.50"),
        ("en", "GB", "6 December 2026", "€1,234.50"),
        ("en", "US", "December 6, 2026", "€1,234.50"),
        ("en", "DE", "December 6, 2026", "€1,234.50"),
        ("en-us", "GB", "December 6, 2026", "€1,234.50"),
        ("de", "", "6. Dezember 2026", "1.234,50\xa0€"),
        ("de", "DE", "6. Dezember 2026", "1.234,50\xa0€"),
        ("de", "GB", "6. Dezember 2026", "1.234,50\xa0€"),
        ("de-at", "DE", "6. Dezember 2026", "€\xa01.234,50"),
        ("fr", "FR", "December 6, 2026", "€1,234.50"),
        ("not a language", "XX", "December 6, 2026", "€1,234.50"),
        ("", "", "December 6, 2026", "€1,234.50"),
    ],
)
def test_dates_and_money_are_written_as_the_reader_writes_them(
    tag: str, country: str, date: str, amount: str
) -> None:
    reader = Reader.of(tag, country)
    written = (reader.date(DAY), reader.money(Decimal("1234.50"), "EUR"))
    assert written == (date, amount)


def test_money_has_the_digits_of_its_currency() -> None:
    reader = Reader.of("de")
    amounts = [reader.money(Decimal(5), code) for code in ("JPY", "KWD")]
    assert amounts == ["5\xa0¥", "5,000\xa0KWD"]


def test_country_is_named_in_the_readers_language() -> None:
    assert [Reader.of(tag).country("DE") for tag in ("en", "de")] == ["Germany", "Deutschland"]
    assert Reader.of("en").country("QQ") == "QQ"


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("DE", ["BA1 1AA Bath", "Somerset", "Germany"]),
        ("GB", ["Bath", "Somerset", "BA1 1AA", "United Kingdom"]),
        ("US", ["Bath, Somerset BA1 1AA", "United States"]),
        ("", ["BA1 1AA Bath", "Somerset"]),
    ],
)
def test_address_follows_its_country(country: str, place: list[str]) -> None:
    address = {
        "name": "Jo Fox",
        "company": "",
        "line1": "1 High St",
        "line2": None,
        "postal_code": "BA1 1AA",
        "city": "Bath",
        "region": "Somerset",
        "country": country,
        "phone": "not printed",
    }
    assert Reader.of("en").address(address) == ["Jo Fox", "1 High St", *place]


def test_address_of_almost_nothing_has_no_empty_lines() -> None:
    assert Reader.of("en").address({"city": "Bath", "country": "US"}) == ["Bath", "United States"]
    assert Reader.of("en").address({}) == []
