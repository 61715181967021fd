"""Until when a contract can be withdrawn from, and by when the money has to be back. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from orders.models import Fulfillment
from returns.models import WithdrawalFunction

# Article 13(1): from the day on which the trader is told.
REFUND_DAYS: Final = 14

_SATURDAY: Final = 5


def last_day(
    parcels: Sequence[Fulfillment],
    function: WithdrawalFunction,
    zone: ZoneInfo,
    *,
    is_all_sent: bool,
) -> date | None:
    """Return the last day of the withdrawal period in `zone`; None while it has not begun.

    It begins when the last good is delivered (Article 9(2)(b)); that day does not count, and a
    period that would end on a weekend ends on the Monday after (Regulation 1182/71, Article 3).
    Public holidays are not known here: then a person sees a statement flagged one day too soon.
    """
    if not parcels or not is_all_sent:
        return None
    transit = timedelta(days=function.transit_days)
    delivered = [parcel.delivered_at or parcel.shipped_at + transit for parcel in parcels]
    day = max(delivered).astimezone(zone).date() + timedelta(days=function.days)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)


def refund_by(received_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day to pay back what a statement of that moment is about, in `zone`."""
    return received_at.astimezone(zone).date() + timedelta(days=REFUND_DAYS)
