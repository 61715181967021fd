"""The job queue: it lives in the same transaction as the change that fills it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from api.models import GlueSession
from returns.models import Event
from returns_project.management.commands import serve
from tests import jobs
from tests.conftest import RunJobs
from tests.factories import UserFactory


def defer(name: str) -> None:
    """Queue one of the periodic jobs, as the schedule does."""
    app.configure_task(f"returns_project.tasks.{name}").defer(timestamp=0)


@pytest.mark.django_db
def test_job_deferred_in_a_transaction_is_rolled_back_with_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        defer("remove_expired_sessions")
        assert ProcrastinateJob.objects.count() == 1
        raise ZeroDivisionError
    assert ProcrastinateJob.objects.count() == 0


def test_run_jobs_runs_what_the_test_deferred(run_jobs: RunJobs) -> None:
    now = timezone.now()
    day = timedelta(days=1)
    Session.objects.create(session_key="old", session_data="", expire_date=now - day)
    Session.objects.create(session_key="new", session_data="", expire_date=now + day)
    user = UserFactory()
    for expires_at in (now - day, now + day):
        GlueSession.objects.create(user=user, expires_at=expires_at)
    defer("remove_expired_sessions")
    assert run_jobs() == ["returns_project.tasks.remove_expired_sessions"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert GlueSession.objects.get().expires_at == now + day
    assert run_jobs() == []
    assert list(ProcrastinateJob.objects.values_list("status", flat=True)) == ["succeeded"]


def test_job_that_fails_waits_for_its_next_attempt(run_jobs: RunJobs) -> None:
    app.configure_task("returns.tasks.deliver_event").defer(event_id=0)
    with pytest.raises(Event.DoesNotExist):
        run_jobs()
    assert list(ProcrastinateJob.objects.values_list("status", "attempts")) == [("todo", 1)]
    assert run_jobs() == []


@pytest.mark.django_db(transaction=True)  # in one transaction the queue's clock stands still
def test_stalled_job_is_queued_again(run_jobs: RunJobs) -> None:
    defer("remove_expired_sessions")
    with app.replace_connector(jobs.ThisConnection()):
        worker_id = jobs.now(app.job_manager.register_worker())
        jobs.now(app.job_manager.fetch_job(queues=None, worker_id=worker_id))
    with connection.cursor() as cursor:  # the model is read-only
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 h'")
    defer("retry_stalled_jobs")
    assert run_jobs() == [
        "returns_project.tasks.retry_stalled_jobs",
        "returns_project.tasks.remove_expired_sessions",
    ]


def test_periodic_jobs_are_registered() -> None:
    registered = {
        name: task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items()
    }
    assert registered["returns_project.tasks.retry_stalled_jobs"] == "*/5 * * * *"
    assert registered["returns_project.tasks.remove_finished_jobs"] == "17 3 * * *"


def test_every_job_is_in_a_queue_that_a_worker_takes() -> None:
    ours = [task for task in app.tasks.values() if task.queue != "builtin"]  # the library's own
    queues = {command[command.index("--queues") + 1] for command in (serve.WORKER, serve.WEBHOOKS)}
    assert {task.queue for task in ours} == queues
