"""How dates, money and countries are written for one reader of a document or mail."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.languages import get_official_languages
from babel.localedata import exists
from babel.units import format_unit
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from orders import addresses, money


@dataclass(frozen=True)
class Reader:
    """Somebody who reads: `language` is what our texts are translated to, `locale` the rest."""

    language: str
    locale: Locale

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, tag: str, country: str = "") -> Self:
        """Return the reader of the language `tag` (such as `de-at`).

        country: where the store is (ISO 3166). A tag without a country is written as there, if it
        is an official language there: `en` of a store in GB has 6 December, not December 6.
        A language that our texts do not have falls back to the installation's, together with its
        dates and money: a document in two languages at once reads like a mistake.
        """
        try:
            language = get_supported_language_variant(tag)
            locale = Locale.parse(tag.replace("-", "_"))
        except (LookupError, UnknownLocaleError, ValueError):
            language = settings.LANGUAGE_CODE
            locale = Locale.parse(language.replace("-", "_"))
        return cls(language, _regional(locale, country))

    @classmethod
    @lru_cache(maxsize=64)
    def of_own(cls, language: str, country: str = "") -> Self:
        """Return the reader of a text that exists in more languages than the sites do.

        language: one in which that text exists whole. country: as for `of`.
        """
        return cls(language, _regional(Locale.parse(language), country))

    def date(self, day: datetime.date) -> str:
        """Return the day as in `6 December 2026`."""
        return format_date(day, "long", locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """Return the amount, in major units of `currency`, as in `€12.50`."""
        return money.formatted(amount, currency, str(self.locale))

    def weight(self, grams: int) -> str:
        """Return a weight as in `1.2 kg`."""
        kilograms = Decimal(grams) / 1000
        return format_unit(kilograms, "kilogram", length="short", locale=self.locale)

    def country(self, code: str) -> str:
        """Return the name of the country with the ISO 3166 `code`; an unknown one as it is."""
        return str(self.locale.territories.get(code.upper(), code))

    def address(self, address: Mapping[str, Any]) -> list[str]:
        """Return the lines of an address (keys as in `orders.addresses`) with its country."""
        return addresses.lines(address, self.country)


def _regional(locale: Locale, country: str) -> Locale:
    """Return a locale as it is written in a country whose official language it is."""
    regional = f"{locale.language}_{country}"
    official = get_official_languages(country, regional=True, de_facto=True)
    if locale.territory is None and locale.language in official and exists(regional):
        return Locale.parse(regional)
    return locale
