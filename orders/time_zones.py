"""The time zones that a store can choose from."""

import zoneinfo
from functools import cache
from pathlib import Path

# The table of the zones that each country uses, one row per zone: country, coordinates, name. Its
# names are those of today; the database beside it also knows those of the past, such as US/Pacific.
TABLE = "zone.tab"
# What a zone of an area and a city begins with, where the system has no table.
AREAS = (
    *("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/"),
    *("Europe/", "Indian/", "Pacific/"),
)


@cache
def offered() -> tuple[str, ...]:
    """Return the names of today's zones by area and city, such as Europe/Berlin, and UTC first."""
    known = zoneinfo.available_timezones()
    listed = known & _listed()
    names = listed or {name for name in known if name.startswith(AREAS)}
    return ("UTC", *sorted(names))


def _listed() -> set[str]:
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / TABLE
        if table.is_file():
            rows = table.read_text("utf-8").splitlines()
            return {row.split("\t")[2] for row in rows if row and not row.startswith("#")}
    return set()
