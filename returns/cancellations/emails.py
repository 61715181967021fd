"""What buyers are told about canceling what was not sent yet."""

from collections.abc import Mapping
from typing import Any, Final

from returns.emails import Message, compose
from returns.links import order_link
from returns.locales import Reader
from returns.models import Event, EventType

_MAILS: Final[Mapping[str, str]] = {
    EventType.CANCELLATION_ASKED: "cancellation_asked",
    EventType.CANCELLATION_DONE: "cancellation_done",
    EventType.CANCELLATION_DECLINED: "cancellation_declined",
}


def for_event(event: Event) -> Message | None:
    """Return the mail that tells the buyer of this event; None when there is nothing to tell."""
    name = _MAILS.get(event.type)
    order = event.order
    if name is None or not order.email:
        return None
    told: dict[str, Any] = {
        "items": event.data["items"],
        "sent": event.data.get("sent", []),
        "note": event.note,
        "link": order_link(order),
    }
    return compose(name, order, Reader.of(order.language, order.store.country), **told)
