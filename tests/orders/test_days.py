"""Where days begin and end in a time zone."""

import datetime
from zoneinfo import ZoneInfo

from orders import days

BERLIN = ZoneInfo("Europe/Berlin")


def test_day_of_the_change_to_winter_time_is_25_hours_long() -> None:
    day = datetime.date(2026, 10, 25)
    assert days.begins(day, BERLIN).astimezone(datetime.UTC) == datetime.datetime(
        2026, 10, 24, 22, tzinfo=datetime.UTC
    )
    assert days.ends(day, BERLIN).astimezone(datetime.UTC) == datetime.datetime(
        2026, 10, 25, 23, tzinfo=datetime.UTC
    )


def test_last_day_of_the_calendar_ends() -> None:
    last = days.ends(datetime.date.max, BERLIN)
    assert last == datetime.datetime.max.replace(tzinfo=BERLIN)
