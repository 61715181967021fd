"""What a rule can do. Each act is one of the verbs that people use, done in the rule's name.

An act says whether it did something; where nothing is left to do it says no, which is no failure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.models import User
from returns import lifecycle, marks
from returns.acts import locked
from returns.errors import ReturnError, UnknownMember
from returns.evidence import messages
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import (
    DeclineReason,
    Disposition,
    DispositionType,
    EventType,
    Refund,
    RefundStatus,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.receiving.booking import load_bundles, restock_problem
from returns.refunds import payouts, proposals

# Of the keys under which rules pay back: the same rule on the same occasion pays once.
_REFUNDS: Final = UUID("6f0d2c0e-5d0c-4d39-9f2e-3f6f3c1b7a52")


class RefundWhat(models.TextChoices):
    """What a rule pays back for."""

    RECEIVED = "RECEIVED", gettext_lazy("what came back")
    ALL = "ALL", gettext_lazy("all pieces, before they are back")


class ExpireHow(models.TextChoices):
    """How a rule ends an open return for which nothing came."""

    CLOSE = "CLOSE", gettext_lazy("close it")
    CANCEL = "CANCEL", gettext_lazy("cancel it: the pieces can be returned again")


class NotifyWhom(models.TextChoices):
    """Who gets a rule's mail."""

    STORE = "STORE", gettext_lazy("the store's address")
    MANAGERS = "MANAGERS", gettext_lazy("all managers")
    ASSIGNEE = "ASSIGNEE", gettext_lazy("who the return is assigned to, else all managers")


class RefundRefused(ReturnError):
    """The gateway paid nothing."""

    code = "INVALID"


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do. states: those of a return in which it can do something.

    act: told the return, what the rule says about it, and who acts; says whether it did something.
    is_durable: it commits by itself, because money leaves the house; else it shares a transaction
    with the note that it is done.
    """

    label: "str | Promise"
    states: frozenset[str]
    act: Callable[[Return, Mapping[str, Any], Actor], bool]
    is_durable: bool = False


def _approve(return_: Return, _told: Mapping[str, Any], actor: Actor) -> bool:
    lifecycle.approve(return_, actor=actor)
    return True


def _decline(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    lifecycle.decline(return_, actor=actor, reason=told["reason"], note=told.get("message", ""))
    return True


def _close(return_: Return, _told: Mapping[str, Any], actor: Actor) -> bool:
    if return_.status == ReturnStatus.CLOSED:
        return False
    lifecycle.close(return_, actor=actor)
    return True


def _expire(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    """End what never came: a request is declined; an open return is closed, or canceled whole."""
    if return_.status == ReturnStatus.REQUESTED:
        note = told.get("message") or _("The goods did not come in time.")
        lifecycle.decline(return_, actor=actor, reason=DeclineReason.OTHER, note=note)
        return True
    if told.get("how") == ExpireHow.CANCEL and not return_.processed_quantity:
        lifecycle.cancel(return_, actor=actor)
        return True
    return _close(return_, told, actor)


def _refund(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    """Pay back once per run; a refund of the run that was begun is brought to its end."""
    key = uuid5(_REFUNDS, str(actor.run_id))
    lines = list(return_.lines.select_related("fulfillment_line__order_line").order_by("pk"))
    quantities = proposals.received_quantities(lines)
    if told.get("pieces") == RefundWhat.ALL:
        quantities = {line.pk: line.owed_quantity for line in lines}
    quantities = {pk: count for pk, count in quantities.items() if count > 0}
    begun = Refund.objects.filter(idempotency_key=key).exists()
    if not quantities and not begun:
        return False
    made = payouts.refund(return_, actor=actor, key=key, quantities=None if begun else quantities)
    if made.status == RefundStatus.FAILED:
        why = [part.failure for part in made.transactions.all() if part.failure]
        raise RefundRefused("; ".join(why) or _("The payment was refused."))
    return True


def _restock(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    """Put received pieces back in stock that need work or a decision, of certain grades only.

    The pieces of a line that were graded otherwise stay as they are.
    """
    lines = list(return_.lines.select_related("fulfillment_line__order_line").order_by("pk"))
    load_bundles(lines)
    receipts = [
        Receipt(line_id=line.pk, quantity=0, dispositions=wishes)
        for line in lines
        if not restock_problem(line) and (wishes := _restocked(line, set(told.get("grades", ()))))
    ]
    if not receipts:
        return False
    lifecycle.process(return_, actor=actor, receipts=receipts)
    return True


def _restocked(line: ReturnLine, grades: set[str]) -> tuple[DisposeRequest, ...]:
    """Return what is put back of a line: its pieces without a final decision, by their grade."""
    decided = list(
        Disposition.objects.filter(line__return_line=line).select_related("grade").order_by("pk")
    )
    final = sum(one.quantity for one in decided if one.type != DispositionType.PROCESSING_REQUIRED)
    left = line.processed_quantity - final
    waiting = [one for one in decided if one.type == DispositionType.PROCESSING_REQUIRED]
    wishes = []
    for one in waiting:
        grade = one.grade.handle if one.grade else ""
        count = min(one.quantity, left)
        if count > 0 and (not grades or grade in grades):
            wishes.append(_back_in_stock(count, grade))
            left -= count
    if not grades and left > 0:
        wishes.append(_back_in_stock(left, ""))
    return tuple(wishes)


def _back_in_stock(count: int, grade: str) -> DisposeRequest:
    return DisposeRequest(type=DispositionType.RESTOCKED, quantity=count, grade=grade)


def _tag(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    before = list(return_.tags)
    return marks.tag(return_, actor=actor, add=told["tags"]).tags != before


def _assign(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    member = User.objects.filter(pk=told["user"]).first()
    if member is None:
        raise UnknownMember(_("The person to assign to is not there any more."))
    before = return_.assignee_id
    return marks.assign(return_, actor=actor, to=member).assignee_id != before


def _ask(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    """Ask the buyer for details, unless the very same is asked and not answered yet."""
    text = told["text"].strip()
    with locked(return_, actor=actor, at=None) as act:
        if act.return_.details_asked_at is not None:
            last = act.return_.messages.filter(asks=True).order_by("-pk").first()
            if last is not None and last.body == text:
                return False
        messages.ask_for_details(act.return_, actor=actor, body=text)
    return True


def _remind(return_: Return, _told: Mapping[str, Any], actor: Actor) -> bool:
    """Ask the buyer for the goods once more; the event sends the mail (`returns.emails`)."""
    with locked(return_, actor=actor, at=None) as act:
        current = act.return_
        waits = current.status == ReturnStatus.OPEN and current.unprocessed_quantity > 0
        if not waits or not current.email:
            return False
        act.record(EventType.BUYER_REMINDED, data={"email": current.email})
    return True


def _notify(return_: Return, told: Mapping[str, Any], actor: Actor) -> bool:
    """Mail staff; the event sends the mail (`returns.staff_emails`)."""
    with locked(return_, actor=actor, at=None) as act:
        data = {"to": told["to"]}
        act.record(EventType.STAFF_NOTIFIED, note=told.get("text", ""), data=data, internal=True)
    return True


_ALL: Final = frozenset(ReturnStatus.values)
_OPEN: Final = frozenset({ReturnStatus.OPEN.value})
_REQUESTED: Final = frozenset({ReturnStatus.REQUESTED.value})
_PAYABLE: Final = frozenset({ReturnStatus.OPEN.value, ReturnStatus.CLOSED.value})

# In the order in which the acts of one rule are done.
ACTIONS: Final[dict[str, Action]] = {
    "approve": Action(label=gettext_lazy("Approve"), states=_REQUESTED, act=_approve),
    "decline": Action(label=gettext_lazy("Decline"), states=_REQUESTED, act=_decline),
    "restock": Action(label=gettext_lazy("Put back in stock"), states=_OPEN, act=_restock),
    "refund": Action(label=gettext_lazy("Pay back"), states=_PAYABLE, act=_refund, is_durable=True),
    "expire": Action(
        label=gettext_lazy("End what never came"), states=_REQUESTED | _OPEN, act=_expire
    ),
    "close": Action(label=gettext_lazy("Close"), states=_OPEN, act=_close),
    "ask": Action(label=gettext_lazy("Ask for details"), states=_REQUESTED | _OPEN, act=_ask),
    "tag": Action(label=gettext_lazy("Add tags"), states=_ALL, act=_tag),
    "assign": Action(label=gettext_lazy("Assign"), states=_ALL, act=_assign),
    "remind": Action(label=gettext_lazy("Remind the buyer"), states=_OPEN, act=_remind),
    "notify": Action(label=gettext_lazy("Notify staff"), states=_ALL, act=_notify),
}

# Acts of which a rule can have only one: each ends what the others begin.
EXCLUSIVE: Final = (
    ("approve", "decline"),
    ("approve", "expire"),
    ("decline", "expire"),
    ("decline", "close"),
    ("decline", "refund"),
    ("expire", "close"),
    ("expire", "remind"),
    ("close", "remind"),
    ("decline", "ask"),
    ("expire", "ask"),
    ("close", "ask"),
)


def in_order(actions: Mapping[str, Any]) -> list[str]:
    """Return the names of a rule's acts in the order in which they are done."""
    return [name for name in ACTIONS if name in actions]
