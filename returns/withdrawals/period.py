"""Until when a contract can be withdrawn from, and by when the money has to be back. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from orders.models import Fulfillment
from returns.models import WithdrawalFunction
from returns.policies.business_days import Place, end_of_period

# Article 13(1): from the day on which the trader is told.
REFUND_DAYS: Final = 14


def last_day(
    parcels: Sequence[Fulfillment],
    function: WithdrawalFunction,
    zone: ZoneInfo,
    *,
    is_all_sent: bool,
    places: Sequence[Place],
) -> date | None:
    """Return the last day of the withdrawal period in `zone`; None while it has not begun.

    It begins when the last good is delivered (Article 9(2)(b)); that day does not count
    (Regulation 1182/71, Article 3(1)), and a period that would end on a Saturday, Sunday or public
    holiday ends with the working day after (Article 3(4), `business_days.end_of_period`).
    places: where it is to be declared, the buyer's and the store's.
    """
    if not parcels or not is_all_sent:
        return None
    transit = timedelta(days=function.transit_days)
    delivered = [parcel.delivered_at or parcel.shipped_at + transit for parcel in parcels]
    day = max(delivered).astimezone(zone).date() + timedelta(days=function.days)
    return end_of_period(day, places)


def refund_by(received_at: datetime, zone: ZoneInfo) -> date:
    """Return the last day to pay back what a statement of that moment is about, in `zone`."""
    return received_at.astimezone(zone).date() + timedelta(days=REFUND_DAYS)
