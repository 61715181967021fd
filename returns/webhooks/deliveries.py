"""Webhook deliveries: made of an event, handed out to be sent, and what came of each attempt.

Called by jobs. Nothing here waits for a receiver; that is done by `webhooks.sending`.
"""

import json
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import F, QuerySet, prefetch_related_objects
from django.utils import timezone

from returns import jobs
from returns.models import (
    AttemptFailure,
    DeliveryStatus,
    Disposition,
    Event,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTopic,
)
from returns.webhooks import bodies, filters, topics
from returns.webhooks.bodies import Asked, Body

# By name, because the task lies above this module.
SEND_TASK: Final = "webhooks.tasks.send"

# Minutes from an attempt that failed to the next one: eight more within four hours.
WAITS: Final = (1, 2, 5, 10, 20, 40, 65, 97)
JITTER: Final = 0.1  # of the wait, up or down, so that what failed together does not come together
LONGEST_RETRY_AFTER: Final = 3600  # seconds that a receiver can ask us to wait
BATCH: Final = 100
KEPT_DAYS: Final = 30

# Both are the same for the same event, however often and by whomever they are reckoned.
ACTS: Final = uuid.UUID("6f0f7a2e-5c50-4c2a-9c0e-0d7f1f6b8a11")
_GONE: Final = 410
_ANSWER_LENGTH: Final = 500


# --- making them --------------------------------------------------------------------------------


def new_delivery(subscription_id: int, event: Event, subject: int | None) -> WebhookDelivery:
    """Return a delivery that is not stored yet and has no body yet."""
    return WebhookDelivery(
        subscription_id=subscription_id,
        event=event,
        subject_id=subject,
        key=f"{event.pk} {subject or ''}".strip(),
        act_id=uuid.uuid5(ACTS, str(event.pk)),
        triggered_at=event.at,
    )


def subjects(event: Event, topic: str) -> list[int | None]:
    """Return the rows that an event is told about under a topic, one message for each."""
    if topic != WebhookTopic.DISPOSE:
        return [topics.subject_of(topic, event.data)]
    made = Disposition.objects.filter(
        line__reverse_fulfillment__for_return=event.for_return_id, created_at=event.at
    )
    work = made.values_list("line__reverse_fulfillment", flat=True)
    return list(work.distinct().order_by("line__reverse_fulfillment"))


def dumped(body: Body) -> str:
    """Return a body as it is sent and signed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def wake(subscription_ids: Iterable[int]) -> None:
    """Have what is due of these subscriptions sent, each in a job of its own, one at a time.

    To be called once it is committed. Where it was not, the next minute's run sends it.
    """
    jobs.send_webhooks(SEND_TASK, subscription_ids)


def replay(chosen: QuerySet[WebhookDelivery]) -> int:
    """Begin a new series of attempts for deliveries that ended; returns how many they are."""
    ended = chosen.exclude(status=DeliveryStatus.PENDING)
    return ended.update(
        status=DeliveryStatus.PENDING, tries=0, due_at=timezone.now(), settled_at=None
    )


def wake_due(now: datetime) -> None:
    """Wake every subscription that something is due of."""
    due = WebhookDelivery.objects.filter(
        status=DeliveryStatus.PENDING, due_at__lte=now, subscription__disabled_at__isnull=True
    )
    wake(due.order_by().values_list("subscription", flat=True).distinct())


def forget(before: datetime) -> None:
    """Remove what ended before a moment, with its attempts."""
    WebhookDelivery.objects.filter(settled_at__lt=before).delete()


# --- handing them out ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """One delivery as it is to be sent. secrets: the newest first."""

    delivery_id: int
    public_id: uuid.UUID
    act_id: uuid.UUID
    triggered_at: datetime
    topic: str
    name: str
    api_version: str
    is_test: bool
    body: str
    tries: int
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """What is due of one subscription, and where it goes."""

    address: str
    messages: tuple[Message, ...]


def due(subscription_id: int, *, now: datetime, most: int = BATCH) -> Batch | None:
    """Return what is due of a subscription, at most so many; None when it is not told any more.

    Writes the bodies that are not written yet (of tests), and passes over what the filter keeps
    out. Only one job at a time asks for the same subscription.
    """
    subscription = (
        WebhookSubscription.objects.listening().filter(pk=subscription_id).first()
    )  # may be deleted by now
    if subscription is None:
        return None
    while found := _due(subscription, now, most):
        if messages := _written(subscription, found, now):
            return Batch(subscription.address, tuple(messages))
    return Batch(subscription.address, ())


def _due(subscription: WebhookSubscription, now: datetime, most: int) -> list[WebhookDelivery]:
    waiting = subscription.deliveries.filter(status=DeliveryStatus.PENDING, due_at__lte=now)
    found = list(waiting.order_by("due_at", "id")[:most])
    bare = [each for each in found if not each.body]
    if bare:
        prefetch_related_objects(bare, "event__for_return__order")
    return found


def _written(
    subscription: WebhookSubscription, found: Sequence[WebhookDelivery], now: datetime
) -> list[Message]:
    new = [each for each in found if not each.body and each.event]
    if new:
        _write(subscription, new)
    skipped = [each.pk for each in found if not each.body]
    if skipped:
        WebhookDelivery.objects.filter(pk__in=skipped).update(
            status=DeliveryStatus.SKIPPED, settled_at=now
        )
    secrets = tuple(subscription.secrets(now))
    return [_message(each, subscription, secrets) for each in found if each.body]


def _write(subscription: WebhookSubscription, new: Sequence[WebhookDelivery]) -> None:
    """Write bodies; those that the filter keeps out, or that there is nothing to tell of, not."""
    passes = filters.compiled(subscription.filter)
    asked = [Asked(subscription.topic, each.event, each.subject_id) for each in new if each.event]
    for each, body in zip(new, bodies.build(asked), strict=True):
        if body is not None and (each.is_test or passes(body)):
            each.body = dumped(filters.pruned(body, subscription.include_fields))
    _store_bodies([each for each in new if each.body])


def _store_bodies(written: Sequence[WebhookDelivery]) -> None:
    """Do what `bulk_update` does, in a statement that need not be built for every row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE returns_webhookdelivery SET body = new.body"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, body)"
            " WHERE returns_webhookdelivery.id = new.id",
            [[each.pk for each in written], [each.body for each in written]],
        )


def _message(
    delivery: WebhookDelivery, subscription: WebhookSubscription, secrets: tuple[str, ...]
) -> Message:
    return Message(
        delivery_id=delivery.pk,
        public_id=delivery.public_id,
        act_id=delivery.act_id,
        triggered_at=delivery.triggered_at,
        topic=subscription.topic,
        name=subscription.name,
        api_version=subscription.api_version,
        is_test=delivery.is_test,
        body=delivery.body,
        tries=delivery.tries,
        secrets=secrets,
    )


# --- what came of them --------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempted:
    """How one attempt ended. answer: its first characters; retry_after: seconds, if asked for."""

    message: Message
    at: datetime
    milliseconds: int
    status_code: int | None = None
    failure: str = ""
    answer: str = ""
    retry_after: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has it."""
        return not self.failure


def settle(subscription_id: int, attempts: Sequence[Attempted], *, now: datetime) -> None:
    """Log attempts and say of each delivery whether it arrived, is tried again, or failed."""
    with transaction.atomic():
        WebhookAttempt.objects.bulk_create(_row(attempt) for attempt in attempts)
        arrived = [each.message.delivery_id for each in attempts if each.succeeded]
        WebhookDelivery.objects.filter(pk__in=arrived).update(
            status=DeliveryStatus.DELIVERED, tries=F("tries") + 1, settled_at=now
        )
        for attempt in attempts:
            if not attempt.succeeded:
                _put_off(attempt, now)
        if any(attempt.status_code == _GONE for attempt in attempts):
            listening = WebhookSubscription.objects.listening().filter(pk=subscription_id)
            listening.update(disabled_at=now, gone=True)
            end_pending(subscription_id, now)


def end_pending(subscription_id: int, now: datetime) -> None:
    """Mark what is under way to a subscription as failed; it can be replayed."""
    WebhookDelivery.objects.filter(
        subscription=subscription_id, status=DeliveryStatus.PENDING
    ).update(status=DeliveryStatus.FAILED, settled_at=now)


def next_wait(tries: int, *, at_least: int = 0) -> timedelta | None:
    """Return how long to wait after so many attempts that failed; None to give up.

    at_least: seconds that the receiver asked for; an hour at most counts.
    """
    if tries > len(WAITS):
        return None
    wait = timedelta(minutes=WAITS[tries - 1]) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return max(wait, timedelta(seconds=min(at_least, LONGEST_RETRY_AFTER)))


def _put_off(attempt: Attempted, now: datetime) -> None:
    delivery = WebhookDelivery.objects.filter(pk=attempt.message.delivery_id)
    tries = attempt.message.tries + 1
    wait = next_wait(tries, at_least=attempt.retry_after)
    if wait is None or attempt.status_code == _GONE:
        delivery.update(tries=tries, status=DeliveryStatus.FAILED, settled_at=now)
    else:
        delivery.update(tries=tries, due_at=now + wait)


def _row(attempt: Attempted) -> WebhookAttempt:
    return WebhookAttempt(
        delivery_id=attempt.message.delivery_id,
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        status_code=attempt.status_code,
        failure=AttemptFailure(attempt.failure) if attempt.failure else "",
        answer=attempt.answer.replace("\0", "")[:_ANSWER_LENGTH],
    )


def forget_old() -> None:
    """Remove what ended long ago; a month is for looking things up and replaying."""
    forget(timezone.now() - timedelta(days=KEPT_DAYS))
