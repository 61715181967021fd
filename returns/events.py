"""Writing down what happened, and setting off what follows from it."""

from datetime import datetime
from typing import Any

from django.db.models import Exists
from procrastinate.contrib.django import app

from accounts.actors import Actor
from orders.models import Order
from returns import jobs
from returns.models import Event, EventType, Return, WebhookSubscription
from returns.webhooks import topics as webhook_topics

# By name, because the task lies above this module: it sends mail about what is recorded here.
DELIVERY_TASK = "returns.tasks.deliver_event"
FAN_OUT_TASK = "webhooks.tasks.fan_out"
FAN_OUT_BODY_TASK = "webhooks.tasks.fan_out_body"


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
    deliver: False for history that is told afterwards (imports): nobody is to be mailed, and no
        webhook is sent.
    Whether anybody has subscribed is found out by the statement that inserts the event; only then
    a second job is enqueued.
    """
    changed = return_.status != from_status
    about = {
        "order_id": return_.order_id,
        "for_return": return_,
        "from_status": from_status if changed else "",
        "to_status": return_.status if changed else "",
        "internal": internal,
    }
    return _append(type_, about, actor, at, note, data or {}, deliver)


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
    return _append(type_, {"order": order}, actor, at, note, data or {}, deliver)


def _append(
    type_: EventType,
    about: dict[str, Any],
    actor: Actor,
    at: datetime,
    note: str,
    data: dict[str, Any],
    deliver: bool,
) -> Event:
    to_status = about.get("to_status", "")
    event = Event.objects.create(
        **about,
        type=type_,
        at=at,
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
        run_id=actor.run_id,
        note=note,
        data=data,
        has_subscribers=_somebody_listens(type_, to_status, data) if deliver else False,
    )
    if deliver:
        app.configure_task(DELIVERY_TASK).defer(event_id=event.pk)
    if event.has_subscribers:
        jobs.defer_fan_out(FAN_OUT_TASK, event_id=event.pk)
    return event


def _somebody_listens(type_: str, to_status: str, data: dict[str, Any]) -> Exists | bool:
    topics = webhook_topics.of_event(type_, to_status=to_status, data=data)
    if not topics:
        return False
    return Exists(WebhookSubscription.objects.listening().filter(topic__in=topics))


def publish(topic: str, *, key: str, at: datetime, body: dict[str, Any]) -> None:
    """Tell the subscribers of a topic, in the open transaction, what is no event of a return.

    key: names the news within its topic, such as its primary key: told twice, it is sent once.
    at: when it happened. body: plain JSON, as it is to be sent.
    One query, and one job when anybody listens.
    """
    if WebhookSubscription.objects.listening().filter(topic=topic).exists():
        jobs.defer_fan_out(
            FAN_OUT_BODY_TASK, topic=topic, key=key, triggered_at=at.isoformat(), body=body
        )
