"""Killed between any two steps of paying back: one refund at localstripe, and the books say so.

localstripe forgets idempotency keys at once (it knows none), as Stripe does after a day.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from orders.models import FulfillmentLine
from returns import lifecycle, tasks
from returns.lifecycle import LineRequest
from returns.models import Refund, RefundTransaction, Return
from returns.refunds import payouts, retries
from returns.refunds.gateways import GATEWAYS
from tests import jobs
from tests.factories import PaymentFactory, sent_order
from tests.returns.cashbox import PAID, SYSTEM, FakeGateway, books
from tests.returns.refunds.gateways import killed, local_stripe
from tests.returns.refunds.gateways.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStripe]:
    with local_stripe.running() as running:
        monkeypatch.setitem(GATEWAYS, "stripe", running.gateway())
        yield running


def opened(payment: str) -> Return:
    """A return of two pieces of 10.00 each that nobody is mailed about."""
    order = sent_order(2)
    order.lines.update(unit_price=Decimal(10))
    order.payments.all().delete()
    PaymentFactory(order=order, amount=Decimal(20), gateway="stripe", external_id=payment)
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=2, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM, at=timezone.now())


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, behaviour: str) -> Iterator[None]:
    fake = FakeGateway()
    fake.next = [getattr(fake, behaviour)]
    with monkeypatch.context() as patch:
        patch.setitem(GATEWAYS, "stripe", fake)
        yield


def run_periodic_job() -> None:
    Refund.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    tasks.resume_pending_refunds(0)
    jobs.run_all()


@pytest.mark.parametrize(
    ("verb", "before", "steps"),
    [("refund", "", 15), ("settle", "unreachable", 8), ("retry", "refuse", 15)],
)
def test_killed_before_every_step_pays_once(
    server: LocalStripe,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    before: str,
    steps: int,
) -> None:
    seen: list[tuple[str, int]] = []
    with killed.worker(str(connection.settings_dict["NAME"]), server.base) as do:
        for at in range(200):
            payment, key = server.captured(2000), uuid4()
            return_ = opened(payment)
            if before:
                with answering(monkeypatch, before):
                    payouts.refund(return_, actor=SYSTEM, key=key)
            answer = do(verb=verb, at=at, key=str(key), return_=return_.pk)
            seen.append((answer, len(server.refunds(payment))))
            finish(return_, key, retry=verb == "retry")
            assert_paid_once(server, return_, payment)
            if answer != "killed":
                break
    assert [answer for answer, _there in seen] == ["killed"] * (len(seen) - 1) + ["done"]
    # It was killed both before and after the money went out, often enough.
    assert len(seen) > steps
    assert {there for _answer, there in seen} == {0, 1}


def finish(return_: Return, key: UUID, *, retry: bool) -> None:
    """What happens after a crash: the job comes by, and the person presses the button again."""
    run_periodic_job()
    made = Refund.objects.filter(idempotency_key=key).first()
    if made is None:
        payouts.refund(return_, actor=SYSTEM, key=key)
    elif retry and made.status == "FAILED":
        retries.retry(made, actor=SYSTEM)
    else:
        assert made.status == "SUCCEEDED"
        assert payouts.refund(return_, actor=SYSTEM, key=key) == made


def assert_paid_once(server: LocalStripe, return_: Return, payment: str) -> None:
    part = RefundTransaction.objects.select_related("refund").get(refund__for_return=return_)
    assert server.refunds(payment) == [(part.gateway_key, 2000)]
    told: dict[str, Any] = books(return_.order)
    assert told["events"][-1] == "refund.succeeded"
    assert told["events"].count("refund.succeeded") == 1
    assert {**told, "events": PAID["events"]} == PAID
