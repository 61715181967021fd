"""Which days are business days where: weekends and public holidays, from the package `holidays`."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

# A day that no calendar needs more than a fortnight to follow with a business day.
_MOST_STEPS = 31


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
        return day.weekday() >= 5
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
