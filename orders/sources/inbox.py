"""Messages of shops: kept as they came, tried until they are in, replayed, forgotten.

A message is stored together with the job that takes it in, so that none is lost between the two.
What applies it is `returns.incoming`; here is only where each message stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.models import Order, OrderSource, SourceDelivery, SourceDeliveryStatus

# By name, because the task lies above: it needs what refunds mean for returns.
APPLY_TASK: Final = "webhooks.tasks.apply_source_delivery"
# How long to wait after each attempt that failed; after the last one a person decides.
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 21600, 43200)
)
# Bodies hold names and addresses: they are kept as long as somebody may look into a problem.
KEEP_BODIES: Final = timedelta(days=30)
KEEP_DELIVERIES: Final = timedelta(days=180)

_MESSAGE_LENGTH: Final = 1000
# A worker's clock and the database's may differ a little.
_TOO_EARLY: Final = timedelta(seconds=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A message as it came: ids and times as the shop's headers say, the body as text."""

    webhook_id: str
    topic: str
    body: str
    api_version: str = ""
    triggered_at: datetime | None = None


def receive(source: OrderSource, arrived: Arrived) -> tuple[SourceDelivery, bool]:
    """Keep a message and queue the work it makes; return it, and whether it is new.

    The same message again, known by its id, changes nothing.
    """
    with transaction.atomic():
        delivery, is_new = SourceDelivery.objects.get_or_create(
            source=source,
            webhook_id=arrived.webhook_id,
            defaults={
                "topic": arrived.topic,
                "api_version": arrived.api_version,
                "triggered_at": arrived.triggered_at,
                "body": arrived.body,
                "due_at": timezone.now(),
            },
        )
        if is_new:
            _queue(delivery)
    return delivery, is_new


def replay(delivery: SourceDelivery, *, actor: Actor) -> SourceDelivery:
    """Take a message in once more, as if it had just come.

    Raises PermissionDenied, and ValidationError when it still waits or its body is gone.
    """
    if not actor.may(Permission.MANAGE_SOURCES):
        raise PermissionDenied
    with transaction.atomic():
        current = SourceDelivery.objects.select_for_update().get(pk=delivery.pk)
        if current.status == SourceDeliveryStatus.RECEIVED:
            raise ValidationError(_("This message is waiting already."))
        if not current.body:
            raise ValidationError(_("What this message said is not kept any more."))
        current.status = SourceDeliveryStatus.RECEIVED
        current.attempts, current.settled_at = 0, None
        current.due_at, current.message = timezone.now(), ""
        current.save(update_fields=["status", "attempts", "settled_at", "due_at", "message"])
        _queue(current)
    return current


def begin(delivery_id: int) -> SourceDelivery | None:
    """Count an attempt at a message and return it; None when none is due.

    Whatever queued a job too many, a message is tried once per time that it is due.
    """
    with transaction.atomic():
        waiting = SourceDelivery.objects.select_for_update(of=("self",)).filter(
            pk=delivery_id,
            status=SourceDeliveryStatus.RECEIVED,
            due_at__lte=timezone.now() + _TOO_EARLY,
        )
        delivery = waiting.select_related("source__store").first()
        if delivery is not None:
            delivery.attempts += 1
            # Should this attempt die with its worker, the job is run again and finds it due.
            delivery.save(update_fields=["attempts"])
    return delivery


def applied(delivery: SourceDelivery, message: str, order: Order | None = None) -> None:
    """Note that a message is in. order: what it was about."""
    _settle(delivery, SourceDeliveryStatus.APPLIED, message, order)


def ignored(delivery: SourceDelivery, message: str) -> None:
    """Note that a message needed nothing."""
    _settle(delivery, SourceDeliveryStatus.IGNORED, message, None)


def failed(delivery: SourceDelivery, message: str) -> None:
    """Note that a message cannot come in, and that trying again is of no use."""
    _settle(delivery, SourceDeliveryStatus.FAILED, message, None)


def again(delivery: SourceDelivery, message: str, *, waits_for: str = "") -> None:
    """Try a message again after a while, or give it up after the last attempt.

    waits_for: the shop's id of the order that has to come in first.
    """
    if delivery.attempts > len(WAITS):
        failed(delivery, message)
        return
    wait = WAITS[delivery.attempts - 1]
    with transaction.atomic():
        delivery.message, delivery.waits_for = message[:_MESSAGE_LENGTH], waits_for
        delivery.due_at = timezone.now() + wait
        delivery.save(update_fields=["message", "waits_for", "due_at"])
        _queue(delivery, wait=wait)


def wake(source: OrderSource, order_id: str) -> None:
    """Try at once what waits for an order that came in now. order_id: the shop's."""
    waiting = SourceDelivery.objects.filter(
        source=source, waits_for=order_id, status=SourceDeliveryStatus.RECEIVED
    )
    with transaction.atomic():
        waiting.update(due_at=timezone.now())
        for delivery in waiting.order_by("pk"):
            _queue(delivery)


def forget(*, now: datetime) -> int:
    """Empty bodies that nobody needs any more and remove old messages; return how many."""
    ended = SourceDelivery.objects.exclude(status=SourceDeliveryStatus.RECEIVED)
    emptied = ended.filter(received_at__lt=now - KEEP_BODIES).exclude(body="").update(body="")
    removed, _kinds = ended.filter(received_at__lt=now - KEEP_DELIVERIES).delete()
    return emptied + removed


def erase_bodies(condition: Q) -> int:
    """Empty the bodies of messages about somebody who is to be forgotten; return how many."""
    return SourceDelivery.objects.filter(condition).exclude(body="").update(body="")


def _settle(
    delivery: SourceDelivery, status: SourceDeliveryStatus, message: str, order: Order | None
) -> None:
    delivery.status, delivery.message = status, message[:_MESSAGE_LENGTH]
    delivery.settled_at, delivery.due_at, delivery.waits_for = timezone.now(), None, ""
    delivery.order = order or delivery.order
    delivery.save(update_fields=["status", "message", "settled_at", "due_at", "waits_for", "order"])


def _queue(delivery: SourceDelivery, *, wait: timedelta | None = None) -> None:
    task: Callable[..., int] = app.configure_task(
        APPLY_TASK, schedule_in={"seconds": int(wait.total_seconds())} if wait else None
    ).defer
    task(delivery_id=delivery.pk)
