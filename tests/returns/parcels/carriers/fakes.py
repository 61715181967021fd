"""Carriers that tests play: behind the same interface, with answers chosen by the test."""

from collections.abc import Callable

import pytest

from returns.parcels import carriers
from returns.parcels.carriers.interface import CarrierAdapter, MadeLabel, Shipment, TrackingUpdate
from tests.returns import label_files as files

UPS = "1Z5R89390357567127"


class FakeCarrier(CarrierAdapter):
    """Counts what it is asked; `make` and `where` answer."""

    can_track = True

    def __init__(self) -> None:
        self.shipments: list[Shipment] = []
        self.asked: list[str] = []
        self.make: Callable[[Shipment], MadeLabel] = lambda _shipment: MadeLabel(
            content=files.pdf(), tracking_number=UPS, carrier="UPS"
        )
        self.where: Callable[[str], TrackingUpdate | None] = lambda _number: None

    def make_label(self, shipment: Shipment) -> MadeLabel:
        self.shipments.append(shipment)
        return self.make(shipment)

    def track(self, tracking_number: str) -> TrackingUpdate | None:
        self.asked.append(tracking_number)
        return self.where(tracking_number)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCarrier:
    """A carrier called `fake`, switched on beside our own labels."""
    carrier = FakeCarrier()
    known = {"own": carriers.adapter("own"), "fake": carrier}
    monkeypatch.setattr(carriers, "codes", lambda: list(known))
    monkeypatch.setattr(carriers, "adapter", known.__getitem__)
    return carrier
