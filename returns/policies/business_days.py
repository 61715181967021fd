"""Which days are business days where: weekends and public holidays, from the package `holidays`."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import holidays

from orders.models import Order

# A country (ISO 3166 code) and a region in it, as an address has them; "" for unknown.
Place = tuple[str, str]

# A day that no calendar needs more than a fortnight to follow with a business day.
_MOST_STEPS = 31
_SATURDAY = 5


def next_business_day(day: date, country: str, region: str = "") -> date:
    """Return the day itself if it is a business day there, else the next one.

    country: ISO 3166 code; where it is unknown, Saturdays and Sundays alone count. region: a code
    or name of its part as `holidays` knows it, otherwise the holidays of the whole country count.
    """
    for _step in range(_MOST_STEPS):
        if not _is_free(day, country, region):
            break
        day += timedelta(days=1)
    return day


def _is_free(day: date, country: str, region: str) -> bool:
    calendar = _calendar(country.upper(), region.strip(), day.year)
    if calendar is None:
        return day.weekday() >= _SATURDAY
    return not calendar.is_working_day(day)


@lru_cache(maxsize=512)
def _calendar(country: str, region: str, year: int) -> holidays.HolidayBase | None:
    """Return the holidays of one year; None for a country that the package does not have."""
    for subdivision in (region, None):
        try:
            return holidays.country_holidays(country, subdiv=subdivision or None, years=year)
        except NotImplementedError:
            continue
    return None


def places_of(order: Order) -> list[Place]:
    """Return whose public holidays count for a period of the law: the buyer's and the store's.

    The law does not say whether something is done where the buyer writes or where the store reads.
    The parcel went to the buyer; without its address, the invoice did. `store` should be loaded.
    """
    address = order.shipping_address or order.billing_address
    buyer = (str(address.get("country") or ""), str(address.get("region") or ""))
    return [buyer, (order.store.country, order.store.region)]


def end_of_period(day: date, places: Iterable[Place]) -> date:
    """Return the day with whose last hour a period ends that was counted to `day`.

    Regulation (EEC, Euratom) 1182/71, Article 3(4): not on a public holiday, Sunday or Saturday,
    but on the following working day. Public holidays are those of the country where action is to
    be taken (Article 2(1)); where that may be one of several places, the latest end counts.
    Without a place, weekends alone do. (That a period holds two working days, Article 3(5), is so
    in any fortnight.)
    """
    return max(_working_day(day, *place) for place in {*places, ("", "")})


def _working_day(day: date, country: str, region: str) -> date:
    """Return the day itself if it is a working day by that law, else the next one."""
    free = (country.upper(), region.strip())
    for _step in range(_MOST_STEPS):
        if day.weekday() < _SATURDAY and day not in _public_holidays(*free, day.year):
            break
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def _public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    """Return the public holidays of a region; none of a country that the package does not have.

    Where the region is not known a day counts that is a public holiday in any part of the country:
    nobody's period is cut short.
    """
    if region:
        try:
            return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
        except NotImplementedError:
            pass
    nationwide = _calendar(country, "", year)
    if nationwide is None:
        return frozenset()
    parts = (
        holidays.country_holidays(country, subdiv=part, years=year)
        for part in nationwide.subdivisions
    )
    return frozenset(nationwide).union(*parts)
