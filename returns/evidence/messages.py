"""Buyer and staff write to each other about a return. Verbs as those of `returns.lifecycle`.

The return says who waits for whom: `to_answer_since` when a buyer wrote and staff did not answer,
`details_asked_at` when staff need something and the buyer did not write.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from returns.acts import Act, checked_note, locked
from returns.errors import InvalidPhoto, InvalidState, MissingNote, NotPermitted, TooManyMessages
from returns.evidence import collecting
from returns.models import EventType, EvidencePhoto, Message, Return, ReturnStatus

BODY_LENGTH: Final = 2000
MOST_PER_RETURN: Final = 300
# Of a buyer, one after the other without an answer: each is a mail to the shop.
MOST_IN_A_ROW: Final = 15
MOST_PHOTOS: Final = 8
# While something is still to be decided or received, there is something to show.
SHOWING: Final = (ReturnStatus.REQUESTED, ReturnStatus.OPEN)


def write(
    return_: Return,
    *,
    actor: Actor,
    body: str,
    photos: Sequence[str] = (),
    at: datetime | None = None,
) -> Message:
    """Write to the other side, who gets a mail with a link.

    body: at most BODY_LENGTH characters; may be empty when photos say it all. photos: public ids
    of what `evidence.upload` kept; while the return is requested or open.
    Raises NotPermitted, MissingNote, TooLong, InvalidPhoto, InvalidState, TooManyMessages.
    """
    is_buyer = actor.kind == ActorKind.BUYER
    if not is_buyer and not actor.may(Permission.WRITE_MESSAGE):
        raise NotPermitted
    body = checked_note(body, most=BODY_LENGTH, field="body")
    if not body and not photos:
        raise MissingNote(_("Write something."), field=("body",))
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        message = _store(act, body, photos, asks=False)
        if is_buyer:
            current.details_asked_at = None
            current.to_answer_since = current.to_answer_since or act.now
        else:
            current.to_answer_since = None
        current.save(update_fields=["details_asked_at", "to_answer_since"])
        told = {"message": message.pk, "photos": len(photos)}
        act.record(EventType.MESSAGE_WRITTEN, data=told)
        return message


def ask_for_details(
    return_: Return,
    *,
    actor: Actor,
    body: str,
    photos: Sequence[str] = (),
    at: datetime | None = None,
) -> Message:
    """Tell the buyer what is needed from them; the return says so until they write.

    body, photos: as for `write`, but words are needed. Only while the return is requested or open.
    Raises NotPermitted, MissingNote, TooLong, InvalidPhoto, InvalidState, TooManyMessages.
    """
    if actor.kind == ActorKind.BUYER or not actor.may(Permission.WRITE_MESSAGE):
        raise NotPermitted
    body = checked_note(body, most=BODY_LENGTH, field="body")
    if not body:
        raise MissingNote(_("Write what you need from the buyer."), field=("body",))
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        if current.status not in SHOWING:
            message = _("Nothing is asked any more: the return is %(status)s.")
            raise InvalidState(message % {"status": current.get_status_display()}, field=("id",))
        asked = _store(act, body, photos, asks=True)
        current.details_asked_at, current.to_answer_since = act.now, None
        current.save(update_fields=["details_asked_at", "to_answer_since"])
        told = {"message": asked.pk, "photos": len(photos)}
        act.record(EventType.DETAILS_ASKED, data=told)
        return asked


def settle(return_: Return, *, actor: Actor, at: datetime | None = None) -> Return:
    """Say that the buyer's message needs no answer. Where nothing waits, nothing happens.

    Raises NotPermitted.
    """
    if actor.kind == ActorKind.BUYER or not actor.may(Permission.WRITE_MESSAGE):
        raise NotPermitted
    with locked(return_, actor=actor, at=at) as act:
        current = act.return_
        if current.to_answer_since is not None:
            current.to_answer_since = None
            current.save(update_fields=["to_answer_since"])
            act.record(EventType.MESSAGE_SETTLED, internal=True)
        return current


def _store(act: Act, body: str, ids: Sequence[str], *, asks: bool) -> Message:
    """Store a message with its photos; the return is locked."""
    _check_count(act)
    photos = _photos(act, ids)
    message = Message.objects.create(
        for_return=act.return_,
        author_kind=act.actor.kind,
        author_name=act.actor.name[:200],
        author_user_id=act.actor.user_id,
        body=body,
        asks=asks,
        created_at=act.now,
    )
    collecting.attach_to_message(photos, message)
    return message


def _check_count(act: Act) -> None:
    kinds = act.return_.messages.order_by("-pk").values_list("author_kind", flat=True)
    last = list(kinds[:MOST_PER_RETURN])
    if len(last) >= MOST_PER_RETURN:
        raise TooManyMessages(_("There are enough messages here. Write a mail."), field=("body",))
    row = last[:MOST_IN_A_ROW]
    if act.actor.kind == ActorKind.BUYER and row == [ActorKind.BUYER] * MOST_IN_A_ROW:
        message = _("Your messages have arrived. Please wait until we have answered them.")
        raise TooManyMessages(message, field=("body",))


def _photos(act: Act, ids: Sequence[str]) -> list[EvidencePhoto]:
    if not ids:
        return []
    if act.return_.status not in SHOWING:
        message = _("Photos can be added only while the return is requested or open.")
        raise InvalidState(message, field=("photos",))
    if len(ids) > MOST_PHOTOS:
        raise InvalidPhoto(
            _("Add at most %(count)s photos.") % {"count": MOST_PHOTOS}, field=("photos",)
        )
    known = collecting.unsent(act.return_.order, ids)
    return collecting.checked(ids, known, is_needed=False, field=())
