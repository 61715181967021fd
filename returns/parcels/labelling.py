"""Making labels through adapters, and what the carriers tell of parcels. Called by jobs.

An adapter may be slow or dead, so it is called outside of any transaction: a first one says who
makes the label, a second one stores it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actors
from returns import locks
from returns.acts import locked
from returns.errors import ReturnError
from returns.locales import Reader
from returns.models import EventType, ParcelState, Return, ReturnStatus, ReverseDelivery
from returns.models.parcels import ON_THE_WAY
from returns.parcels import carriers, labels, tracking
from returns.parcels.carriers.interface import CarrierError, MadeLabel, Shipment, TrackingUpdate
from returns.parcels.deliveries import LABEL_FIELDS, put_label, stored_file
from returns.parcels.tracking import Tracking
from returns.parcels.work import (
    MOVED,
    STATE_FIELDS,
    TRACKING_FIELDS,
    follow,
    is_further,
    move_on,
    told,
)
from returns.places import return_address, return_place, sender_address, sender_place

# Longer than any adapter takes: who claimed a label before that has died.
CLAIM_LASTS: Final = timedelta(minutes=10)
_SYSTEM: Final = actors.system()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a return's labels; `retry`: the carrier may answer later."""

    made: int
    retry: bool


def make_waiting(return_id: int, *, notify: bool) -> Outcome:
    """Make every label that a return waits for, each only once whoever else does the same.

    notify: mail the buyer each label by itself.
    """
    waiting = ReverseDelivery.objects.filter(
        for_return=return_id, label="", label_url="", state=ParcelState.LABEL_MADE
    ).exclude(adapter="")
    made, retry = 0, False
    for parcel in waiting:
        if not _claimed(parcel):
            continue
        try:
            _store(parcel, _made(parcel), notify=notify)
            made += 1
        except CarrierError as error:
            _fail(parcel, error.message)
            retry = retry or error.may_pass
        except ReturnError as error:
            _fail(parcel, error.message)
    return Outcome(made=made, retry=retry)


def _claimed(parcel: ReverseDelivery) -> bool:
    """Say that this job makes the label; False when another one does, or it is no longer wanted."""
    with locked(_return(parcel), actor=_SYSTEM, at=None) as act:
        current = _current(act.return_, parcel)
        if current is None or not current.awaits_label or act.return_.status != ReturnStatus.OPEN:
            return False
        claim = current.label_claimed_at
        if claim is not None and claim > act.now - CLAIM_LASTS:
            return False
        current.label_claimed_at = act.now
        current.save(update_fields=["label_claimed_at"])
    return True


def _made(parcel: ReverseDelivery) -> MadeLabel:
    return carriers.adapter(parcel.adapter).make_label(shipment(parcel))


def _store(parcel: ReverseDelivery, made: MadeLabel, *, notify: bool) -> None:
    """Keep a label that was made. What the carrier says of tracking counts, unless it cannot be."""
    known = _known(made)
    read = labels.check(made.content)
    with stored_file(read) as path, locked(_return(parcel), actor=_SYSTEM, at=None) as act:
        current = _current(act.return_, parcel)
        if current is None or not current.awaits_label:
            raise CarrierError(_("A label was made for a parcel that no longer needs one."))
        put_label(current, read=read, path=path, url="", at=act.now)
        if known.number:
            follow(current, known)
        current.save(update_fields=[*LABEL_FIELDS, *TRACKING_FIELDS])
        act.record(EventType.PARCEL_LABELED, data=told(current, label=True, notify=notify))


def _known(made: MadeLabel) -> tracking.Known:
    """Return what the carrier says of tracking; the label is paid for, so it never refuses that."""
    said = Tracking(number=made.tracking_number, carrier=made.carrier, url=made.tracking_url)
    try:
        return tracking.known(said)
    except ReturnError:
        return tracking.Known(number="", code="", name="", url="")


def _fail(parcel: ReverseDelivery, message: str) -> None:
    """Tell staff why there is no label; the same reason again is told once."""
    with locked(_return(parcel), actor=_SYSTEM, at=None) as act:
        current = _current(act.return_, parcel)
        if current is None:
            return
        is_new = current.label_failure != message[:500]
        current.label_failure = message[:500]
        current.label_claimed_at = None
        current.save(update_fields=["label_failure", "label_claimed_at"])
        if is_new:
            act.record(
                EventType.PARCEL_LABEL_FAILED, note=current.label_failure, data=told(current)
            )


def _return(parcel: ReverseDelivery) -> Return:
    return Return.objects.get(pk=parcel.for_return_id)


def _current(return_: Return, parcel: ReverseDelivery) -> ReverseDelivery | None:
    return next((one for one in locks.parcels(return_) if one.pk == parcel.pk), None)


# --- what a label says --------------------------------------------------------------------------


def shipment(parcel: ReverseDelivery) -> Shipment:
    """Return what a label says of a parcel, in the language of its return."""
    found = ReverseDelivery.objects.select_related(
        "reverse_fulfillment__location",
        "for_return__store__return_location",
        "for_return__order__customer",
    ).get(pk=parcel.pk)
    return_, place = found.for_return, found.reverse_fulfillment.location
    store, order = return_.store, return_.order
    reader = Reader.of(return_.language, store.country)
    with translation.override(reader.language):
        return Shipment(
            key=found.public_id.hex,
            reference=return_.reference,
            order_reference=order.reference,
            parcel=str(found.number),
            sender={key: str(value or "") for key, value in sender_place(return_).items()},
            sender_lines=sender_address(return_, reader),
            recipient=return_place(store, place),
            recipient_lines=return_address(store, reader, return_place(store, place)),
            store=store.name,
            url=f"{settings.SITE_URL}{reverse('backoffice:return', args=[return_.pk])}",
            language=reader.language,
            weight_grams=found.weight_grams,
            weight=reader.weight(found.weight_grams) if found.weight_grams else "",
            send_by=return_.send_by,
            send_by_words=reader.date(return_.send_by) if return_.send_by else "",
        )


# --- what carriers tell -------------------------------------------------------------------------


def carrier_says(update: TrackingUpdate) -> int:
    """Move the parcels with this number on, and return how many did.

    Late and repeated news change nothing: a parcel only goes forward here. A number that several
    parcels had over the years means those that have not arrived.
    """
    try:
        number = tracking.known(Tracking(number=update.tracking_number)).number
    except ReturnError:
        return 0
    if not number or update.state not in ParcelState.values:
        return 0
    meant = ReverseDelivery.objects.filter(tracking_number=number).exclude(
        state=ParcelState.ARRIVED
    )
    return sum(_moved(parcel, update) for parcel in meant.order_by("for_return__order", "pk"))


def _moved(parcel: ReverseDelivery, update: TrackingUpdate) -> bool:
    """Move one parcel on, unless it is as far already."""
    with locked(_return(parcel), actor=_SYSTEM, at=None) as act:
        current = _current(act.return_, parcel)
        if current is None or not is_further(update.state, current.state):
            return False
        if act.return_.status not in (ReturnStatus.OPEN, ReturnStatus.CLOSED):
            return False
        before = current.state
        when = update.at if update.at and update.at <= act.now else act.now
        move_on(current, ParcelState(update.state), when)
        current.save(update_fields=STATE_FIELDS)
        event = MOVED[ParcelState(update.state)]
        act.record(event, data=told(current, state=update.state, before=before))
    return True


def ask_carriers(*, most: int = 200) -> int:
    """Ask the adapters that can be asked how far their parcels are; return how many moved.

    Those that were asked longest ago come first.
    """
    asked = [code for code in carriers.codes() if carriers.adapter(code).can_track]
    if not asked:
        return 0
    under_way = ReverseDelivery.objects.filter(
        adapter__in=asked, state__in=[ParcelState.LABEL_MADE, *ON_THE_WAY]
    ).exclude(tracking_number="")
    moved = 0
    for parcel in under_way.order_by(F("asked_at").asc(nulls_first=True), "pk")[:most]:
        ReverseDelivery.objects.filter(pk=parcel.pk).update(asked_at=timezone.now())
        try:
            update = carriers.adapter(parcel.adapter).track(parcel.tracking_number)
        except CarrierError:
            continue
        moved += carrier_says(update) if update else 0
    return moved
