"""What buyers want to cancel before it is sent, as staff see it."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from backoffice.words import ago_words, counted, moment_words
from returns.cancellations import choices
from returns.models import Cancellation, CancellationStatus

SHOWN = 5


def rows(found: Iterable[Cancellation], *, may_decide: bool) -> list[dict[str, Any]]:
    """Describe an order's cancellations, the newest first; no queries after `cancelling.load`."""
    return [_row(one, may_decide) for one in reversed(list(found))]


def _row(one: Cancellation, may_decide: bool) -> dict[str, Any]:
    is_open = may_decide and one.status == CancellationStatus.REQUESTED
    args = [one.order_id, one.pk]
    return {
        "items": items(one),
        "status": one.status,
        "status_words": one.get_status_display(),
        "when": moment_words(one.created_at),
        "note": one.note,
        "problem": one.problem,
        "approve_url": reverse("backoffice:approve_cancellation", args=args) if is_open else "",
        "decline_url": reverse("backoffice:decline_cancellation", args=args) if is_open else "",
    }


def items(one: Cancellation) -> str:
    """Return what somebody wants to cancel, or what was."""
    done = one.status == CancellationStatus.DONE
    pieces = [
        (part.canceled_quantity if done else part.quantity, part.order_line.title)
        for part in one.lines.all()
    ]
    return ", ".join(counted(count, title) for count, title in pieces if count)


def waiting() -> list[dict[str, Any]]:
    """Return the orders whose buyers wait longest for an answer; one query."""
    found = Cancellation.objects.filter(status=CancellationStatus.REQUESTED)
    found = found.select_related("order__store", "order__customer")
    return [
        {
            "reference": one.order.reference,
            "url": reverse("backoffice:order", args=[one.order_id]) + "#cancellations",
            "buyer": one.order.buyer_name or one.order.email,
            "store": one.order.store.name,
            "when": ago_words(one.created_at),
        }
        for one in found.order_by("created_at", "pk")[:SHOWN]
    ]


def of_order(order: Any, *, may_decide: bool) -> list[dict[str, Any]]:
    """Load and describe the cancellations of an order; one query."""
    return rows(choices.load(order), may_decide=may_decide)
