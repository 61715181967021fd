"""The verbs on parcels back: announce one, label it, follow it, say how far it is, take it out.

Like those of `returns.lifecycle`: each locks the order, the return and its parcels, checks, writes,
and records one event, all in one transaction. A label's file is written to the storage before, and
taken away again when the transaction fails.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from returns import locks
from returns.acts import Act, locked
from returns.errors import (
    InvalidLabel,
    InvalidState,
    InvalidTracking,
    NothingChosen,
    NotPermitted,
    UnknownParcel,
)
from returns.models import (
    EventType,
    ParcelState,
    Return,
    ReturnStatus,
    ReverseDelivery,
    ReverseFulfillment,
    ReverseFulfillmentStatus,
)
from returns.models.parcels import label_path
from returns.parcels import carriers, labels, tracking
from returns.parcels.labels import LabelFile
from returns.parcels.tracking import Tracking
from returns.parcels.work import (
    MOVED,
    STATE_FIELDS,
    TRACKING_FIELDS,
    Pieces,
    checked_pieces,
    follow,
    is_further,
    move_on,
    next_number,
    put_in,
    told,
)

__all__ = [
    "Label",
    "Pieces",
    "Tracking",
    "add_parcel",
    "attach_label",
    "hand_in",
    "remove_parcel",
    "set_state",
    "update_tracking",
]

LABEL_FIELDS: Final = (
    "label",
    "label_type",
    "label_url",
    "labeled_at",
    "relabeled_at",
    "adapter",
    "label_failure",
    "label_claimed_at",
)
NO_TRACKING: Final = Tracking()


@dataclass(frozen=True, kw_only=True)
class Label:
    """Where a label comes from: at most one of a file, a link, and an adapter that makes it."""

    file: File | None = None  # type: ignore[type-arg]  # generic only in the stubs
    url: str = ""
    adapter: str = ""


NO_LABEL: Final = Label()


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A checked label: what was read of the file and where it lies, a link, or an adapter."""

    read: LabelFile | None
    path: str
    url: str
    adapter: str

    @property
    def is_there(self) -> bool:
        return bool(self.path or self.url)


def add_parcel(
    return_: Return,
    *,
    actor: Actor,
    work_id: int | None = None,
    pieces: Sequence[Pieces] = (),
    tracking: Tracking = NO_TRACKING,
    label: Label = NO_LABEL,
    weight_grams: int | None = None,
    notify: bool = True,
    at: datetime | None = None,
) -> ReverseDelivery:
    """Announce a parcel of an open return.

    work_id: of the reverse fulfilment that it goes to; None when there is but one. pieces: what is
    in it; none for all that are in no other parcel. notify: mail the label to the buyer. A label
    that an adapter makes comes by a job, later.
    Raises NotPermitted, InvalidState, UnknownParcel, UnknownLine, InvalidQuantity, TooManyParcels,
    InvalidTracking, TooLong, InvalidLabel, LabelTooLarge.
    """
    _require_permission(actor)
    known = tracking_known(tracking)
    with _stored(label) as source, locked(return_, actor=actor, at=at) as act:
        parcel = _announced(act, work_id, pieces, weight_grams)
        follow(parcel, known)
        _set_label(parcel, source, act.now)
        parcel.save(update_fields=[*TRACKING_FIELDS, *LABEL_FIELDS])
        act.record(
            EventType.PARCEL_ADDED,
            data=told(parcel, label=source.is_there, notify=notify and source.is_there),
        )
    return parcel


def hand_in(
    return_: Return,
    *,
    actor: Actor,
    parcel_id: int | None = None,
    work_id: int | None = None,
    tracking: Tracking = NO_TRACKING,
    at: datetime | None = None,
) -> ReverseDelivery:
    """Say that a parcel was handed in, as its buyer may; a new one when `parcel_id` is None.

    What is known of its tracking stays when nothing new is said. Telling the same number again
    changes nothing.
    Raises as `add_parcel` does, and NothingChosen when nothing is left for a new parcel.
    """
    if actor.kind != ActorKind.BUYER:
        _require_permission(actor)
    known = tracking_known(tracking)
    with locked(return_, actor=actor, at=at) as act:
        parcels = locks.parcels(act.return_)
        same = [one for one in parcels if known.number and one.tracking_number == known.number]
        if same and same[0].state != ParcelState.LABEL_MADE:
            return same[0]
        parcel = _sent_parcel(act, parcels, same, parcel_id, work_id, has_number=bool(known.number))
        if known.number and not same:
            follow(parcel, known)
        move_on(parcel, ParcelState.HANDED_IN, act.now)
        parcel.save(update_fields=[*TRACKING_FIELDS, *STATE_FIELDS])
        act.record(EventType.PARCEL_HANDED_IN, data=told(parcel))
    return parcel


def _sent_parcel(
    act: Act,
    parcels: Sequence[ReverseDelivery],
    same: Sequence[ReverseDelivery],
    parcel_id: int | None,
    work_id: int | None,
    *,
    has_number: bool,
) -> ReverseDelivery:
    """Return the parcel that was handed in, or a new one for what is in no parcel."""
    if same or parcel_id is not None:
        parcel = same[0] if same else _of(parcels, parcel_id)
        _require_status(act.return_, (ReturnStatus.OPEN,))
        if parcel.state != ParcelState.LABEL_MADE:
            raise InvalidState(_("This parcel was handed in already."), field=("parcel",))
        return parcel
    parcel = _announced(act, work_id, (), None)
    if not has_number and not parcel.lines.exists():
        raise NothingChosen(
            _("All items are in a parcel already. Enter the tracking number of another one."),
            field=("tracking", "number"),
        )
    return parcel


def update_tracking(
    parcel: ReverseDelivery, *, actor: Actor, tracking: Tracking, at: datetime | None = None
) -> ReverseDelivery:
    """Say how a parcel can be followed; nothing happens when that is known already.

    Raises NotPermitted, InvalidState, UnknownParcel, InvalidTracking, TooLong.
    """
    _require_permission(actor)
    known = tracking_known(tracking)
    with _act_on(parcel, actor=actor, at=at) as (act, current):
        before = [getattr(current, name) for name in TRACKING_FIELDS]
        follow(current, known)
        if [getattr(current, name) for name in TRACKING_FIELDS] != before:
            current.save(update_fields=TRACKING_FIELDS)
            act.record(EventType.PARCEL_TRACKED, data=told(current))
    return current


def set_state(
    parcel: ReverseDelivery, *, actor: Actor, state: str, at: datetime | None = None
) -> ReverseDelivery:
    """Say how far a parcel is. Going back corrects a mistake; the same again changes nothing.

    Raises NotPermitted, InvalidState, UnknownParcel, InvalidTracking (unknown state).
    """
    _require_permission(actor)
    if state not in ParcelState.values:
        raise InvalidTracking(_("Choose how far the parcel is."), field=("state",))
    with _act_on(parcel, actor=actor, at=at) as (act, current):
        before = current.state
        if before == state:
            return current
        move_on(current, ParcelState(state), act.now)
        current.save(update_fields=STATE_FIELDS)
        went_back = not is_further(state, before)
        event = EventType.PARCEL_CORRECTED if went_back else MOVED[ParcelState(state)]
        act.record(event, data=told(current, state=state, before=before))
    return current


def attach_label(
    parcel: ReverseDelivery,
    *,
    actor: Actor,
    label: Label,
    notify: bool = True,
    at: datetime | None = None,
) -> ReverseDelivery:
    """Give a parcel that was not handed in its label, in place of any before.

    notify: mail it to the buyer. With an adapter the label comes by a job, later.
    Raises NotPermitted, InvalidState, UnknownParcel, InvalidLabel, LabelTooLarge.
    """
    _require_permission(actor)
    with (
        _stored(label) as source,
        _act_on(parcel, actor=actor, at=at, statuses=(ReturnStatus.OPEN,)) as (act, current),
    ):
        _require_not_sent(current)
        if not (source.is_there or source.adapter):
            raise InvalidLabel(_("Choose a file or enter a link."), field=("label",))
        _set_label(current, source, act.now)
        current.save(update_fields=LABEL_FIELDS)
        data = told(current, label=source.is_there, notify=notify and source.is_there)
        act.record(EventType.PARCEL_LABELED, data=data)
    return current


def remove_parcel(
    parcel: ReverseDelivery, *, actor: Actor, note: str = "", at: datetime | None = None
) -> None:
    """Take a parcel out that was announced and not handed in; its pieces can go into another.

    Raises NotPermitted, InvalidState, UnknownParcel, TooLong.
    """
    from returns.acts import checked_note

    _require_permission(actor)
    note = checked_note(note)
    with _act_on(parcel, actor=actor, at=at, statuses=(ReturnStatus.OPEN,)) as (act, current):
        _require_not_sent(current)
        act.record(EventType.PARCEL_REMOVED, note=note, data=told(current))
        _forget_file(current.label.name or "")
        current.delete()


# --- checks -------------------------------------------------------------------------------------


def tracking_known(said: Tracking) -> tracking.Known:
    """Check and complete what was said of tracking, its errors at ("tracking", ...)."""
    return tracking.known(said)


def _require_permission(actor: Actor) -> None:
    if not actor.may(Permission.SHIP):
        raise NotPermitted


def _require_status(return_: Return, statuses: Sequence[ReturnStatus]) -> None:
    if return_.status not in statuses:
        raise InvalidState(
            _("The return is %(status)s: its parcels stay as they are.")
            % {"status": return_.get_status_display()},
            field=("id",),
        )


def _require_not_sent(parcel: ReverseDelivery) -> None:
    if parcel.state != ParcelState.LABEL_MADE:
        raise InvalidState(
            _("This is not possible: the parcel is %(state)s.")
            % {"state": parcel.get_state_display()},
            field=("parcel",),
        )


@contextmanager
def _act_on(
    parcel: ReverseDelivery,
    *,
    actor: Actor,
    at: datetime | None,
    statuses: Sequence[ReturnStatus] = (ReturnStatus.OPEN, ReturnStatus.CLOSED),
) -> Iterator[tuple[Act, ReverseDelivery]]:
    """Lock the order, the return and its parcels; refuse in other states of the return."""
    return_ = Return.objects.get(pk=parcel.for_return_id)
    with locked(return_, actor=actor, at=at) as act:
        current = _of(locks.parcels(act.return_), parcel.pk)
        _require_status(act.return_, statuses)
        current.for_return = act.return_
        yield act, current


def _of(parcels: Sequence[ReverseDelivery], parcel_id: int | None) -> ReverseDelivery:
    for parcel in parcels:
        if parcel.pk == parcel_id:
            return parcel
    raise UnknownParcel(
        _("There is no such parcel any more. Load the page again."), field=("parcel",)
    )


def _announced(
    act: Act, work_id: int | None, wanted: Sequence[Pieces], weight_grams: int | None
) -> ReverseDelivery:
    """Make a parcel with what is in it, on the locked return."""
    _require_status(act.return_, (ReturnStatus.OPEN,))
    work = _work(act.return_, work_id)
    lines = {line.pk: line for line in work.lines.select_for_update().order_by("pk")}
    pieces = checked_pieces(lines, wanted)
    parcel = ReverseDelivery.objects.create(
        for_return=act.return_,
        reverse_fulfillment=work,
        number=next_number(locks.parcels(act.return_)),
        weight_grams=weight_grams,
        created_at=act.now,
    )
    put_in(parcel, pieces)
    return parcel


def _work(return_: Return, work_id: int | None) -> ReverseFulfillment:
    found = return_.reverse_fulfillments.filter(status=ReverseFulfillmentStatus.OPEN)
    if work_id is not None:
        found = found.filter(pk=work_id)
    work = list(found[:2])
    if len(work) == 1:
        return work[0]
    raise UnknownParcel(_("Choose where the parcel goes to."), field=("work",))


# --- labels -------------------------------------------------------------------------------------


@contextmanager
def _stored(label: Label) -> Iterator[_Source]:
    """Check a label and write its file; it is taken away again when what follows fails."""
    if sum((label.file is not None, bool(label.url.strip()), bool(label.adapter))) > 1:
        raise InvalidLabel(_("Choose one: a file, a link, or a label made here."), field=("label",))
    if label.adapter and label.adapter not in carriers.codes():
        raise InvalidLabel(_("This carrier is not set up here."), field=("adapter",))
    url = tracking.checked_url(label.url, ("label_url",))
    read = labels.read(label.file) if label.file is not None else None
    with stored_file(read) as path:
        yield _Source(read=read, path=path, url=url, adapter=label.adapter)


@contextmanager
def stored_file(read: LabelFile | None) -> Iterator[str]:
    """Write a label's file and yield where it lies; it goes away when what follows fails."""
    path = ""
    if read is not None:
        path = default_storage.save(label_path(ReverseDelivery(), read.file.name or ""), read.file)
    try:
        yield path
    except BaseException:
        if path:
            default_storage.delete(path)
        raise


def _set_label(parcel: ReverseDelivery, source: _Source, at: datetime) -> None:
    """Set where the label of a parcel is; the file before goes once this is sure. Not saved."""
    put_label(parcel, read=source.read, path=source.path, url=source.url, at=at)
    parcel.adapter = source.adapter


def put_label(
    parcel: ReverseDelivery, *, read: LabelFile | None, path: str, url: str, at: datetime
) -> None:
    """Set a parcel's label to a stored file, a link, or none; not saved."""
    _forget_file(parcel.label.name or "")
    if parcel.has_label:
        parcel.relabeled_at = at
    parcel.label = path
    parcel.label_type = read.type if read else ""
    parcel.label_url = url
    if parcel.has_label and parcel.labeled_at is None:
        parcel.labeled_at = at
    parcel.label_failure = ""
    parcel.label_claimed_at = None


def _forget_file(path: str) -> None:
    """Delete a file once the open transaction is sure; robust, because then it is done."""
    if path:
        transaction.on_commit(lambda: default_storage.delete(path), robust=True)
