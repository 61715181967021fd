"""The start page: what waits for this person, oldest first."""

from functools import cache
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice import cancellation_page, listing
from backoffice.access import StaffRequest, staff
from backoffice.words import ago_words, day_words
from orders.kept import Kept, Now
from returns import queries
from returns.models import AutomationRule, Return
from returns.queries import DUE_FIRST, ORDERINGS, Queue, Sort

# Who clears a queue, and how its tile looks: icon, tone, what is done.
TILES: Final[dict[Queue, tuple[Permission, str, str, "str | Promise"]]] = {
    Queue.DECIDE: (
        Permission.DECIDE_RETURN,
        "inbox",
        "attention",
        gettext_lazy("Requests to approve or decline"),
    ),
    Queue.ANSWER: (
        Permission.WRITE_MESSAGE,
        "mail",
        "attention",
        gettext_lazy("Buyers wrote and wait"),
    ),
    Queue.ON_THE_WAY: (
        Permission.RECEIVE,
        "truck",
        "info",
        gettext_lazy("Handed in, will arrive soon"),
    ),
    Queue.RECEIVE: (
        Permission.RECEIVE,
        "package",
        "info",
        gettext_lazy("Approved, goods expected"),
    ),
    Queue.FINISH: (
        Permission.RECEIVE,
        "search",
        "attention",
        gettext_lazy("Received, needs work"),
    ),
    Queue.SEND: (
        Permission.RECEIVE,
        "truck",
        "info",
        gettext_lazy("Replacements ready to send"),
    ),
    Queue.REFUND: (
        Permission.REFUND,
        "money",
        "positive",
        gettext_lazy("Received, not paid back"),
    ),
    Queue.OVERDUE: (
        Permission.EDIT_RETURN,
        "clock",
        "critical",
        gettext_lazy("Goods did not come in time"),
    ),
    Queue.LATE: (
        Permission.VIEW_RETURNS,
        "alert",
        "critical",
        gettext_lazy("To decide or to pay back, over time"),
    ),
}
SHOWN = 5
# What is shown of a return; rows are wide.
COLUMNS = (
    *("gift_code", "recipient_name", "recipient_email"),
    *("reference", "created_at", "send_by", "total_quantity", "store__name"),
    *(f"order__{name}" for name in ("guest_email", "shipping_address", "billing_address")),
    *("order__customer__name", "order__customer__email"),
)


@staff(Permission.VIEW_RETURNS)
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """Show the queues that this person can clear, each with the returns that wait longest."""
    mine = [name for name in TILES if request.actor.may(TILES[name][0])]
    counts = queries.queue_counts(mine)
    may_decide = request.actor.may(Permission.DECIDE_RETURN)
    cancellations = cancellation_page.waiting() if may_decide else []
    context = {
        "cancellations": cancellations,
        "tiles": [_tile(name, counts[name]) for name in mine],
        "queues": [_queue(name) for name in mine if counts[name]],
        "nothing_waits": not any(counts.values()) and not cancellations,
        "stopped": _stopped() if request.actor.may(Permission.MANAGE_SETTINGS) else [],
    }
    return render(request, "backoffice/home.html", context)


def _stopped() -> list[dict[str, Any]]:
    """Return the automation rules that stopped themselves; one query."""
    return [
        {
            "title": _("The rule “%(rule)s” has stopped itself") % {"rule": rule.name},
            "why": rule.stopped_why,
            "url": reverse("backoffice:automation_rule", args=[rule.pk]),
        }
        for rule in AutomationRule.objects.stopped()[:SHOWN]
    ]


def _url(name: Queue) -> str:
    return f"{reverse('backoffice:returns')}?queue={name.value}"


def _tile(name: Queue, count: int) -> dict[str, Any]:
    _permission, icon, tone, note = TILES[name]
    return {
        "label": name.label,
        "value": listing.count_label(count),
        "note": note if count else _("Nothing to do"),
        "icon": icon,
        "tone": tone if count else "neutral",
        "url": _url(name),
    }


def _queue(name: Queue) -> dict[str, Any]:
    """Return the head of a queue: who has waited longest; one query."""
    by_deadline = name == Queue.OVERDUE
    return {
        "label": name.label,
        "url": _url(name),
        "when_label": _("Send by") if by_deadline else _("Requested"),
        "rows": [_row(return_, by_deadline=by_deadline) for return_ in _head(name).rows()],
    }


@cache
def _head(name: Queue) -> Kept[Return]:
    """Return the query of the returns in a queue that wait longest."""
    order = ORDERINGS[Sort.DEADLINE if name == Queue.OVERDUE else Sort.OLDEST]
    order = DUE_FIRST if name == Queue.LATE else order

    def build() -> QuerySet[Return]:
        found = queries.queue(name, Now()).select_related("store", "order__customer")
        return found.only(*COLUMNS).order_by(*order)[:SHOWN]

    return Kept(build)


def _row(return_: Return, *, by_deadline: bool) -> dict[str, Any]:
    return {
        "reference": return_.reference,
        "url": reverse("backoffice:return", args=[return_.pk]),
        "buyer": return_.sender_name or return_.email,
        "store": return_.store.name,
        "pieces": return_.total_quantity,
        "when": day_words(return_.send_by) if by_deadline else ago_words(return_.created_at),
    }
