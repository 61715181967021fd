"""Writing down what happened, and setting off what follows from it."""

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from accounts.actors import Actor
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
    event = Event.objects.create(
        order_id=return_.order_id,
        for_return=return_,
        type=type_,
        at=at,
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
        run_id=actor.run_id,
        from_status=from_status if changed else "",
        to_status=return_.status if changed else "",
        note=note,
        data=data or {},
        internal=internal,
    )
    if deliver:
        app.configure_task(DELIVERY_TASK).defer(event_id=event.pk)
    return event
