"""Run the jobs that wait in the queue, in the test's own thread, connection and transaction."""

import json
from asyncio import events
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import Any, LiteralString, TypeVar

from asgiref.sync import async_to_sync
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job, Status

from returns.jobs import WEBHOOKS

Result = TypeVar("Result")


class ThisConnection(DjangoConnector):
    """Asks Django's connection at once, where the library's own would ask from another thread."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        self.execute_query(query, **arguments)

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        return dict(self.execute_query_one(query, **arguments))

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        return list(self.execute_query_all(query, **arguments))


def now(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Return what a coroutine returns that waits for nothing.

    No event loop is needed, so it works beside the one that the browser's interface keeps running.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise RuntimeError("The coroutine waits for something.")


@contextmanager
def _no_running_loop() -> Iterator[None]:
    """Forget the loop that the browser's interface keeps running, so that another one can run."""
    running = events._get_running_loop()
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(running)


def run_all() -> list[str]:
    """Run all waiting jobs, those they defer too, and return their names in order.

    An error in a job is raised after it was recorded.
    """
    names = []
    with app.replace_connector(ThisConnection()):
        worker_id = now(app.job_manager.register_worker())
        while job := now(app.job_manager.fetch_job(queues=None, worker_id=worker_id)):
            names.append(job.task_name)
            _run(job)
        now(app.job_manager.unregister_worker(worker_id))
    return names


def _run(job: Job) -> None:
    """Run one job and record its end as a worker does."""
    task = app.tasks[job.task_name]
    context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
    positional = [context] if task.pass_context else []
    # Django's connection returns JSON as text, the worker's own connection as values.
    arguments = json.loads(str(job.task_kwargs))
    try:
        if job.queue == WEBHOOKS and iscoroutinefunction(task.func):
            # Waits for receivers in a loop of its own; the database is asked from this thread.
            with _no_running_loop():
                async_to_sync(task.func)(*positional, **arguments)
        else:
            result = task.func(*positional, **arguments)
            if iscoroutinefunction(task.func):
                now(result)
    except Exception as error:
        _record_failure(job, error)
        raise
    now(app.job_manager.finish_job(job, Status.SUCCEEDED, delete_job=False))


def _record_failure(job: Job, error: Exception) -> None:
    retry = app.tasks[job.task_name].get_retry_exception(exception=error, job=job)
    if retry:
        now(app.job_manager.retry_job(job, retry_at=retry.retry_decision.retry_at))
    else:
        now(app.job_manager.finish_job(job, Status.FAILED, delete_job=False))
