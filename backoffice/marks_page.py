"""A return's tags, whose work it is, by when we have to act, and the way to its buyer's past."""

from collections.abc import Sequence
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Permission
from backoffice.words import ago_words, day_words
from orders.kept import Kept
from returns import deadlines
from returns.models import Return, ReturnLine, ReturnStatus
from returns.models.states import LIVE

_MEMBERS: Final = Kept(lambda: User.objects.staff().order_by("name", "pk"))


def members_here() -> list[User]:
    """Return everybody who works here; one query."""
    return _MEMBERS.rows()


def due_words(return_: Return) -> str:
    """Return what we have to do about a return by when; it must wait for us, `store` loaded."""
    if return_.due_at is None:
        return ""
    day = day_words(timezone.localdate(return_.due_at, return_.store.zone))
    if return_.status == ReturnStatus.REQUESTED:
        return _("Decide by %(day)s") % {"day": day}
    return _("Pay back by %(day)s") % {"day": day}


def _waits(return_: Return, lines: Sequence[ReturnLine]) -> bool:
    requested = return_.status == ReturnStatus.REQUESTED
    owed = return_.status in LIVE and (deadlines.is_owed(lines) or return_.exchange_due < 0)
    return return_.due_at is not None and (requested or owed)


def late_words(return_: Return, lines: Sequence[ReturnLine]) -> str:
    """Return since when we are late, in words; "" when we are not."""
    if return_.due_at is None or not _waits(return_, lines) or return_.due_at > timezone.now():
        return ""
    return _("Late: due %(ago)s") % {"ago": ago_words(return_.due_at)}


def facts(return_: Return, lines: Sequence[ReturnLine], actor: Actor) -> list[dict[str, str]]:
    """Return what is due, the tags and whose work it is; no queries (`assignee` is loaded)."""
    url = reverse("backoffice:return_marks", args=[return_.pk])
    may = actor.may(Permission.WRITE_NOTE)
    rows = [
        (_("Due"), due_words(return_) if _waits(return_, lines) else "", ""),
        (_("Assigned to"), str(return_.assignee or _("Nobody")), url),
        (_("Tags"), ", ".join(return_.tags) or _("None"), url),
    ]
    return [
        {"label": label, "value": value, **({"url": way} if way and may else {})}
        for label, value, way in rows
        if value
    ]


def way_to_risk(return_: Return) -> list[dict[str, str]]:
    """Return the row that leads to what the buyer returned before; no queries."""
    url = reverse("backoffice:return_history", args=[return_.pk])
    return [{"label": _("Last twelve months"), "value": _("Show"), "url": url}]
