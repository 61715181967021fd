"""Whether a move is possible: the question that every verb asks of the locked row.

The answers come from the table on the model, so buttons and verbs cannot disagree.
"""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django_fsm import can_proceed, has_transition_perm

from accounts.actors import Actor
from returns.errors import InvalidState, NotPermitted
from returns.models import Return

# The verbs of the table, as they are called in `returns.lifecycle` and `returns.refunds.payouts`.
VERBS = (
    "approve",
    "decline",
    "cancel",
    "remove_lines",
    "process",
    "let_keep",
    "ship_back",
    "ship_repaired",
    "add_exchanges",
    "remove_exchanges",
    "process_exchange",
    "record_payment",
    "pay_with_credit",
    "close",
    "reopen",
    "refund",
)


def available(return_: Return, actor: Actor) -> frozenset[str]:
    """Return the names of the verbs that `actor` may call on the return as it is now.

    Draws the buttons and answers the APIs; no queries.
    """
    return frozenset(verb for verb in VERBS if _possible(return_, verb, actor))


def _possible(return_: Return, verb: str, actor: Actor) -> bool:
    move = getattr(return_, verb)
    return bool(can_proceed(move)) and bool(has_transition_perm(move, actor))


def require(return_: Return, verb: str, actor: Actor) -> None:
    """Refuse unless `actor` may make this move on the locked return now.

    Raises InvalidState, saying what happened meanwhile, or NotPermitted.
    """
    move = getattr(return_, verb)
    if not can_proceed(move):
        raise InvalidState(_what_happened(return_), field=("id",))
    if not has_transition_perm(move, actor):
        raise NotPermitted


def _what_happened(return_: Return) -> str:
    last = return_.events.exclude(to_status="").order_by("-pk").first()
    status = return_.get_status_display()
    if last is None:
        return _("This is not possible: the return is %(status)s.") % {"status": status}
    return _("This is not possible: the return is %(status)s since %(when)s, by %(who)s.") % {
        "status": status,
        "when": date_format(localtime(last.at, return_.store.zone), "SHORT_DATETIME_FORMAT"),
        "who": last.actor_name,
    }
