"""Labels that jobs make, and what carriers tell of parcels."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from orders.models import Order
from returns import lifecycle
from returns.models import Return, ReturnRoute, ReverseDelivery
from returns.models.policies import ReturnTerms
from returns.parcels import carriers, deliveries, labelling
from returns.parcels.carriers.interface import CarrierError, MadeLabel, Shipment, TrackingUpdate
from returns.parcels.deliveries import Label, Tracking
from tests import jobs
from tests.factories import LocationFactory, sent_order
from tests.returns.parcels.carriers.fakes import UPS, FakeCarrier, fake
from tests.returns.stories import BUYER, SYSTEM, event_types, opened, requested, wish

__all__ = ["fake"]
pytestmark = pytest.mark.django_db


def promised(quantity: int = 1) -> Order:
    """An order whose terms promise a label at approval."""
    order = sent_order(quantity)
    order.return_terms = ReturnTerms(label="OWN_LABEL").to_json()
    order.save()
    return order


def approved(order: Order) -> Return:
    return_ = lifecycle.request(order, [wish(order)], actor=BUYER)
    jobs.run_all()
    mail.outbox.clear()
    return lifecycle.approve(return_, actor=SYSTEM)


def names(message: mail.EmailMessage) -> list[str]:
    return [str(one[0]) for one in message.attachments]


# --- at approval --------------------------------------------------------------------------------


def test_promised_label_is_made_by_the_job_and_in_the_mail() -> None:
    return_ = approved(promised())
    parcel = return_.parcels.get()
    assert (parcel.adapter, parcel.has_label, parcel.lines.count()) == ("own", False, 1)
    jobs.run_all()
    parcel.refresh_from_db()
    assert parcel.label_type == "application/pdf"
    assert [message.subject for message in mail.outbox] == [mail.outbox[0].subject]
    stem = return_.reference.strip("#")
    assert names(mail.outbox[0]) == [f"return-{stem}.pdf", f"return-{stem}-label-1.pdf"]
    assert event_types(return_)[-2:] == ["return.approved", "parcel.labeled"]


def test_each_location_gets_its_own_label() -> None:
    order = promised()
    ReturnRoute.objects.create(store=order.store, location=LocationFactory(name="Far"))
    jobs_parcel = approved(order).parcels.get()
    assert str(jobs_parcel.reverse_fulfillment.location) == "Far"


def test_order_without_promise_gets_no_parcel() -> None:
    assert not approved(sent_order()).parcels.exists()


def test_label_that_cannot_be_made_does_not_hold_up_the_mail(fake: FakeCarrier) -> None:
    def away(_shipment: Shipment) -> MadeLabel:
        raise CarrierError("Away", may_pass=True)

    return_ = approved(promised())
    return_.parcels.update(adapter="fake")
    works, fake.make = fake.make, away
    assert jobs.run_all()[0] == "returns.tasks.deliver_event"
    assert names(mail.outbox[0]) == [f"return-{return_.reference.strip('#')}.pdf"]
    assert return_.parcels.get().label_failure == "Away"
    fake.make = works
    mail.outbox.clear()
    later = ProcrastinateJob.objects.get(task_name="returns.tasks.make_labels", status="todo")
    assert later.scheduled_at is not None
    from returns.tasks import make_labels

    make_labels(return_id=return_.pk)
    jobs.run_all()
    assert [names(message) for message in mail.outbox] == [
        [f"return-{return_.reference.strip('#')}-label-1.pdf"]
    ]
    assert return_.parcels.get().label_failure == ""


# --- made once ----------------------------------------------------------------------------------


def waiting(return_: Return) -> ReverseDelivery:
    return deliveries.add_parcel(return_, actor=SYSTEM, label=Label(adapter="fake"))


def test_label_brings_tracking(fake: FakeCarrier) -> None:
    parcel = waiting(opened())
    assert labelling.make_waiting(parcel.for_return_id, notify=True).made == 1
    parcel.refresh_from_db()
    assert (parcel.tracking_number, parcel.carrier, parcel.has_label) == (UPS, "ups", True)
    assert fake.shipments[0].key == parcel.public_id.hex


def test_label_is_made_once(fake: FakeCarrier) -> None:
    parcel = waiting(opened())
    for _time in range(3):
        labelling.make_waiting(parcel.for_return_id, notify=True)
    assert len(fake.shipments) == 1


def test_label_that_another_job_makes_is_left_alone_for_a_while(fake: FakeCarrier) -> None:
    parcel = waiting(opened())
    ReverseDelivery.objects.filter(pk=parcel.pk).update(label_claimed_at=timezone.now())
    labelling.make_waiting(parcel.for_return_id, notify=True)
    assert fake.shipments == []
    died = timezone.now() - timedelta(minutes=11)
    ReverseDelivery.objects.filter(pk=parcel.pk).update(label_claimed_at=died)
    labelling.make_waiting(parcel.for_return_id, notify=True)
    assert len(fake.shipments) == 1


def test_parcel_that_is_removed_meanwhile_stays_removed(fake: FakeCarrier) -> None:
    parcel = waiting(opened())

    def removing(_shipment: Shipment) -> MadeLabel:
        deliveries.remove_parcel(parcel, actor=SYSTEM)
        return MadeLabel(content=b"%PDF-")

    fake.make = removing
    labelling.make_waiting(parcel.for_return_id, notify=True)
    assert not ReverseDelivery.objects.exists()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (MadeLabel(content=b"<html>"), "neither a PDF nor a PNG"),
        (MadeLabel(content=bytes(6 * 1024 * 1024)), "too large"),
    ],
)
def test_carrier_that_sends_no_label_is_told_to_staff(
    fake: FakeCarrier, made: MadeLabel, words: str
) -> None:
    parcel = waiting(opened())
    fake.make = lambda _shipment: made
    outcome = labelling.make_waiting(parcel.for_return_id, notify=True)
    parcel.refresh_from_db()
    assert (outcome.made, outcome.retry, parcel.has_label) == (0, False, False)
    assert words in parcel.label_failure
    assert event_types(parcel.for_return)[-1] == "parcel.label_failed"


def test_label_is_kept_whatever_the_carrier_says_of_tracking(fake: FakeCarrier) -> None:
    parcel = waiting(opened())
    content = fake.make(None).content  # type: ignore[arg-type]
    fake.make = lambda _shipment: MadeLabel(content=content, tracking_number="📦" * 300)
    labelling.make_waiting(parcel.for_return_id, notify=True)
    parcel.refresh_from_db()
    assert (parcel.has_label, parcel.tracking_number) == (True, "")


def test_label_by_staff_is_mailed_once(fake: FakeCarrier) -> None:
    return_ = opened()
    jobs.run_all()
    mail.outbox.clear()
    waiting(return_)
    jobs.run_all()
    assert len(mail.outbox) == 1
    assert UPS in str(mail.outbox[0].body)
    assert names(mail.outbox[0])[0].endswith("-label-1.pdf")


def test_label_is_not_mailed_when_nobody_wants_that() -> None:
    return_ = opened()
    jobs.run_all()
    mail.outbox.clear()
    deliveries.add_parcel(
        return_, actor=SYSTEM, label=Label(url="https://x.example/1.pdf"), notify=False
    )
    jobs.run_all()
    assert mail.outbox == []


def test_link_is_mailed() -> None:
    return_ = opened()
    jobs.run_all()
    mail.outbox.clear()
    deliveries.add_parcel(return_, actor=SYSTEM, label=Label(url="https://x.example/1.pdf"))
    jobs.run_all()
    assert "https://x.example/1.pdf" in str(mail.outbox[0].body)


# --- what carriers tell -------------------------------------------------------------------------


def tracked(number: str = UPS) -> ReverseDelivery:
    return deliveries.add_parcel(opened(), actor=SYSTEM, tracking=Tracking(number=number))


def says(state: str, number: str = UPS, hours_ago: int = 0) -> int:
    at = timezone.now() - timedelta(hours=hours_ago)
    return labelling.carrier_says(TrackingUpdate(tracking_number=number, state=state, at=at))


def test_news_move_a_parcel_only_forward() -> None:
    parcel = tracked()
    moved = [says(state) for state in ("IN_TRANSIT", "HANDED_IN", "IN_TRANSIT", "ARRIVED")]
    parcel.refresh_from_db()
    assert (moved, parcel.state) == ([1, 0, 0, 1], "ARRIVED")
    assert event_types(parcel.for_return)[-2:] == ["parcel.in_transit", "parcel.arrived"]


def test_news_have_their_own_time_but_never_the_future() -> None:
    parcel = tracked()
    says("HANDED_IN", hours_ago=5)
    says("IN_TRANSIT", hours_ago=-5)
    parcel.refresh_from_db()
    assert parcel.handed_in_at is not None
    assert parcel.in_transit_at is not None
    assert timezone.now() - parcel.handed_in_at > timedelta(hours=4)
    assert parcel.in_transit_at <= timezone.now()


@pytest.mark.parametrize("number", ["", "  ", "OTHER", "\0", UPS[:-1]])
def test_news_of_an_unknown_number_change_nothing(number: str) -> None:
    parcel = tracked()
    assert says("ARRIVED", number) == 0
    parcel.refresh_from_db()
    assert parcel.state == "LABEL_MADE"


def test_number_that_was_used_before_means_the_parcel_under_way() -> None:
    before, now = tracked(), tracked()
    deliveries.set_state(before, actor=SYSTEM, state="ARRIVED")
    assert says("IN_TRANSIT") == 1
    now.refresh_from_db()
    assert now.state == "IN_TRANSIT"


def test_canceled_return_hears_no_news() -> None:
    parcel = tracked()
    lifecycle.cancel(parcel.for_return, actor=SYSTEM)
    assert says("IN_TRANSIT") == 0


def test_carriers_are_asked_about_parcels_under_way(fake: FakeCarrier) -> None:
    one = deliveries.add_parcel(
        opened(), actor=SYSTEM, tracking=Tracking(number="A-1"), label=Label(adapter="fake")
    )
    tracked("B-1")  # not of a carrier that can be asked
    done = deliveries.add_parcel(
        opened(), actor=SYSTEM, tracking=Tracking(number="C-1"), label=Label(adapter="fake")
    )
    deliveries.set_state(done, actor=SYSTEM, state="ARRIVED")
    fake.where = lambda number: TrackingUpdate(tracking_number=number, state="IN_TRANSIT")
    assert (labelling.ask_carriers(), fake.asked) == (1, ["A-1"])
    one.refresh_from_db()
    assert (one.state, one.asked_at is None) == ("IN_TRANSIT", False)


def test_carrier_that_is_away_is_asked_again_later(fake: FakeCarrier) -> None:
    deliveries.add_parcel(
        opened(), actor=SYSTEM, tracking=Tracking(number="A-1"), label=Label(adapter="fake")
    )

    def away(_number: str) -> TrackingUpdate | None:
        raise CarrierError("Away")

    fake.where = away
    assert [labelling.ask_carriers(), labelling.ask_carriers()] == [0, 0]
    assert fake.asked == ["A-1", "A-1"]


def test_without_carriers_nobody_is_asked() -> None:
    requested()
    assert carriers.codes() == ["own"]
    assert labelling.ask_carriers() == 0
