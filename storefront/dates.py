"""Days and times as the reader of a page writes them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from returns.locales import Reader


def reader() -> Reader:
    """Return who reads the page that is being made."""
    return Reader.of(get_language() or "en")


def day(when: date) -> str:
    """Return the day in full, as in `November 22, 2026`."""
    return reader().date(when)


def short_day(when: date, zone: ZoneInfo) -> str:
    """Return the day without the year while it is this year's in `zone`, as in `Nov 22`."""
    this_year = timezone.now().astimezone(zone).year
    skeleton = "MMMd" if when.year == this_year else "yMMMd"
    return format_skeleton(skeleton, when, locale=reader().locale)


def short_day_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment by the clocks of `zone`, without this year's number."""
    return short_day(moment.astimezone(zone).date(), zone)


def day_of(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment, as the clocks of `zone` had it."""
    return day(moment.astimezone(zone).date())


def moment(when: datetime, zone: ZoneInfo) -> str:
    """Return day and time by the clocks of `zone`, as in `November 22, 2026 at 4:02 PM`."""
    time = format_time(when.astimezone(zone), "short", locale=reader().locale)
    return _("%(day)s at %(time)s") % {"day": day_of(when, zone), "time": time}
