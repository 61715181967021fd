"""Parcels back in the demo: announced, labelled, handed in, under way, arrived."""

import random
from datetime import datetime

from django.core.files.base import ContentFile

from accounts.actors import Actor
from returns.models import Return, ReverseDelivery
from returns.parcels import carriers, deliveries, labelling, tracking
from returns.parcels.deliveries import Label, Tracking


def announce(return_: Return, actor: Actor, at: datetime) -> None:
    """Add a parcel with an address label of ours."""
    parcel = deliveries.add_parcel(return_, actor=actor, work_id=_first_work(return_), at=at)
    made = carriers.adapter(carriers.OWN).make_label(labelling.shipment(parcel))
    file = ContentFile(made.content, name="label.pdf")
    deliveries.attach_label(parcel, actor=actor, label=Label(file=file), at=at)


def hand_in(return_: Return, buyer: Actor, random_: random.Random, at: datetime) -> None:
    """Let the buyer tell the number that the counter gave."""
    announced = return_.parcels.first()
    deliveries.hand_in(
        return_,
        actor=buyer,
        parcel_id=announced.pk if announced else None,
        work_id=_first_work(return_),
        tracking=Tracking(number=_number(random_)),
        at=at,
    )


def move(return_: Return, actor: Actor, state: str, at: datetime) -> None:
    """Say how far the parcel is."""
    deliveries.set_state(_only(return_), actor=actor, state=state, at=at)


def mend(return_: Return, actor: Actor, random_: random.Random, at: datetime) -> None:
    """Correct a slip of the keyboard: the number, and that it arrived."""
    parcel = _only(return_)
    said = Tracking(number=_number(random_))
    deliveries.update_tracking(parcel, actor=actor, tracking=said, at=at)
    deliveries.set_state(parcel, actor=actor, state="ARRIVED", at=at)
    deliveries.set_state(parcel, actor=actor, state="IN_TRANSIT", at=at)


def drop(return_: Return, actor: Actor, at: datetime) -> None:
    """Take the parcel out again: the buyer brings the goods to the shop."""
    deliveries.remove_parcel(_only(return_), actor=actor, at=at)


def _first_work(return_: Return) -> int:
    return return_.reverse_fulfillments.order_by("pk").values_list("pk", flat=True)[0]


def _only(return_: Return) -> ReverseDelivery:
    return return_.parcels.get()


def _number(random_: random.Random) -> str:
    """Return a number as DHL and UPS have it, with its check digit."""
    start, code = random_.choice(
        [
            (f"003404341{random_.randrange(10**10):010}", "dhl"),
            (f"1Z7A3V41{random_.randrange(10**9):09}", "ups"),
        ]
    )
    return next(f"{start}{last}" for last in range(10) if tracking.guess(f"{start}{last}") == code)
