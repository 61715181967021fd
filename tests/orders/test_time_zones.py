"""Which time zones are offered."""

import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from orders import time_zones


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    time_zones.offered.cache_clear()
    yield
    time_zones.offered.cache_clear()


LEGACY = {
    *("US/Pacific", "Etc/GMT+5", "GMT", "EST", "Japan", "Asia/Calcutta", "Europe/Belfast"),
    *("Europe/Kiev", "America/Buenos_Aires", "Australia/ACT", "posixrules"),
}


def test_zones_of_today_are_offered_and_those_of_the_past_are_not() -> None:
    offered = time_zones.offered()
    assert offered[0] == "UTC"
    assert {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"} <= set(offered)
    assert LEGACY & set(offered) == set()
    assert 350 < len(offered) < 500
    assert len(set(offered)) == len(offered)
    assert set(offered) <= zoneinfo.available_timezones()


def test_areas_and_cities_are_offered_where_the_system_has_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_zones, "TABLE", str(tmp_path / "none"))
    offered = time_zones.offered()
    assert offered[0] == "UTC"
    assert "Europe/Berlin" in offered
    assert {"US/Pacific", "Etc/GMT+5", "GMT", "Japan"} & set(offered) == set()
