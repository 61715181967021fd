"""The verbs: everything that changes a return goes through one of these functions.

Each locks (order first), checks the move on the locked row, checks its guards, writes, and records
one event, all in one transaction; see the design, section 4. Each takes the actor, and `at`: when
it happened, for history that is told afterwards (then nobody is mailed); None for now.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from returns import deadlines, events, locks, storing
from returns.acts import checked_note, locked, move
from returns.endings import decide_unexpected, let_keep, ship_back, ship_repaired
from returns.errors import (
    InvalidQuantity,
    MissingNote,
    MissingReason,
    NothingChosen,
    NotPermitted,
    UnknownLine,
)
from returns.exchanges import agreements, replacements
from returns.exchanges.agreements import Tracking, add_exchanges, process_exchange, remove_exchanges
from returns.exchanges.payments import pay_with_credit, record_payment
from returns.exchanges.requests import ExchangeRequest
from returns.models import (
    DeclineReason,
    Event,
    EventType,
    Return,
    ReturnLine,
    ReturnStatus,
    ReverseFulfillmentStatus,
)
from returns.moves import available, require
from returns.opening import create, request, request_each, request_gift, withdraw
from returns.parcels import work as parcel_work
from returns.receiving import booking, unexpected
from returns.receiving.booking import DisposeRequest, Receipt
from returns.receiving.unexpected import UnexpectedPieces
from returns.refunds import fees
from returns.requests import LineRequest

__all__ = [
    "DisposeRequest",
    "ExchangeRequest",
    "LineRequest",
    "Receipt",
    "Tracking",
    "UnexpectedPieces",
    "add_exchanges",
    "add_note",
    "approve",
    "available",
    "cancel",
    "close",
    "create",
    "decide_unexpected",
    "decline",
    "let_keep",
    "pay_with_credit",
    "process",
    "process_exchange",
    "record_payment",
    "remove_exchanges",
    "remove_lines",
    "reopen",
    "request",
    "request_each",
    "request_gift",
    "ship_back",
    "ship_repaired",
    "waive_fee",
    "withdraw",
]

TIMELINE_NOTE_LENGTH = 5000


def approve(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int] | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Let goods come back and open the work of receiving them.

    quantities: pieces by return line that are approved; the rest is taken out. None for all.
    Raises InvalidState, NotPermitted, UnknownLine, InvalidQuantity, NothingChosen, TooLong.
    """
    note = checked_note(note)
    with move(return_, "approve", actor=actor, at=at) as act:
        current = act.return_
        lines = locks.lines(current)
        removed = _not_approved(lines, quantities)
        if removed:
            _take_out(current, lines, removed)
            current.total_quantity -= sum(removed.values())
        gone = replacements.follow(current, lines, removed)
        current.approve(act.now)
        current.send_by = storing.send_by(current, act.now)
        current.due_at = None
        current.save(
            update_fields=[
                "status",
                "approved_at",
                "send_by",
                "due_at",
                "total_quantity",
                *replacements.COUNTED,
            ]
        )
        work = booking.open_work(current, lines)
        if not act.told_afterwards:
            parcel_work.open_labels(current, work, at=act.now)
        told = {"pieces": current.total_quantity, "removed": _titles(lines, removed) + gone}
        act.record(EventType.RETURN_APPROVED, note=note, data=told)
        agreements.refresh(act, lines, is_changed=bool(gone))
    return current


def _not_approved(
    lines: Sequence[ReturnLine], quantities: Mapping[int, int] | None
) -> dict[int, int]:
    """Return the pieces by return line that are not among the approved ones."""
    if quantities is None:
        return {}
    _check_pieces(quantities, {line.pk: line.quantity for line in lines})
    if not any(quantities.values()):
        raise NothingChosen(_("Choose at least one item, or decline the return."), field=("lines",))
    left_out = {line.pk: line.quantity - quantities.get(line.pk, 0) for line in lines}
    return {key: count for key, count in left_out.items() if count}


def _check_pieces(quantities: Mapping[int, int], most: Mapping[int, int]) -> None:
    for key, count in quantities.items():
        field = ("lines", str(key))
        if key not in most:
            raise UnknownLine(_("This item is not part of the return."), field=field)
        if not 0 <= count <= most[key]:
            raise InvalidQuantity(
                _("Choose 0 to %(most)s pieces.") % {"most": most[key]},
                field=(*field, "quantity"),
            )


def _take_out(return_: Return, lines: Sequence[ReturnLine], pieces: Mapping[int, int]) -> None:
    """Take pieces out of locked lines; they can be returned again."""
    changed = [line for line in lines if pieces.get(line.pk)]
    for line in changed:
        line.quantity -= pieces[line.pk]
        line.removed_quantity += pieces[line.pk]
    ReturnLine.objects.bulk_update(changed, ["quantity", "removed_quantity"])
    _release(return_, changed, pieces)


def _release(return_: Return, lines: Sequence[ReturnLine], pieces: Mapping[int, int]) -> None:
    parcels = {parcel.pk: parcel for parcel in locks.fulfillment_lines(return_.order)}
    storing.hold([(parcels[line.fulfillment_line_id], -pieces[line.pk]) for line in lines])


def _release_all(return_: Return) -> None:
    lines = [line for line in locks.lines(return_) if line.quantity]
    _release(return_, lines, {line.pk: line.quantity for line in lines})


def _titles(lines: Sequence[ReturnLine], pieces: Mapping[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "line": line.pk,
            "title": line.fulfillment_line.order_line.title,
            "quantity": pieces[line.pk],
        }
        for line in lines
        if pieces.get(line.pk)
    ]


def decline(
    return_: Return, *, actor: Actor, reason: str, note: str = "", at: datetime | None = None
) -> Return:
    """Refuse a request; its pieces can be returned again.

    reason: a DeclineReason, for staff and APIs. note: the message to the buyer; staff must give one
    with OTHER.
    Raises InvalidState, NotPermitted, MissingReason, MissingNote, TooLong.
    """
    note = checked_note(note)
    if reason not in DeclineReason.values:
        raise MissingReason(_("Choose a reason."), field=("reason",))
    if reason == DeclineReason.OTHER and not note and actor.kind != ActorKind.API:
        raise MissingNote(_("Tell the buyer why."), field=("note",))
    with move(return_, "decline", actor=actor, at=at) as act:
        current = act.return_
        current.decline(act.now, reason, note)
        current.save(update_fields=["status", "declined_at", "decline_reason", "decline_note"])
        _release_all(current)
        replacements.end(current)
        act.record(EventType.RETURN_DECLINED, note=note, data={"reason": reason})
    return current


def cancel(return_: Return, *, actor: Actor, note: str = "", at: datetime | None = None) -> Return:
    """Call a return off; its pieces can be returned again. Nothing happens when it already is.

    Raises InvalidState, NotPermitted, TooLong.
    """
    note = checked_note(note)
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        if current.status == ReturnStatus.CANCELED:
            return current
        require(current, "cancel", actor)
        current.cancel(act.now)
        current.save(update_fields=["status", "canceled_at"])
        _release_all(current)
        replacements.end(current)
        booking.set_work_status(current, ReverseFulfillmentStatus.CANCELED)
        act.record(EventType.RETURN_CANCELED, note=note)
    return current


def remove_lines(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int],
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Take unprocessed pieces out of a return; with nothing left to do it closes.

    quantities: pieces by return line. Raises InvalidState, NotPermitted, UnknownLine,
    InvalidQuantity, NothingChosen, TooLong.
    """
    note = checked_note(note)
    with move(return_, "remove_lines", actor=actor, at=at) as act:
        current = act.return_
        lines = locks.lines(current)
        _check_pieces(quantities, {line.pk: line.removable_quantity for line in lines})
        pieces = {key: count for key, count in quantities.items() if count}
        if not pieces:
            raise NothingChosen(_("Choose what to take out."), field=("lines",))
        _take_out(current, lines, pieces)
        booking.take_out(current, pieces)
        parcel_work.take_out(current)
        gone = replacements.follow(current, lines, pieces)
        current.remove_lines(act.now, sum(pieces.values()))
        current.save(update_fields=["status", "closed_at", "total_quantity", *replacements.COUNTED])
        if current.status == ReturnStatus.CLOSED:
            booking.set_work_status(current, ReverseFulfillmentStatus.CLOSED)
        told = {"removed": _titles(lines, pieces) + gone}
        act.record(EventType.LINES_REMOVED, note=note, data=told)
        agreements.refresh(act, lines, is_changed=bool(gone))
    return current


def process(
    return_: Return,
    *,
    actor: Actor,
    receipts: Sequence[Receipt],
    extra: Sequence[UnexpectedPieces] = (),
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Book what came back and what becomes of it; closes the return when all is done.

    extra: pieces that nobody had asked to return; a person decides on them later.
    Raises InvalidState, NotPermitted, NothingChosen, UnknownLine, InvalidQuantity,
    InvalidDisposition, InvalidPhoto, MissingNote, TooLong.
    """
    note = checked_note(note)
    with move(return_, "process", actor=actor, at=at) as act:
        current = act.return_
        parcels, lines = locks.parcels(current), locks.lines(current)
        owed = deadlines.is_owed(lines)
        received = booking.receive(current, lines, receipts, at=act.now, needed=not extra)
        unexpected.store(current, extra, at=act.now)
        parcel_work.arrive(parcels, lines, at=act.now)
        current.process(act.now, received.processed, received.disposed)
        deadlines.set_due(current, lines, was_owed=owed, at=act.now)
        counted = ("processed_quantity", "disposed_quantity")
        current.save(update_fields=["status", "closed_at", "due_at", *counted])
        if current.status == ReturnStatus.CLOSED:
            booking.set_work_status(current, ReverseFulfillmentStatus.CLOSED)
        told: dict[str, Any] = {"receipts": received.told}
        if extra:
            told["unexpected"] = unexpected.told(extra)
        act.record(EventType.RETURN_PROCESSED, note=note, data=told)
        agreements.follow_up(act, lines)
    return current


def close(return_: Return, *, actor: Actor, note: str = "", at: datetime | None = None) -> Return:
    """Say that nothing more will happen. Nothing happens when it is closed already.

    Raises InvalidState, NotPermitted, TooLong.
    """
    note = checked_note(note)
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        if current.status == ReturnStatus.CLOSED:
            return current
        require(current, "close", actor)
        dropped = replacements.drop_unsent(current)
        current.close(act.now)
        current.save(update_fields=["status", "closed_at", *replacements.COUNTED])
        booking.set_work_status(current, ReverseFulfillmentStatus.CLOSED)
        act.record(EventType.RETURN_CLOSED, note=note, data={"removed": dropped} if dropped else {})
        if dropped:
            agreements.refresh(act, locks.lines(current), is_changed=True)
    return current


def reopen(return_: Return, *, actor: Actor, note: str = "", at: datetime | None = None) -> Return:
    """Go on with a closed return. Nothing happens when it is open already.

    Raises InvalidState, NotPermitted, TooLong.
    """
    note = checked_note(note)
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        if current.status == ReturnStatus.OPEN:
            return current
        require(current, "reopen", actor)
        current.reopen()
        current.save(update_fields=["status", "closed_at"])
        booking.set_work_status(current, ReverseFulfillmentStatus.OPEN)
        act.record(EventType.RETURN_REOPENED, note=note)
    return current


def waive_fee(
    return_: Return, *, actor: Actor, fee_id: int, reason: str, at: datetime | None = None
) -> Return:
    """Let go of a fee that no refund has kept yet. Nothing happens when it is waived already.

    reason: for staff. Raises NotPermitted, UnknownFee, InvalidState, FeeTaken, MissingReason,
    TooLong.
    """
    if not actor.may(Permission.WAIVE_FEE):
        raise NotPermitted
    reason = checked_note(reason, field="reason")
    if not reason:
        raise MissingReason(_("Tell why the fee is waived."), field=("reason",))
    with locked(return_, actor=actor, at=at) as act:
        told = fees.waive(act.return_, fee_id, actor=actor, reason=reason, at=act.now)
        if told:
            act.record(EventType.FEE_WAIVED, note=reason, data=told)
            agreements.refresh(act, locks.lines(act.return_))
    return act.return_


def add_note(return_: Return, *, actor: Actor, body: str, at: datetime | None = None) -> Event:
    """Write a note for staff on the return's timeline.

    Raises NotPermitted, MissingNote, TooLong.
    """
    if not actor.may(Permission.WRITE_NOTE):
        raise NotPermitted
    body = checked_note(body, most=TIMELINE_NOTE_LENGTH, field="body")
    if not body:
        raise MissingNote(_("Write something."), field=("body",))
    with locked(return_, actor=actor, at=at) as act:
        return events.record(
            act.return_,
            EventType.NOTE_ADDED,
            actor=actor,
            at=act.now,
            from_status=act.from_status,
            note=body,
            internal=True,
            deliver=not act.told_afterwards,
        )
