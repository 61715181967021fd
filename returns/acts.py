"""One act on one return: the locks, the check of the move and the event that frame every verb."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from returns import events, locks
from returns.errors import TooLong
from returns.models import Event, EventType, Return
from returns.moves import require

# Shopify's declineNote has the same limit.
NOTE_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act under way: the locked return, its status before, who acts, and when.

    told_afterwards: this is history that is only now written down, so nobody is mailed.
    """

    return_: Return
    from_status: str
    actor: Actor
    now: datetime
    told_afterwards: bool

    def record(
        self,
        type_: EventType,
        *,
        note: str = "",
        data: dict[str, Any] | None = None,
        internal: bool = False,
    ) -> Event:
        """Write the act's one event, in its transaction. internal: for staff only."""
        return events.record(
            self.return_,
            type_,
            actor=self.actor,
            at=self.now,
            from_status=self.from_status,
            note=note,
            data=data,
            internal=internal,
            deliver=not self.told_afterwards,
        )


@contextmanager
def locked(return_: Return, *, actor: Actor, at: datetime | None) -> Iterator[Act]:
    """Open a transaction and lock the order, then the return as it is now."""
    with transaction.atomic():
        _order, current = locks.order_and_return(return_)
        yield Act(
            return_=current,
            from_status=current.status,
            actor=actor,
            now=at or timezone.now(),
            told_afterwards=at is not None,
        )


@contextmanager
def move(return_: Return, verb: str, *, actor: Actor, at: datetime | None) -> Iterator[Act]:
    """Do as `locked` does, and refuse unless `actor` may make the move called `verb` now.

    Raises InvalidState or NotPermitted.
    """
    with locked(return_, actor=actor, at=at) as act:
        require(act.return_, verb, actor)
        yield act


def checked_note(note: str, *, most: int = NOTE_LENGTH, field: str = "note") -> str:
    """Return a note without surrounding space. Raises TooLong above `most` characters."""
    note = note.strip()
    if len(note) > most:
        raise TooLong(_("Write at most %(count)s characters.") % {"count": most}, field=(field,))
    return note
