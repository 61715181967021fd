"""Putting work for gateways into the queue."""

from contextlib import suppress

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
