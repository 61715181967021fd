"""Putting work for gateways and receivers of webhooks into the queue."""

from contextlib import suppress
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

# Whoever waits for a gateway goes after the mails that people wait for.
_BEHIND_MAILS = -10


def defer(task: str, **arguments: int) -> None:
    """Enqueue a task by name."""
    app.configure_task(task, priority=_BEHIND_MAILS).defer(**arguments)


def defer_once(task: str, lock: str, **arguments: int) -> None:
    """Enqueue a task by name unless it waits there already; `lock` names the work.

    One that has begun does not count: what it did not see yet is seen by the next.
    """
    job = app.configure_task(task, queueing_lock=lock, priority=_BEHIND_MAILS)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(**arguments)


# A queue of its own: whoever sends to strangers waits a lot, and nobody else is to wait for it.
WEBHOOKS = "webhooks"


def defer_fan_out(task: str, **arguments: Any) -> None:
    """Enqueue by name a task that makes deliveries, in the open transaction."""
    app.configure_task(task, queue=WEBHOOKS).defer(**arguments)


def send_webhooks(task: str, subscription_id: int) -> None:
    """Enqueue by name the task that sends to a subscription, unless it waits there already.

    Two never run at once, so that one receiver is not asked twice the same.
    """
    lock = f"webhooks {subscription_id}"
    job = app.configure_task(task, queue=WEBHOOKS, lock=lock, queueing_lock=lock)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(subscription_id=subscription_id)
