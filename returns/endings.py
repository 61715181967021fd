"""The verbs by which goods find another end than the shop's shelves.

The buyer keeps them, refused ones go back to the buyer, and unexpected ones are decided on. As in
`returns.lifecycle`, which offers these verbs too: locks, checks, writes, one event.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from returns import deadlines, locks
from returns.acts import Act, checked_note, locked, move
from returns.errors import (
    InvalidLink,
    InvalidQuantity,
    MissingNote,
    NothingChosen,
    NotPermitted,
    UnknownLine,
)
from returns.exchanges import agreements
from returns.models import (
    BuyerParcel,
    BuyerParcelLine,
    Disposition,
    DispositionType,
    EventType,
    Return,
    ReturnLine,
    ReturnStatus,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
    UnexpectedItem,
)
from returns.receiving import booking, unexpected

_is_link = URLValidator(schemes=["http", "https"])


def let_keep(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int] | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Let the buyer keep pieces that have not come; they can be paid back at once.

    quantities: pieces by return line; None for all that have not come. note: for staff.
    Raises InvalidState, NotPermitted, UnknownLine, InvalidQuantity, NothingChosen, TooLong.
    """
    note = checked_note(note)
    with move(return_, "let_keep", actor=actor, at=at) as act:
        lines = locks.lines(act.return_)
        if quantities is None:
            quantities = {line.pk: line.unprocessed_quantity for line in lines}
        keep(act, lines, quantities, note=note)
    return act.return_


def keep(
    act: Act, lines: Sequence[ReturnLine], quantities: Mapping[int, int], *, note: str = ""
) -> None:
    """Let the buyer keep pieces of the act's locked, open return, and record it."""
    return_ = act.return_
    most = {line.pk: line.unprocessed_quantity for line in lines}
    pieces = _checked(quantities, most)
    owed = deadlines.is_owed(lines)
    _dispose(return_, pieces, kept=True, at=act.now)
    kept = [line for line in lines if line.pk in pieces]
    for line in kept:
        line.processed_quantity += pieces[line.pk]
        line.kept_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(kept, ["processed_quantity", "kept_quantity"])
    return_.let_keep(act.now, sum(pieces.values()))
    deadlines.set_due(return_, kept, was_owed=owed, at=act.now)
    _save(return_, ["processed_quantity", "due_at"])
    act.record(EventType.GOODS_KEPT, note=note, data={"items": _told(lines, pieces)})
    agreements.follow_up(act, lines)


def ship_back(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int],
    message: str,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    at: datetime | None = None,
) -> BuyerParcel:
    """Send refused pieces back to the buyer: they are done with, and never paid back.

    quantities: received pieces by return line, neither in stock nor paid back. message: why, to
    the buyer. tracking_url: an http or https address. Raises InvalidState, NotPermitted,
    UnknownLine, InvalidQuantity, NothingChosen, MissingNote, TooLong, InvalidLink.
    """
    parcel = _parcel(message, carrier, tracking_number, tracking_url)
    if not parcel.message:
        raise MissingNote(_("Tell the buyer why."), field=("message",))
    with move(return_, "ship_back", actor=actor, at=at) as act:
        lines = locks.lines(act.return_)
        most = {line.pk: line.refusable_quantity for line in lines}
        _send(act, parcel, lines, _checked(quantities, most), EventType.SHIPPED_BACK)
    return parcel


def ship_repaired(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int],
    message: str = "",
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    at: datetime | None = None,
) -> BuyerParcel:
    """Send pieces back to the buyer that were repaired, as the buyer asked; nothing is paid back.

    quantities: received pieces by return line that are to be repaired. message: to the buyer.
    Raises as `ship_back` does, but for a missing message.
    """
    parcel = _parcel(message, carrier, tracking_number, tracking_url)
    parcel.is_repaired = True
    with move(return_, "ship_repaired", actor=actor, at=at) as act:
        lines = locks.lines(act.return_)
        most = {line.pk: line.repairable_quantity for line in lines}
        _send(act, parcel, lines, _checked(quantities, most), EventType.REPAIRED)
    return parcel


def _parcel(message: str, carrier: str, number: str, link: str) -> BuyerParcel:
    """Return what was said about a parcel, checked and not stored."""
    return BuyerParcel(
        message=checked_note(message, field="message"),
        carrier=checked_note(carrier, most=100, field="carrier"),
        tracking_number=checked_note(number, most=100, field="tracking_number"),
        tracking_url=_checked_link(link),
    )


def _send(
    act: Act,
    parcel: BuyerParcel,
    lines: Sequence[ReturnLine],
    pieces: Mapping[int, int],
    event: EventType,
) -> None:
    """Store the parcel with pieces of the act's locked lines, and record it."""
    parcel.for_return, parcel.created_at = act.return_, act.now
    parcel.save(force_insert=True)
    _take(act.return_, lines, pieces, parcel, at=act.now)
    told = {"items": _told(lines, pieces), "parcel": parcel.pk}
    act.record(event, note=parcel.message, data=told)
    agreements.follow_up(act, lines)


def _take(
    return_: Return,
    lines: Sequence[ReturnLine],
    pieces: Mapping[int, int],
    parcel: BuyerParcel,
    *,
    at: datetime,
) -> None:
    """Put pieces into the parcel: first those that nobody has decided on yet."""
    BuyerParcelLine.objects.bulk_create(
        BuyerParcelLine(parcel=parcel, return_line_id=key, quantity=count)
        for key, count in pieces.items()
    )
    work = {line.return_line_id: line for line in booking.work_lines(return_)}
    open_pieces = {
        line.pk: min(pieces[line.pk], line.processed_quantity - work[line.pk].disposed_quantity)
        for line in lines
        if line.pk in pieces
    }
    undecided = {key: count for key, count in open_pieces.items() if count}
    _dispose(return_, undecided, kept=False, at=at, work=work)
    taken = [line for line in lines if line.pk in pieces]
    for line in taken:
        line.shipped_back_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(taken, ["shipped_back_quantity"])
    disposed = sum(undecided.values())
    if parcel.is_repaired:
        return_.ship_repaired(at, disposed)
    else:
        return_.ship_back(at, disposed)
    _save(return_)


def _dispose(
    return_: Return,
    pieces: Mapping[int, int],
    *,
    kept: bool,
    at: datetime,
    work: Mapping[int, ReverseFulfillmentLine] | None = None,
) -> None:
    """Write down that pieces by return line are finally not put into stock."""
    if work is None:
        work = {line.return_line_id: line for line in booking.work_lines(return_)}
    for key, count in pieces.items():
        work[key].disposed_quantity += count
    ReverseFulfillmentLine.objects.bulk_update([work[key] for key in pieces], ["disposed_quantity"])
    Disposition.objects.bulk_create(
        Disposition(
            line=work[key],
            type=DispositionType.NOT_RESTOCKED,
            quantity=count,
            kept=kept,
            created_at=at,
        )
        for key, count in pieces.items()
    )


def _save(return_: Return, more: Sequence[str] = ()) -> None:
    return_.save(update_fields=["status", "closed_at", "disposed_quantity", *more])
    if return_.status == ReturnStatus.CLOSED:
        booking.set_work_status(return_, ReverseFulfillmentStatus.CLOSED)


def _checked(quantities: Mapping[int, int], most: Mapping[int, int]) -> dict[int, int]:
    for key, count in quantities.items():
        field = ("lines", str(key))
        if key not in most:
            raise UnknownLine(_("This item is not part of the return."), field=field)
        if not 0 <= count <= most[key]:
            words = _("Choose 0 to %(most)s pieces.") % {"most": most[key]}
            raise InvalidQuantity(words, field=(*field, "quantity"))
    pieces = {key: count for key, count in quantities.items() if count}
    if not pieces:
        raise NothingChosen(_("Choose at least one item."), field=("lines",))
    return pieces


def _checked_link(link: str) -> str:
    link = checked_note(link, field="tracking_url")
    if link:
        try:
            _is_link(link)
        except ValidationError as error:
            words = _("Enter an address that starts with https://.")
            raise InvalidLink(words, field=("tracking_url",)) from error
    return link


def _told(lines: Sequence[ReturnLine], pieces: Mapping[int, int]) -> list[dict[str, object]]:
    return [
        {"title": line.fulfillment_line.order_line.title, "quantity": pieces[line.pk]}
        for line in lines
        if line.pk in pieces
    ]


def decide_unexpected(
    return_: Return,
    *,
    actor: Actor,
    item_id: int,
    type: str,  # noqa: A002 - as in DisposeRequest
    location_id: int | None = None,
    at: datetime | None = None,
) -> UnexpectedItem:
    """Decide whether an unexpected item goes into stock; possible in any state of the return.

    type: RESTOCKED or NOT_RESTOCKED. location_id: None for the store's location for returns.
    Raises NotPermitted, UnknownLine, InvalidState, InvalidDisposition.
    """
    if not actor.may(Permission.RECEIVE):
        raise NotPermitted
    with locked(return_, actor=actor, at=at) as act:
        item = unexpected.decide(act.return_, item_id, type, location_id)
        act.record(
            EventType.UNEXPECTED_DECIDED,
            data={"title": item.title, "quantity": item.quantity, "type": type},
            internal=True,
        )
    return item


def keep_all(return_: Return, *, actor: Actor, at: datetime, told_afterwards: bool) -> None:
    """Let the buyer keep all of a return that was opened in this transaction by its terms."""
    act = Act(
        return_=return_,
        from_status=return_.status,
        actor=actor,
        now=at,
        told_afterwards=told_afterwards,
    )
    lines = locks.lines(return_)
    keep(act, lines, {line.pk: line.unprocessed_quantity for line in lines})
