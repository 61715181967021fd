"""Cancellations of a file, entered as returns through the verbs."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order, Payment, StockLevel, Store
from returns.models import Event, Refund, Return, ReturnStatus
from tests.factories import LocationFactory, StoreFactory

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
PURCHASES = """\
500001,22065,POT ,10,2010-01-04 09:00:00,1.45,12682,France
500001,POST,POSTAGE,1,2010-01-04 09:00:00,18.00,12682,France
500002,22065,POT ,4,2010-02-01 09:00:00,1.25,12682,France
500002,22138,SET ,2,2010-02-01 09:00:00,4.95,12682,France
500003,22065,POT ,50,2010-02-02 09:00:00,1.45,99999,Spain
"""


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory.create(
        code="gift",
        currency="GBP",
        time_zone="Europe/London",
        return_location=LocationFactory(code="back"),
    )


def replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, window: str = "30"
) -> list[str]:
    """Run the command over the purchases and these cancellations; return what it prints."""
    file = tmp_path / "file.csv"
    file.write_text(HEADER + PURCHASES + rows)
    call_command("replay_cancellations", str(file), "--store=gift", f"--window={window}")
    return capsys.readouterr().out.splitlines()[:-1]  # the last line is the time it took


def test_cancellation_goes_back_to_the_latest_order_first(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "C500004,22065,POT ,-6,2010-02-03 10:00:00,1.00,12682,France\n"

    told = replay(tmp_path, capsys, row)

    assert told == [
        "Orders: 3 created; 0 rejected.",
        "Fully: 1 rows, 6 pieces",
        "In part: 0 rows, 0 pieces",
        "Not at all: 0 rows, 0 pieces",
        "Not goods: 0 rows, 0 pieces",
        "Entered: 2 returns, 6 pieces",
        "Refunded: 7.90 GBP",
        "Pieces at the price bought: 7.90",
        "Pieces at the cancellations' prices: 6.00",
    ]
    first, second = Return.objects.order_by("pk")
    assert (first.reference, first.total_quantity) == ("500002-R1", 4)
    assert (second.reference, second.total_quantity) == ("500001-R1", 2)
    assert {first.status, second.status} == {ReturnStatus.CLOSED}


def test_everything_happens_at_the_time_of_the_cancellation(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(tmp_path, capsys, "C500004,22138,SET ,-1,2010-02-03 10:00:00,4.95,12682,France\n")

    at = datetime(2010, 2, 3, 10, tzinfo=ZoneInfo("Europe/London"))
    events = Event.objects.order_by("pk").values_list("type", "at", "actor_kind")
    assert list(events) == [
        ("return.requested", at, "BUYER"),
        ("return.approved", at, "SYSTEM"),
        ("return.processed", at, "SYSTEM"),
        ("refund.succeeded", at, "SYSTEM"),
    ]
    assert Refund.objects.get().created_at == at
    assert StockLevel.objects.get().available == 1
    assert Payment.objects.get(order__reference="500002").refunded_amount == Decimal("4.95")


def test_every_piece_that_cannot_go_back_has_its_cause(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = replay(
        tmp_path,
        capsys,
        "C500004,POST,POSTAGE,-1,2010-02-03 10:00:00,18.00,12682,France\n"
        "C500005,22138,SET ,-5,2010-02-03 10:00:00,4.95,12682,France\n"
        "C500006,22138,SET ,-1,2010-02-03 10:00:00,4.95,12682,France\n"
        "C500007,99999,OTHER,-3,2010-02-03 10:00:00,4.95,12682,France\n"
        "C500008,22065,POT ,-2,2010-02-03 10:00:00,4.95,,France\n"
        "C500009,22065,POT ,-9,2010-02-04 10:00:00,1.45,12682,France\n",
    )

    assert told[1:11] == [
        "Fully: 0 rows, 0 pieces",
        "In part: 2 rows, 14 pieces",
        "Not at all: 3 rows, 6 pieces",
        "Not goods: 1 rows, 1 pieces",
        "Entered: 2 returns, 6 pieces",
        "Not entered, RETURN_WINDOW_EXPIRED: 1 rows, 5 pieces",
        "Not entered, more pieces than earlier orders still hold: 1 rows, 3 pieces",
        "Not entered, no earlier order of this article: 1 rows, 3 pieces",
        "Not entered, no customer in the file: 1 rows, 2 pieces",
        "Not entered, RETURNED: 1 rows, 1 pieces",
    ]


@pytest.mark.parametrize(("window", "pieces"), [("29", 4), ("30", 9), ("unlimited", 9)])
def test_window_counts_its_last_day(
    store: Store,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    window: str,
    pieces: int,
) -> None:
    row = "C500004,22065,POT ,-9,2010-02-03 23:59:00,1.45,12682,France\n"

    told = replay(tmp_path, capsys, row, window=window)

    assert f"Entered: {2 if pieces == 9 else 1} returns, {pieces} pieces" in told


def test_second_run_enters_nothing_more_and_tells_the_same(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        "C500004,22065,POT ,-6,2010-02-03 10:00:00,1.45,12682,France\n"
        "C500005,22138,SET ,-5,2010-02-03 10:00:00,4.95,12682,France\n"
    )
    first = replay(tmp_path, capsys, rows)
    events = Event.objects.count()

    second = replay(tmp_path, capsys, rows)

    assert second[0] == "Orders: 3 unchanged; 0 rejected."
    assert second[1:4] + second[5:6] == first[1:4] + first[5:6]
    assert (Return.objects.count(), Event.objects.count()) == (3, events)


def test_orders_with_other_terms_keep_them(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replay(tmp_path, capsys, "")

    with pytest.raises(CommandError, match="orders with other terms"):
        replay(tmp_path, capsys, "", window="60")

    assert Order.objects.filter(return_terms__window_days=30).count() == 3


def test_cancellation_that_cannot_be_read_is_named_before_anything_is_entered(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        "C500004,22138,SET ,-1,2010-02-03 10:00:00,4.95,12682,France\n"
        "C500005,22138,SET ,many,2010-02-03 10:00:00,4.95,12682,France\n"
    )

    with pytest.raises(CommandError, match="Line 8: Quantity: “many” is not a whole number"):
        replay(tmp_path, capsys, rows)

    assert not Return.objects.exists()
