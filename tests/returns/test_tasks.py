"""The job that mails: it waits for a mail server that is away, and then gives up."""

import pytest
from django.core import mail
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from accounts import actors
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.lifecycle import LineRequest
from tests.conftest import RunJobs
from tests.factories import sent_order

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.returns.urls")]


def ask_for_a_return() -> None:
    order = sent_order(1)
    line = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=line.pk, quantity=1, reason="too-small")
    lifecycle.request(order, [wish], actor=actors.buyer("Ada Winter"))


def test_event_is_delivered_by_the_job_that_it_defers(run_jobs: RunJobs) -> None:
    ask_for_a_return()
    assert run_jobs() == ["returns.tasks.deliver_event"]
    assert len(mail.outbox) == 1


def test_mail_server_that_is_away_is_asked_again(run_jobs: RunJobs, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ask_for_a_return()
    with pytest.raises(ConnectionRefusedError):
        run_jobs()
    job = ProcrastinateJob.objects.get()
    assert (job.status, job.attempts) == ("todo", 1)


def test_job_gives_up_after_a_day() -> None:
    strategy = app.tasks["returns.tasks.deliver_event"].retry_strategy
    assert strategy is not None
    waits = [strategy.exponential_wait ** (attempt + 1) for attempt in range(8)]  # type: ignore[attr-defined]
    assert (strategy.max_attempts, sum(waits) // 3600) == (8, 24)  # type: ignore[attr-defined]
