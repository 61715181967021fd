"""The verbs on parcels back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Role
from returns import lifecycle, queries
from returns.errors import (
    InvalidLabel,
    InvalidQuantity,
    InvalidState,
    InvalidTracking,
    LabelTooLarge,
    NothingChosen,
    NotPermitted,
    ReturnError,
    TooLong,
    TooManyParcels,
    UnknownLine,
    UnknownParcel,
)
from returns.models import (
    Event,
    ParcelState,
    Return,
    ReturnRoute,
    ReverseDelivery,
    ReverseFulfillmentLine,
)
from returns.parcels import deliveries
from returns.parcels.deliveries import Label, Pieces, Tracking
from returns.queries import Filters, Queue
from tests.factories import LocationFactory
from tests.returns import label_files as files
from tests.returns.stories import (
    BUYER,
    SYSTEM,
    closed,
    event_types,
    opened,
    received,
    requested,
    staff,
)

pytestmark = pytest.mark.django_db
UPS = "1Z5R89390357567127"


def file(content: bytes | None = None, name: str = "x.pdf") -> ContentFile:
    return ContentFile(files.pdf() if content is None else content, name=name)


def added(return_: Return, **options: Any) -> ReverseDelivery:
    return deliveries.add_parcel(return_, actor=SYSTEM, **options)


def work_line(return_: Return) -> ReverseFulfillmentLine:
    return ReverseFulfillmentLine.objects.get(reverse_fulfillment__for_return=return_)


def inside(parcel: ReverseDelivery) -> list[int]:
    return list(parcel.lines.values_list("quantity", flat=True))


def last_event(return_: Return) -> Event:
    event = return_.events.last()
    assert event is not None
    return event


# --- add ----------------------------------------------------------------------------------------


def test_parcel_holds_all_pieces_unless_told() -> None:
    return_ = opened(quantity=2)
    parcel = added(return_)
    assert (parcel.number, parcel.state, inside(parcel)) == (1, "LABEL_MADE", [2])
    assert (last_event(return_).type, last_event(return_).data["number"]) == ("parcel.added", 1)


def test_second_parcel_holds_what_is_left() -> None:
    return_ = opened(quantity=2)
    line = work_line(return_)
    first = added(return_, pieces=[Pieces(line_id=line.pk, quantity=1)])
    second, third = added(return_), added(return_)
    assert [inside(one) for one in (first, second, third)] == [[1], [1], []]
    assert third.number == 3


@pytest.mark.parametrize("quantity", [0, -1, 3, 10**9])
def test_parcel_takes_no_more_than_is_left(quantity: int) -> None:
    return_ = opened(quantity=2)
    with pytest.raises(InvalidQuantity) as caught:
        added(return_, pieces=[Pieces(line_id=work_line(return_).pk, quantity=quantity)])
    assert caught.value.field == ("lines", "0", "quantity")
    assert not return_.parcels.exists()


def test_parcel_takes_each_line_once_and_only_its_own() -> None:
    return_, other = opened(quantity=2), opened()
    line = work_line(return_)
    with pytest.raises(InvalidQuantity) as twice:
        added(return_, pieces=[Pieces(line_id=line.pk, quantity=1)] * 2)
    with pytest.raises(UnknownLine) as foreign:
        added(return_, pieces=[Pieces(line_id=work_line(other).pk, quantity=1)])
    assert twice.value.field == ("lines", "1", "quantity")
    assert foreign.value.field == ("lines", "0", "line")


@pytest.mark.parametrize("state", ["requested", "closed", "canceled"])
def test_only_open_returns_get_parcels(state: str) -> None:
    return_ = {"requested": requested, "closed": closed, "canceled": opened}[state]()
    if state == "canceled":
        lifecycle.cancel(return_, actor=SYSTEM)
    with pytest.raises(InvalidState):
        added(return_)


def test_place_must_be_said_when_there_are_several_and_be_the_return_s() -> None:
    return_, other = opened(), opened()
    return_.reverse_fulfillments.create(location=LocationFactory())
    foreign = other.reverse_fulfillments.get()
    for work_id in (None, foreign.pk, 0, 2**62):
        with pytest.raises(UnknownParcel) as caught:
            added(return_, work_id=work_id)
        assert caught.value.field == ("work",)


def test_return_has_so_many_parcels_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("returns.parcels.work.MOST_PARCELS", 2)
    return_ = opened()
    added(return_)
    added(return_)
    with pytest.raises(TooManyParcels):
        added(return_)


def test_buyers_and_finance_add_no_parcels() -> None:
    return_ = opened()
    for actor in (BUYER, staff(Role.FINANCE)):
        with pytest.raises(NotPermitted):
            deliveries.add_parcel(return_, actor=actor)
    for role in (Role.SUPPORT, Role.WAREHOUSE, Role.MANAGER):
        deliveries.add_parcel(return_, actor=staff(role))


# --- tracking -----------------------------------------------------------------------------------


def test_tracking_is_completed_and_found_by() -> None:
    return_ = opened()
    parcel = added(return_, tracking=Tracking(number=UPS.lower()))
    assert (parcel.tracking_number, parcel.carrier, parcel.carrier_name) == (UPS, "ups", "UPS")
    assert parcel.tracking_url.endswith(UPS)
    for words in (UPS, UPS[:8].lower()):
        assert list(queries.find(Filters(words=words))) == [return_]
    assert list(queries.find(Filters(words=return_.reference))) == [return_]


def test_tracking_changes_once() -> None:
    return_ = opened()
    parcel = added(return_)
    for _time in range(2):
        deliveries.update_tracking(parcel, actor=SYSTEM, tracking=Tracking(number=UPS))
    assert event_types(return_).count("parcel.tracked") == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Tracking(number="📦"), InvalidTracking),
        (Tracking(number="1" * 500), TooLong),
        (Tracking(url="javascript:alert(1)"), InvalidTracking),
    ],
)
def test_bad_tracking_leaves_all_as_it_was(said: Tracking, error: type[ReturnError]) -> None:
    return_ = opened()
    parcel = added(return_, tracking=Tracking(number="OLD-1"))
    with pytest.raises(error):
        added(return_, tracking=said)
    with pytest.raises(error):
        deliveries.update_tracking(parcel, actor=SYSTEM, tracking=said)
    with pytest.raises(error):
        deliveries.hand_in(return_, actor=BUYER, tracking=said)
    parcel.refresh_from_db()
    assert (parcel.tracking_number, return_.parcels.count()) == ("OLD-1", 1)


# --- states -------------------------------------------------------------------------------------


def test_states_have_times_and_events() -> None:
    return_ = opened()
    parcel = added(return_)
    for state in ("HANDED_IN", "IN_TRANSIT", "ARRIVED"):
        parcel = deliveries.set_state(parcel, actor=SYSTEM, state=state)
        deliveries.set_state(parcel, actor=SYSTEM, state=state)
    assert None not in (parcel.handed_in_at, parcel.in_transit_at, parcel.arrived_at)
    assert event_types(return_)[-3:] == [
        "parcel.handed_in",
        "parcel.in_transit",
        "parcel.arrived",
    ]


def test_state_can_be_skipped_and_corrected() -> None:
    return_ = opened()
    parcel = deliveries.set_state(added(return_), actor=SYSTEM, state="ARRIVED")
    assert (parcel.handed_in_at, parcel.in_transit_at) == (None, None)
    parcel = deliveries.set_state(parcel, actor=SYSTEM, state="HANDED_IN")
    assert (parcel.arrived_at, parcel.handed_in_at is None) == (None, False)
    parcel = deliveries.set_state(parcel, actor=SYSTEM, state="LABEL_MADE")
    assert parcel.handed_in_at is None
    assert event_types(return_)[-2:] == ["parcel.corrected", "parcel.corrected"]


@pytest.mark.parametrize("state", ["", "LOST", "handed_in", "\0"])
def test_unknown_state_is_refused(state: str) -> None:
    parcel = added(opened())
    with pytest.raises(InvalidTracking) as caught:
        deliveries.set_state(parcel, actor=SYSTEM, state=state)
    assert caught.value.field == ("state",)


def test_buyer_sets_no_state_by_hand() -> None:
    parcel = added(opened())
    with pytest.raises(NotPermitted):
        deliveries.set_state(parcel, actor=BUYER, state="ARRIVED")


@pytest.mark.parametrize(
    "change",
    [
        {"state": "LOST"},
        {"state": "ARRIVED"},
        {"state": "HANDED_IN"},
        {"arrived_at": timezone.now()},
        {"label": "labels/x.pdf"},
        {"label_type": "text/html", "label": "labels/x.html"},
        {"label": "labels/x.pdf", "label_type": "application/pdf", "label_url": "https://x.de"},
    ],
)
def test_database_refuses_what_cannot_be(change: dict[str, Any]) -> None:
    parcel = added(opened())
    with pytest.raises(IntegrityError), transaction.atomic():
        ReverseDelivery.objects.filter(pk=parcel.pk).update(**change)


def test_open_return_with_a_parcel_under_way_is_in_its_queue() -> None:
    return_ = opened()
    parcel = added(return_)
    found = []
    for state in ParcelState:
        deliveries.set_state(parcel, actor=SYSTEM, state=state)
        found.append(list(queries.queue(Queue.ON_THE_WAY)))
    assert found == [[], [return_], [return_], []]


# --- the buyer ----------------------------------------------------------------------------------


def test_buyer_hands_in_an_announced_parcel() -> None:
    return_ = opened()
    parcel = added(return_, tracking=Tracking(number=UPS))
    sent = deliveries.hand_in(return_, actor=BUYER, parcel_id=parcel.pk)
    assert (sent.pk, sent.state, sent.tracking_number) == (parcel.pk, "HANDED_IN", UPS)
    assert last_event(return_).actor_kind == "BUYER"
    with pytest.raises(InvalidState, match="already"):
        deliveries.hand_in(return_, actor=BUYER, parcel_id=parcel.pk)


def test_buyer_hands_in_a_parcel_that_nobody_announced() -> None:
    return_ = opened(quantity=2)
    sent = deliveries.hand_in(return_, actor=BUYER, tracking=Tracking(number=UPS))
    assert (sent.number, sent.state, inside(sent)) == (1, "HANDED_IN", [2])


def test_telling_the_same_number_twice_is_one_parcel() -> None:
    return_ = opened()
    one, two = (
        deliveries.hand_in(return_, actor=BUYER, tracking=Tracking(number=number))
        for number in (UPS, f" {UPS.lower()}")
    )
    assert (one.pk, return_.parcels.count()) == (two.pk, 1)
    assert event_types(return_).count("parcel.handed_in") == 1


def test_number_of_an_announced_parcel_means_that_parcel() -> None:
    return_ = opened()
    parcel = added(return_, tracking=Tracking(number=UPS))
    sent = deliveries.hand_in(return_, actor=BUYER, tracking=Tracking(number=UPS))
    assert (sent.pk, sent.state, return_.parcels.count()) == (parcel.pk, "HANDED_IN", 1)


def test_second_parcel_without_pieces_needs_a_number() -> None:
    return_ = opened()
    deliveries.hand_in(return_, actor=BUYER)
    with pytest.raises(NothingChosen) as caught:
        deliveries.hand_in(return_, actor=BUYER)
    assert caught.value.field == ("tracking", "number")
    deliveries.hand_in(return_, actor=BUYER, tracking=Tracking(number=UPS))
    assert [inside(one) for one in return_.parcels.all()] == [[2], []]


def test_parcel_of_another_return_is_unknown() -> None:
    foreign = added(opened())
    return_ = opened()
    for key in (foreign.pk, 0, 2**62):
        with pytest.raises(UnknownParcel):
            deliveries.hand_in(return_, actor=BUYER, parcel_id=key)
    foreign.refresh_from_db()
    assert foreign.state == "LABEL_MADE"


@pytest.mark.parametrize("make", [requested, closed])
def test_nothing_is_handed_in_for_a_return_that_is_not_open(make: Any) -> None:
    with pytest.raises(InvalidState):
        deliveries.hand_in(make(), actor=BUYER)


# --- labels -------------------------------------------------------------------------------------


def test_label_is_stored_under_a_name_that_cannot_be_guessed() -> None:
    parcel = added(opened(), label=Label(file=file(name="../../evil.html")))
    assert parcel.label_type == "application/pdf"
    name = str(parcel.label.name)
    assert name.startswith("labels/")
    assert name.endswith(".pdf")
    assert len(name) == len("labels/.pdf") + 32
    assert default_storage.open(name).read().startswith(b"%PDF-")


def test_new_label_takes_the_place_of_the_old(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    parcel = added(opened(), label=Label(file=file()))
    before = str(parcel.label.name)
    with django_capture_on_commit_callbacks(execute=True):
        parcel = deliveries.attach_label(
            parcel, actor=SYSTEM, label=Label(file=file(files.png(), "l.png"))
        )
    assert (parcel.label_type, default_storage.exists(before)) == ("image/png", False)
    assert parcel.relabeled_at is not None
    parcel = deliveries.attach_label(
        parcel, actor=SYSTEM, label=Label(url="https://x.example/1.pdf")
    )
    assert (parcel.label.name, parcel.label_type) == ("", "")
    assert parcel.label_url == "https://x.example/1.pdf"


@pytest.mark.parametrize(
    ("label", "error"),
    [
        (Label(file=file(b"<html>")), InvalidLabel),
        (Label(file=file(b"%PDF- no")), InvalidLabel),
        (Label(file=file(b"%PDF-" + bytes(6 * 1024 * 1024))), LabelTooLarge),
        (Label(url="javascript:alert(1)"), InvalidTracking),
        (Label(adapter="nobody"), InvalidLabel),
        (Label(adapter="karrio"), InvalidLabel),  # not switched on
        (Label(url="https://x.example/1", adapter="own"), InvalidLabel),
    ],
)
def test_bad_label_leaves_no_parcel_and_no_file(label: Label, error: type[ReturnError]) -> None:
    return_ = opened()
    kept = stored()
    with pytest.raises(error):
        added(return_, label=label)
    assert (return_.parcels.count(), stored()) == (0, kept)


def test_file_goes_away_when_the_act_is_refused() -> None:
    kept = stored()
    with pytest.raises(InvalidState):
        added(requested(), label=Label(file=file()))
    assert stored() == kept


def stored() -> set[str]:
    if not default_storage.exists("labels"):
        return set()
    return set(default_storage.listdir("labels")[1])


def test_parcel_that_was_handed_in_keeps_its_label() -> None:
    return_ = opened()
    parcel = deliveries.set_state(added(return_), actor=SYSTEM, state="HANDED_IN")
    with pytest.raises(InvalidState):
        deliveries.attach_label(parcel, actor=SYSTEM, label=Label(url="https://x.example/1"))
    with pytest.raises(InvalidState):
        deliveries.remove_parcel(parcel, actor=SYSTEM)
    parcel.refresh_from_db()
    assert (parcel.label_url, return_.parcels.count()) == ("", 1)


def test_attaching_nothing_is_refused() -> None:
    with pytest.raises(InvalidLabel) as caught:
        deliveries.attach_label(added(opened()), actor=SYSTEM, label=Label())
    assert caught.value.field == ("label",)


# --- remove and follow --------------------------------------------------------------------------


def test_removed_parcel_is_gone_with_its_file_and_its_pieces_are_free(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    return_ = opened(quantity=2)
    parcel = added(return_, label=Label(file=file()))
    name = str(parcel.label.name)
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.remove_parcel(parcel, actor=SYSTEM, note="Wrong label")
    assert (return_.parcels.count(), default_storage.exists(name)) == (0, False)
    assert (last_event(return_).type, last_event(return_).note) == (
        "parcel.removed",
        "Wrong label",
    )
    assert inside(added(return_)) == [2]
    with pytest.raises(UnknownParcel):
        deliveries.set_state(parcel, actor=SYSTEM, state="ARRIVED")


def test_pieces_that_were_taken_out_leave_their_parcels() -> None:
    return_ = opened(quantity=3)
    line = work_line(return_)
    first = added(return_, pieces=[Pieces(line_id=line.pk, quantity=1)])
    second = added(return_)
    lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.return_line_id: 2})
    assert [inside(one) for one in (first, second)] == [[1], []]


def test_parcels_arrive_when_all_in_them_was_received() -> None:
    return_ = opened()
    parcel, unknown = added(return_), added(return_)
    done = received(return_)
    for one in (parcel, unknown):
        one.refresh_from_db()
        assert one.state == "ARRIVED"
    assert done.status == "CLOSED"


def test_closed_return_still_hears_of_its_parcels() -> None:
    return_ = opened()
    parcel = added(return_)
    lifecycle.close(return_, actor=SYSTEM)
    deliveries.set_state(parcel, actor=SYSTEM, state="ARRIVED")
    deliveries.update_tracking(parcel, actor=SYSTEM, tracking=Tracking(number=UPS))
    with pytest.raises(InvalidState):
        deliveries.remove_parcel(parcel, actor=SYSTEM)


def test_parcel_of_one_location_says_nothing_of_another() -> None:
    return_ = requested()
    ReturnRoute.objects.create(store=return_.store, location=LocationFactory(name="Far"))
    return_ = lifecycle.approve(return_, actor=SYSTEM)
    assert str(added(return_).reverse_fulfillment.location) == "Far"


def test_history_is_told_at_its_time() -> None:
    return_ = opened()
    at = timezone.now() - timedelta(days=2)
    parcel = deliveries.hand_in(return_, actor=BUYER, at=at)
    assert (parcel.handed_in_at, last_event(return_).at) == (at, at)
