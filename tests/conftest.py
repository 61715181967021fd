"""What all tests share: the database server, and jobs that run when a test says so."""

import json
from collections.abc import Callable
from inspect import iscoroutinefunction

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status
from pytest_django import DjangoDbBlocker

from returns_project import embedded_postgres

embedded_postgres.ensure_running()

RunJobs = Callable[[], list[str]]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Remember the rows that migrations made, such as return reasons.

    Django restores them from here for tests that empty the tables; the plugin fills it only for
    tests whose marker asks for it.
    """
    with django_db_blocker.unblock():
        contents = connection.creation.serialize_db_to_string()
        connection._test_serialized_contents = contents  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests that empty the tables those rows."""
    for item in items:
        names = getattr(item, "fixturenames", [])
        marker = item.get_closest_marker("django_db")
        empties = marker is not None and marker.kwargs.get("transaction", False)
        if empties or "transactional_db" in names or "live_server" in names:
            names.append("django_db_serialized_rollback")


def _run(job: Job) -> None:
    """Run one job in this thread and record its end as a worker does."""
    task = app.tasks[job.task_name]
    context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
    call = async_to_sync(task.func) if iscoroutinefunction(task.func) else task.func
    # Django's connection returns JSON as text, the worker's own connection as values.
    arguments = json.loads(str(job.task_kwargs))
    try:
        call(*([context] if task.pass_context else []), **arguments)
    except Exception as error:
        retry = task.get_retry_exception(exception=error, job=job)
        if retry:
            decision = retry.retry_decision
            async_to_sync(app.job_manager.retry_job)(job, retry_at=decision.retry_at)
        else:
            async_to_sync(app.job_manager.finish_job)(job, Status.FAILED, delete_job=False)
        raise
    async_to_sync(app.job_manager.finish_job)(job, Status.SUCCEEDED, delete_job=False)


@pytest.fixture
def run_jobs(db: None) -> RunJobs:
    """Return a function that runs all waiting jobs, those they defer too, and names them.

    It takes them from the real queue, within the test's own connection, so jobs deferred in the
    test's transaction run too. An error in a job is raised after it was recorded.
    """

    def run() -> list[str]:
        worker_id = async_to_sync(app.job_manager.register_worker)()
        names = []
        while job := async_to_sync(app.job_manager.fetch_job)(queues=None, worker_id=worker_id):
            names.append(job.task_name)
            _run(job)
        async_to_sync(app.job_manager.unregister_worker)(worker_id)
        return names

    return run
