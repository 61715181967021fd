"""The same parcel at the same moment: without the lock it goes wrong, with it never."""

from functools import partial

import pytest
from django.db import IntegrityError

from accounts import actors
from returns import lifecycle
from returns.errors import InvalidQuantity
from returns.models import Return, ReverseDelivery, ReverseDeliveryLine
from returns.parcels import carriers, deliveries, labelling
from returns.parcels.carriers.interface import CarrierAdapter, MadeLabel, Shipment, TrackingUpdate
from returns.parcels.deliveries import Label, Pieces, Tracking
from tests.concurrency.test_returns import ask
from tests.concurrency.threads import all_at_once, kinds, run_after, together, without_locks
from tests.factories import sent_order
from tests.returns import label_files as files

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = actors.system()
UPS = "1Z5R89390357567127"


def opened(quantity: int = 2) -> Return:
    return lifecycle.approve(ask(sent_order(quantity), quantity), actor=SYSTEM)


def add_all(return_: Return) -> ReverseDelivery:
    line = return_.reverse_fulfillments.get().lines.get()
    pieces = [Pieces(line_id=line.pk, quantity=line.quantity)]
    return deliveries.add_parcel(return_, actor=SYSTEM, pieces=pieces)


def test_race_two_parcels_without_the_lock_meet_only_the_constraint() -> None:
    return_ = opened()

    with (
        without_locks(),
        run_after("returns.parcels.deliveries.next_number", lambda: add_all(return_)) as other,
        pytest.raises(IntegrityError),
    ):
        add_all(return_)

    assert kinds(other) == ["ReverseDelivery"]


def test_pieces_get_into_one_parcel_only() -> None:
    return_ = opened()

    outcomes = all_at_once(*[partial(add_all, return_)] * 3)

    assert sorted(kinds(outcomes)) == ["InvalidQuantity", "InvalidQuantity", "ReverseDelivery"]
    assert [type(one) for one in outcomes].count(InvalidQuantity) == 2
    assert ReverseDeliveryLine.objects.get().quantity == 2


def test_number_that_is_told_twice_at_once_is_one_parcel() -> None:
    return_ = opened()
    tell = partial(
        deliveries.hand_in, return_, actor=actors.buyer("Ada"), tracking=Tracking(number=UPS)
    )

    outcomes = all_at_once(*[tell] * 3)

    assert kinds(outcomes) == ["ReverseDelivery"] * 3
    assert len({one.pk for one in outcomes}) == 1


def test_news_that_come_at_once_move_a_parcel_once() -> None:
    return_ = opened()
    deliveries.add_parcel(return_, actor=SYSTEM, tracking=Tracking(number=UPS))
    news = [
        TrackingUpdate(tracking_number=UPS, state=state)
        for state in ("ARRIVED", "IN_TRANSIT", "ARRIVED", "HANDED_IN")
    ]

    outcomes = all_at_once(*[partial(labelling.carrier_says, one) for one in news])

    parcel = return_.parcels.get()
    assert parcel.state == "ARRIVED"
    assert set(kinds(outcomes)) == {"int"}
    told = return_.events.filter(type__startswith="parcel.").exclude(type="parcel.added")
    assert told.count() == sum(outcomes)
    assert told.filter(type="parcel.arrived").count() == 1


def test_label_is_bought_once_whoever_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bought: list[Shipment] = []

    class Counting(CarrierAdapter):
        def make_label(self, shipment: Shipment) -> MadeLabel:
            bought.append(shipment)
            return MadeLabel(content=files.pdf())

    monkeypatch.setattr(carriers, "codes", lambda: ["fake"])
    monkeypatch.setattr(carriers, "adapter", lambda _code: Counting())
    return_ = opened()
    deliveries.add_parcel(return_, actor=SYSTEM, label=Label(adapter="fake"))

    together(*[partial(labelling.make_waiting, return_.pk, notify=False)] * 4)

    assert len(bought) == 1
    assert return_.parcels.get().has_label
