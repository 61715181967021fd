"""Putting work for gateways and receivers of webhooks into the queue."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
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


def take_along(task: str, argument: str, most: int) -> list[int]:
    """Take waiting jobs of a task of this queue out of it, and return that argument of each.

    To be called in the transaction that does their work: if it fails, they wait as before. Jobs
    that others are about to take, and those that failed before, are left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_ALONG, [WEBHOOKS, task, most, argument])
        return [int(value) for (value,) in cursor.fetchall()]


# MATERIALIZED, because PostgreSQL may ask a subquery again for each row: then LIMIT limits nothing.
_TAKE_ALONG: Final = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM procrastinate_jobs
    WHERE queue_name = %s AND task_name = %s AND status = 'todo' AND attempts = 0
        AND scheduled_at IS NULL
    ORDER BY id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM procrastinate_jobs AS job USING waiting WHERE job.id = waiting.id
    RETURNING job.args
)
SELECT args ->> %s FROM taken
"""


def send_webhooks(task: str, subscription_ids: Iterable[int]) -> None:
    """Enqueue by name, for each subscription, the task that sends to it; not where it waits yet.

    To be called once what is to be sent is committed: then a job that waits still will see it.
    Two never run at once for one subscription, so that a receiver is not told twice the same.
    """
    locks = {f"webhooks {pk}": pk for pk in subscription_ids}
    waiting = ProcrastinateJob.objects.filter(queueing_lock__in=locks, status="todo")
    for lock in set(waiting.values_list("queueing_lock", flat=True)):
        locks.pop(str(lock))
    for lock, pk in sorted(locks.items()):
        job = app.configure_task(task, queue=WEBHOOKS, lock=lock, queueing_lock=lock)
        with suppress(AlreadyEnqueued), transaction.atomic():
            job.defer(subscription_id=pk)
