"""A store and a frozen clock for the intake."""

from collections.abc import Iterator

import pytest
import time_machine

from orders.models import Store
from tests.factories import StoreFactory
from tests.orders.intake.examples import NOW


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory.create(code="linden", language="de", return_terms={"window_days": 14})


@pytest.fixture(autouse=True)
def _frozen_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield
