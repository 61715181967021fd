"""Making the deliveries of what happened: one for each subscription that is to be told.

The job of one event takes along the events whose jobs wait behind it, as a hundred cost little more
than one: bodies are read and written for all at once, and the same body once for all receivers.
"""

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from returns import jobs
from returns.events import FAN_OUT_TASK
from returns.models import DeliveryStatus, Event, WebhookDelivery, WebhookSubscription
from returns.webhooks import bodies, filters, topics
from returns.webhooks.bodies import Asked, Body
from returns.webhooks.deliveries import ACTS, dumped, new_delivery, subjects, wake

MOST_EVENTS: Final = 100  # that one job sees to

logger = logging.getLogger(__name__)


def fan_out(event_id: int) -> None:
    """Make the deliveries of an event, and of those waiting behind it, and have them sent.

    Again, nothing is made twice. What is waiting leaves the queue in the transaction that makes
    its deliveries; where these cannot be made, it stays, and only the event's own are made.
    """
    others: list[int] = []
    try:
        with transaction.atomic():
            others = jobs.take_along(FAN_OUT_TASK, "event_id", MOST_EVENTS)
            told = _store(_made([event_id, *others]))
    except Exception:
        if not others:
            raise
        logger.warning("Deliveries of %s are made one by one", [event_id, *others], exc_info=True)
        told = _store(_made([event_id]))
    wake(told)


def fan_out_body(topic: str, key: str, triggered_at: datetime, body: Body) -> None:
    """Make the deliveries of news that come with their body; again, nothing is made twice.

    key: names the news, unique within its topic.
    """
    act_id = uuid.uuid5(ACTS, f"{topic} {key}")
    made = [
        WebhookDelivery(
            subscription=each,
            key=key,
            act_id=act_id,
            triggered_at=triggered_at,
            body=dumped(filters.pruned(body, each.include_fields)),
        )
        for each in WebhookSubscription.objects.listening().filter(topic=topic)
        if filters.compiled(each.filter)(body)
    ]
    wake(_store(made))


def _store(made: Sequence[WebhookDelivery]) -> set[int]:
    """Insert deliveries that are not there yet; return whose they are."""
    WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True)
    return {delivery.subscription_id for delivery in made}


def _made(event_ids: Iterable[int]) -> list[WebhookDelivery]:
    """Return the deliveries of events, with their bodies, in the events' order."""
    listening: dict[str, list[_Reader]] = {}
    for each in WebhookSubscription.objects.listening():
        listening.setdefault(each.topic, []).append(_Reader(each))
    asked = [
        Asked(topic, event, subject)
        for event in _events(event_ids)
        for topic in _topics(event)
        if topic in listening
        for subject in subjects(event, topic)
    ]
    now = timezone.now()
    return [
        delivery
        for each, body in zip(asked, bodies.build(asked), strict=True)
        for delivery in _told(each, body, listening[each.topic], now)
    ]


def _events(event_ids: Iterable[int]) -> Iterable[Event]:
    found = Event.objects.filter(pk__in=list(event_ids)).select_related("for_return__order")
    return found.defer("for_return__search", "for_return__order__search").order_by("pk")


def _topics(event: Event) -> Iterable[str]:
    return topics.of_event(event.type, to_status=event.to_status, data=event.data)


class _Reader:
    """A subscription with its filter, which is read once."""

    def __init__(self, subscription: WebhookSubscription) -> None:
        self.pk = subscription.pk
        self.fields = tuple(subscription.include_fields)
        self.passes: Callable[[Body], bool] = filters.compiled(subscription.filter)


def _told(
    asked: Asked, body: Body | None, readers: Sequence[_Reader], now: datetime
) -> Iterable[WebhookDelivery]:
    """Yield a delivery for each reader; where there is nothing to send, one that has ended."""
    texts: dict[tuple[str, ...], str] = {}
    for reader in readers:
        delivery = new_delivery(reader.pk, asked.event, asked.subject_id)
        if body is None or not reader.passes(body):
            delivery.status, delivery.settled_at = DeliveryStatus.SKIPPED, now
        else:
            if reader.fields not in texts:
                texts[reader.fields] = dumped(filters.pruned(body, list(reader.fields)))
            delivery.body = texts[reader.fields]
        yield delivery
