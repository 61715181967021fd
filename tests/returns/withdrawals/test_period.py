"""When the withdrawal period ends, by the clocks of the store."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from orders.models import Fulfillment
from returns.models import WithdrawalFunction
from returns.policies.business_days import Place
from returns.withdrawals import period

BERLIN = ZoneInfo("Europe/Berlin")


def parcel(shipped: datetime, delivered: datetime | None = None) -> Fulfillment:
    return Fulfillment(shipped_at=shipped, delivered_at=delivered)


def day(number: int, hour: int = 12) -> datetime:
    """Return a moment in November 2026, whose first is a Sunday."""
    return datetime(2026, 11, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("delivered", "ends"),
    [
        (day(2), date(2026, 11, 16)),  # Monday
        (day(6), date(2026, 11, 20)),  # Friday
        (day(7), date(2026, 11, 23)),  # would end on a Saturday
        (day(8), date(2026, 11, 23)),  # would end on a Sunday
        (day(2, hour=23), date(2026, 11, 17)),  # the 3rd in Berlin
    ],
)
def test_period_ends_with_the_14th_day_or_the_monday_after(delivered: datetime, ends: date) -> None:
    parcels = [parcel(day(1), delivered)]
    assert (
        period.last_day(parcels, WithdrawalFunction(), BERLIN, is_all_sent=True, places=[]) == ends
    )


GERMANY, FRANCE, BAVARIA = ("DE", ""), ("FR", ""), ("DE", "BY")


@pytest.mark.parametrize(
    ("delivered", "places", "ends"),
    [
        (date(2026, 12, 11), [GERMANY], date(2026, 12, 28)),  # both days of Christmas, a weekend
        (date(2026, 12, 11), [], date(2026, 12, 25)),
        (date(2026, 12, 11), [("XX", "")], date(2026, 12, 25)),
        (date(2026, 6, 30), [GERMANY], date(2026, 7, 14)),
        (date(2026, 6, 30), [GERMANY, FRANCE], date(2026, 7, 15)),  # the buyer's or the store's
        (date(2026, 6, 30), [FRANCE, GERMANY], date(2026, 7, 15)),
        (date(2026, 12, 23), [BAVARIA], date(2027, 1, 7)),  # Epiphany, in the south alone
        (date(2026, 12, 23), [("DE", "HH")], date(2027, 1, 6)),
        (date(2026, 12, 23), [GERMANY], date(2027, 1, 7)),  # who knows in which part of it
        (date(2026, 4, 3), [("EG", "")], date(2026, 4, 17)),  # a Friday, free there, not here
        (date(2026, 4, 5), [("EG", "")], date(2026, 4, 20)),  # a Sunday, a working day there
    ],
)
def test_period_does_not_end_on_a_public_holiday(
    delivered: date, places: list[Place], ends: date
) -> None:
    at = datetime(delivered.year, delivered.month, delivered.day, 12, tzinfo=UTC)
    parcels = [parcel(at, at)]
    function = WithdrawalFunction()
    found = period.last_day(parcels, function, BERLIN, is_all_sent=True, places=places)
    assert found == ends


def test_last_parcel_decides() -> None:
    parcels = [parcel(day(1), day(2)), parcel(day(1), day(5)), parcel(day(1), day(3))]
    found = period.last_day(parcels, WithdrawalFunction(), BERLIN, is_all_sent=True, places=[])
    assert found == date(2026, 11, 19)


def test_parcel_without_delivery_takes_the_longest_time() -> None:
    function = WithdrawalFunction(transit_days=10)
    found = period.last_day([parcel(day(2))], function, BERLIN, is_all_sent=True, places=[])
    assert found == date(2026, 11, 26)


def test_longer_period_of_a_store() -> None:
    function = WithdrawalFunction(days=30)
    found = period.last_day([parcel(day(1), day(2))], function, BERLIN, is_all_sent=True, places=[])
    assert found == date(2026, 12, 2)


@pytest.mark.parametrize(("parcels", "is_all_sent"), [([], True), ([parcel(day(1))], False)])
def test_period_has_not_begun_before_everything_is_sent(
    parcels: list[Fulfillment], is_all_sent: bool
) -> None:
    found = period.last_day(
        parcels, WithdrawalFunction(), BERLIN, is_all_sent=is_all_sent, places=[]
    )
    assert found is None
