"""Stripe's events: signed by Stripe, or nothing happens."""

import json
import time
from typing import Any

import pytest
import stripe
from django.http import HttpResponse
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from orders.models import Payment
from returns.models import Refund, RefundTransaction
from returns.refunds import notices, settlement
from returns.refunds.gateways import GATEWAYS, PaymentNotice
from returns_project import stripe_webhook
from tests.conftest import RunJobs
from tests.returns.cashbox import opened, pay
from tests.returns.refunds.gateways.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db

URL = "/gateways/stripe/webhook"
SECRET = "whsec_test"
REFRESH = "returns.tasks.refresh_transaction"


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe(payments={"pi_1": 2000})
    monkeypatch.setitem(GATEWAYS, "stripe", fake.gateway())
    return fake


def waiting(fake: FakeStripe) -> Refund:
    """A refund of which only Stripe knows that it was paid."""
    return_ = opened(gateway="stripe")
    Payment.objects.update(external_id="pi_1")
    fake.faults = ["after"]
    refund = pay(return_)
    assert refund.status == "PENDING"
    return refund


def post(payload: str, signature: str | None = None) -> HttpResponse:
    if signature is None:
        signature = stripe.WebhookSignature.generate_signature_header(payload, SECRET)
    return Client(enforce_csrf_checks=True).post(  # type: ignore[return-value]
        URL,
        payload,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )


def event(kind: str, about: dict[str, Any]) -> str:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}})


def queued() -> int:
    return ProcrastinateJob.objects.filter(task_name=REFRESH).count()


@pytest.mark.parametrize(
    "kind", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
def test_event_of_a_refund_settles_it(fake: FakeStripe, run_jobs: RunJobs, kind: str) -> None:
    refund = waiting(fake)
    # What the event itself says is not believed.
    told = event(kind, {**fake.refunds[0], "status": "failed", "amount": 1})
    for _ in range(2):
        answer = post(told)
        assert (answer.status_code, answer.content) == (200, b"")
    assert run_jobs().count(REFRESH) == 2
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"
    assert len(fake.refunds) == 1


def test_event_of_a_charge_settles_what_waits_on_it(fake: FakeStripe, run_jobs: RunJobs) -> None:
    refund = waiting(fake)
    charge = {"id": "ch_1", "payment_intent": "pi_1", "metadata": {"order": "1001"}}
    assert post(event("charge.refunded", charge)).status_code == 200
    run_jobs()
    refund.refresh_from_db()
    assert refund.status == "SUCCEEDED"


def test_event_that_comes_before_the_answer_changes_nothing_twice(
    fake: FakeStripe, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = settlement._record

    def late(*arguments: Any, **options: Any) -> Refund:
        monkeypatch.setattr(settlement, "_record", record)
        post(event("refund.created", fake.refunds[0]))
        run_jobs()
        return record(*arguments, **options)

    return_ = opened(gateway="stripe")
    Payment.objects.update(external_id="pi_1")
    monkeypatch.setattr(settlement, "_record", late)
    assert pay(return_).status == "SUCCEEDED"
    assert return_.order.events.filter(type="refund.succeeded").count() == 1


@pytest.mark.parametrize(
    "about",
    [
        {"metadata": {"retour_key": "00000000-0000-0000-0000-000000000000:1"}},
        {"metadata": {"retour_key": "not ours"}},
        {"metadata": {"retour_key": "\0"}},
        {"metadata": {"retour_key": ["x"]}, "payment_intent": 7},
        {"metadata": None, "payment_intent": "pi_other", "charge": None},
        {},
    ],
)
def test_event_of_an_unknown_refund_has_no_effect(fake: FakeStripe, about: dict[str, Any]) -> None:
    waiting(fake)
    assert post(event("refund.updated", about)).status_code == 200
    assert post(event("customer.created", about)).status_code == 200
    assert post(event("checkout.session.completed", about)).status_code == 200
    assert queued() == 0


def test_key_of_another_refund_does_not_open_this_one(fake: FakeStripe) -> None:
    waiting(fake)
    part = RefundTransaction.objects.get()
    key = f"00000000-0000-0000-0000-000000000000:{part.pk}"
    assert post(event("refund.updated", {"metadata": {"retour_key": key}})).status_code == 200
    assert queued() == 0


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "nonsense", "t=x,v1=", "v1=00"])
def test_wrong_signature_is_refused(fake: FakeStripe, signature: str) -> None:
    waiting(fake)
    assert post(event("refund.updated", fake.refunds[0]), signature).status_code == 400
    assert queued() == 0


def test_old_signature_and_other_secret_are_refused(fake: FakeStripe) -> None:
    waiting(fake)
    told = event("refund.updated", fake.refunds[0])
    sign = stripe.WebhookSignature.generate_signature_header
    assert post(told, sign(told, SECRET, int(time.time()) - 301)).status_code == 400
    assert post(told, sign(told, "whsec_other")).status_code == 400
    assert post(told + " ", sign(told, SECRET)).status_code == 400
    assert queued() == 0


@pytest.mark.parametrize("payload", ["", "[]", "7", "{", '{"type": "x"}', "[" * 100_000])
def test_signed_nonsense_is_refused(payload: str) -> None:
    assert post(payload).status_code == 400


def test_large_body_is_refused_unread() -> None:
    assert post(" " * (stripe_webhook.LARGEST_EVENT + 1)).status_code == 413


def test_only_post_is_answered() -> None:
    assert Client().get(URL).status_code == 405


def test_without_a_secret_nothing_is_believed(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    payload = event("refund.updated", {})
    signature = stripe.WebhookSignature.generate_signature_header(payload, "")
    assert post(payload, signature).status_code == 503


def test_payment_at_a_link_is_told_to_whoever_made_the_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[PaymentNotice] = []
    monkeypatch.setattr(notices, "PAYMENT_LISTENERS", [heard.append])
    session = {"payment_link": "plink_1", "metadata": {"retour_key": "pay-1"}}
    assert post(event("checkout.session.completed", session)).status_code == 200
    assert heard == [PaymentNotice(gateway="stripe", key="pay-1", link_reference="plink_1")]
