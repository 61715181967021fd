"""Reading takes the same memory however long the file is."""

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orders.imports.formats import READERS, Format
from orders.imports.scattered import names
from orders.imports.source import Source
from orders.models import Store
from tests.orders.imports.test_retour_csv import HEADER

ORDER = {
    "reference": "1",
    "placed_at": "2026-10-01",
    "lines": [{"title": "Cup", "quantity": 1, "unit_price": "5.00"}] * 5,
}


def _csv(orders: int) -> Iterator[str]:
    yield HEADER
    for number in range(orders):
        yield f"{number},2026-10-01,Cup,1,5.00,,,\n" + f"{number},,Plate,1,5.00,,,\n" * 4


def _json_lines(orders: int) -> Iterator[str]:
    for number in range(orders):
        yield json.dumps(ORDER | {"reference": str(number)}) + "\n"


def _json_list(orders: int) -> Iterator[str]:
    yield "["
    for number in range(orders):
        yield ("," if number else "") + json.dumps(ORDER | {"reference": str(number)})
    yield "]"


def _peak(path: Path, format_: Format, store: Store) -> int:
    """Return the most bytes that one reading of the file held at a time."""
    with path.open("rb") as file, names() as known:
        tracemalloc.start()
        for record in READERS[format_](Source(file), store):
            known.add(record.reference)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    ("format_", "write"),
    [
        (Format.RETOUR_CSV, _csv),
        (Format.RETOUR_JSON, _json_lines),
        (Format.RETOUR_JSON, _json_list),
    ],
)
def test_four_times_the_file_takes_no_more_memory(
    store: Store, tmp_path: Path, format_: Format, write: Callable[[int], Iterator[str]]
) -> None:
    peaks = []
    for orders in (600, 600, 2_400):  # the first fills caches
        path = tmp_path / str(orders)
        with path.open("w") as file:
            file.writelines(write(orders))
        peaks.append(_peak(path, format_, store))

    assert peaks[2] < peaks[1] * 1.5 + 200_000


def test_one_order_of_any_length_is_read_in_parts(store: Store) -> None:
    row = "1,2026-10-01,Cup,1,5.00,,,\n"
    source = Source(io.BytesIO((HEADER + row * 25_000).encode()))

    found = [
        (len(record.rows), record.data) for record in READERS[Format.RETOUR_CSV](source, store)
    ]

    assert found == [(10_000, None), (10_000, None), (5_000, None)]
