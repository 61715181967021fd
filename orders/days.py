"""Days of the calendar in a time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day in `zone`."""
    return datetime.combine(day, time.min, tzinfo=zone)


def ends(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment after a day in `zone` (of the calendar's last day, its last)."""
    if day == date.max:
        return datetime.combine(day, time.max, tzinfo=zone)
    return begins(day + timedelta(days=1), zone)
