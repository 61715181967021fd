"""Business days, by real calendars."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.policies.business_days import end_of_period, next_business_day


@pytest.mark.parametrize(
    ("day", "country", "region", "expected"),
    [
        (date(2026, 11, 25), "DE", "", date(2026, 11, 25)),
        (date(2026, 11, 28), "DE", "", date(2026, 11, 30)),
        (date(2026, 12, 25), "DE", "", date(2026, 12, 28)),
        (date(2026, 12, 25), "gb", "", date(2026, 12, 29)),  # Boxing Day is made up for
        (date(2027, 1, 6), "DE", "BY", date(2027, 1, 7)),
        (date(2027, 1, 6), "DE", "Bayern", date(2027, 1, 7)),
        (date(2027, 1, 6), "DE", "Atlantis", date(2027, 1, 6)),
        (date(2026, 12, 25), "", "", date(2026, 12, 25)),
        (date(2026, 12, 26), "ZZ", "", date(2026, 12, 28)),
        (date(2026, 11, 27), "AE", "", date(2026, 11, 27)),
        (date(2026, 11, 28), "AE", "", date(2026, 11, 30)),
    ],
)
def test_next_business_day(day: date, country: str, region: str, expected: date) -> None:
    assert next_business_day(day, country, region) == expected


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    country=st.sampled_from(["DE", "AT", "FR", "IT", "ES", "SE", "GB", "HU", ""]),
)
def test_end_of_period_is_a_working_day_soon_after(day: date, country: str) -> None:
    end = end_of_period(day, [(country, "")])
    assert timedelta() <= end - day <= timedelta(days=9)
    assert end.weekday() < 5
    assert end_of_period(end, [(country, "")]) == end
    if country:
        assert end not in holidays.country_holidays(country, years=end.year)
