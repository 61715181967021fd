"""Writing down what happened, and setting off what follows from it."""

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from accounts.actors import Actor
from orders.models import Order
from returns.models import Event, EventType, Return

# By name, because the task lies above this module: it sends mail about what is recorded here.
DELIVERY_TASK = "returns.tasks.deliver_event"


def record(
    return_: Return,
    type_: EventType,
    *,
    actor: Actor,
    at: datetime,
    from_status: str = "",
    note: str = "",
    data: dict[str, Any] | None = None,
    internal: bool = False,
    deliver: bool = True,
) -> Event:
    """Append one event about a return and enqueue its delivery, both in the open transaction.

    from_status: the status before, "" for a new return; it and the status now are kept only when
        they differ.
    data: plain JSON for the texts; amounts as strings.
    deliver: False for history that is told afterwards (imports): nobody is to be mailed.
    """
    changed = return_.status != from_status
    about = {
        "order_id": return_.order_id,
        "for_return": return_,
        "from_status": from_status if changed else "",
        "to_status": return_.status if changed else "",
        "internal": internal,
    }
    return _append(type_, about, actor, at, note, data, deliver)


def record_on_order(
    order: Order,
    type_: EventType,
    *,
    actor: Actor,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
    deliver: bool = True,
) -> Event:
    """Append one event about an order, as `record` does about one of its returns."""
    return _append(type_, {"order": order}, actor, at, note, data, deliver)


def _append(
    type_: EventType,
    about: dict[str, Any],
    actor: Actor,
    at: datetime,
    note: str,
    data: dict[str, Any] | None,
    deliver: bool,
) -> Event:
    event = Event.objects.create(
        **about,
        type=type_,
        at=at,
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
        note=note,
        data=data or {},
    )
    if deliver:
        app.configure_task(DELIVERY_TASK).defer(event_id=event.pk)
    return event
