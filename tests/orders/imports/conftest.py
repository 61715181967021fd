"""Stores to import into, a frozen clock, and a shorthand that imports some content."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from orders.imports.formats import Format
from orders.imports.run import ImportReport, import_file
from orders.models import Store
from tests.factories import LocationFactory, StoreFactory

FILES = Path(__file__).parent / "files"

Import = Callable[..., tuple[ImportReport, list[str]]]


@pytest.fixture(autouse=True)
def _frozen_time() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def store(db: None) -> Store:
    LocationFactory(code="north")
    return StoreFactory.create(code="linden", language="en", time_zone="Europe/Berlin")


@pytest.fixture
def import_(store: Store) -> Import:
    """Return a function that imports text, bytes or a file; it returns report and rejects."""

    def run(content: str | bytes | Path, format_: Format) -> tuple[ImportReport, list[str]]:
        if isinstance(content, Path):
            content = content.read_bytes()
        raw = content.encode() if isinstance(content, str) else content
        rejects = io.StringIO(newline="")
        report = import_file(io.BytesIO(raw), format_, store, rejects=rejects)
        return report, rejects.getvalue().splitlines()

    return run
