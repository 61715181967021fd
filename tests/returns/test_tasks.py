"""The job that mails: it waits for a mail server that is away, and then gives up."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from accounts import actors
from orders.models import FulfillmentLine
from returns import lifecycle, tasks
from returns.lifecycle import LineRequest
from returns.models import Refund
from returns.refunds import payouts
from returns.refunds.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from tests.conftest import RunJobs
from tests.factories import sent_order
from tests.returns.cashbox import FakeGateway, crash, opened, pay

pytestmark = pytest.mark.django_db


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


class Awakening:
    """A gateway that cannot be reached at first."""

    def __init__(self) -> None:
        self.awake = False

    def refund(self, request: PayoutRequest) -> Outcome:
        if not self.awake:
            raise GatewayUnreachable
        return Outcome(paid=True, reference="re_1")


def test_refund_left_pending_is_finished_once_it_is_two_minutes_old(
    run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Awakening()
    monkeypatch.setitem(GATEWAYS, "manual", gateway)
    order = sent_order(1)
    line = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=line.pk, quantity=1, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=actors.system())
    refund = payouts.refund(return_, actor=actors.system(), key=uuid4())
    gateway.awake = True
    statuses = []
    for age in (1, 3):
        refund.created_at = timezone.now() - timedelta(minutes=age)
        refund.save(update_fields=["created_at"])
        app.configure_task("returns.tasks.resume_pending_refunds").defer(timestamp=0)
        run_jobs()
        refund.refresh_from_db()
        statuses.append(refund.status)
    assert statuses == ["PENDING", "SUCCEEDED"]


def test_refund_that_cannot_be_settled_holds_up_no_other(
    run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    fake.next = [fake.unreachable, fake.unreachable]
    stuck, other = pay(opened()), pay(opened())
    Refund.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    run_jobs()
    fake.next = [crash]

    # Asked for twice before the worker comes, it is done once.
    for _ in range(2):
        tasks.resume_pending_refunds(0)
    names = run_jobs()

    stuck.refresh_from_db()
    other.refresh_from_db()
    assert names.count("returns.tasks.settle_refund") == 2
    assert (stuck.status, other.status) == ("PENDING", "SUCCEEDED")
    assert f"Refund {stuck.pk} could not be settled" in caplog.text


def test_pending_refunds_are_looked_for_every_five_minutes() -> None:
    registered = {
        name: task.cron for (name, _), task in app.periodic_registry.periodic_tasks.items()
    }
    assert registered["returns.tasks.resume_pending_refunds"] == "*/5 * * * *"
