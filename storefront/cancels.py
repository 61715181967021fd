"""What of an order was canceled before it was sent, or can be, as its buyer sees it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from orders import pictures
from orders.models import Order
from returns.cancellations import choices as cancelling
from returns.eligibility import Item
from returns.models import Cancellation, CancellationStatus


def of_order(order: Order, found: Sequence[Item]) -> dict[str, Any]:
    """Return `can_cancel`, `cancellations` that are not done, and `canceled_items`.

    found: the order's items. One query, none where nothing can be or was canceled.
    """
    lines = list(order.lines.all())
    gone = [line for line in lines if line.canceled_quantity]
    if not gone and not (cancelling.is_offered(order) and _has_unsent(found)):
        return {}
    made = cancelling.load(order)
    choices = cancelling.choices(order, lines, _sent(found), made, now=timezone.now())
    return {
        "can_cancel": bool(choices),
        "cancellations": [_open(one) for one in made if one.status != CancellationStatus.DONE],
        "canceled_items": [
            {
                "picture_url": pictures.url(line.image),
                "title": line.title,
                "options": line.options_text,
                "quantity": line.canceled_quantity,
            }
            for line in gone
        ],
    }


def _has_unsent(found: Sequence[Item]) -> bool:
    return any(item.fulfillment_line is None for item in found)


def _sent(found: Sequence[Item]) -> dict[int, int]:
    sent: dict[int, int] = defaultdict(int)
    for item in found:
        if item.fulfillment_line is not None:
            sent[item.order_line.pk] += item.quantity
    return sent


def _open(cancellation: Cancellation) -> dict[str, str]:
    pieces = ", ".join(
        f"{part.quantity} × {part.order_line.title}"  # noqa: RUF001
        for part in cancellation.lines.all()
    )
    if cancellation.status == CancellationStatus.REQUESTED:
        title = _("You asked us to cancel %(pieces)s") % {"pieces": pieces}
        return {"tone": "info", "title": title, "text": _("We write to you when it is decided.")}
    title = _("We could not cancel %(pieces)s") % {"pieces": pieces}
    return {"tone": "neutral", "title": title, "text": cancellation.note}
