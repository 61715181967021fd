"""Payment links over HTTP, at localstripe: asked for, paid, told by an event, paid back."""

import json
from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
import stripe
from django.core import mail
from django.test import Client
from pytest_django import Settings

from orders.models import Payment
from returns import lifecycle, tasks
from returns.models import ExchangePayment, RefundTransaction, Return
from returns.refunds import payouts
from returns.refunds.gateways import GATEWAYS
from tests.conftest import RunJobs
from tests.returns.exchanging import SYSTEM, bought, only, pay, receive, shirt, swap
from tests.returns.refunds.gateways import local_stripe
from tests.returns.refunds.gateways.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db

SECRET = "whsec_test"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalStripe]:
    with local_stripe.running("keys") as running:
        yield running


@pytest.fixture(autouse=True)
def _stripe(server: LocalStripe, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    monkeypatch.setitem(GATEWAYS, "stripe", server.gateway())


def owing(price: str = "60.00") -> Return:
    """A return whose buyer was mailed a link for what the replacement costs more than 49.90."""
    order = bought(1)
    order.payments.update(gateway="stripe")
    return swap(order, shirt(order, price=price))


def link_of(return_: Return) -> str:
    return return_.payment_links.get(state="OPEN").reference


def tell(session: dict[str, object]) -> None:
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed"}
    payload = json.dumps({**event, "data": {"object": session}})
    sign = stripe.WebhookSignature.generate_signature_header
    answer = Client().post(
        "/gateways/stripe/webhook",
        payload,
        content_type="application/json",
        headers={"Stripe-Signature": sign(payload, SECRET)},
    )
    assert answer.status_code == 200


def test_paid_link_lets_the_replacement_go_and_is_paid_back_at_stripe(
    server: LocalStripe, run_jobs: RunJobs
) -> None:
    return_ = receive(owing())
    run_jobs()
    return_.refresh_from_db()
    assert [one for one in mail.outbox if return_.payment_link in one.body]

    session = server.pay(link_of(return_), 1010)
    tell(session)
    tell(session)
    run_jobs()

    return_.refresh_from_db()
    assert (only(return_).status, return_.exchange_owed) == ("READY", Decimal(0))
    payment = Payment.objects.get(from_exchange=True)
    assert (payment.gateway, payment.external_id) == ("stripe", session["payment_intent"])
    assert ExchangePayment.objects.count() == 1

    lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={only(return_).pk: 1})
    return_.order.payments.filter(from_exchange=False).update(external_id=server.captured(4990))
    payouts.refund(return_, actor=SYSTEM, key=uuid4())

    part = RefundTransaction.objects.get(payment=payment)
    assert (part.status, part.gateway) == ("SUCCEEDED", "stripe")
    assert server.refunds(payment.external_id) == [(part.gateway_key, 1010)]


def test_payment_that_no_event_tells_is_found(server: LocalStripe, run_jobs: RunJobs) -> None:
    return_ = owing()
    run_jobs()
    server.pay(link_of(return_), 1010)

    tasks.ask_payment_links(timestamp=0)
    run_jobs()

    return_.refresh_from_db()
    assert return_.exchange_owed == 0


def test_link_of_another_amount_takes_no_payment_any_more(
    server: LocalStripe, run_jobs: RunJobs
) -> None:
    return_ = owing()
    run_jobs()
    old = link_of(return_)

    pay(return_, "4.10")
    run_jobs()

    with pytest.raises(stripe.InvalidRequestError, match="not possible"):
        server.pay(old, 1010)
    server.pay(link_of(return_), 600)
    tasks.ask_payment_links(timestamp=0)
    run_jobs()
    return_.refresh_from_db()
    assert (return_.exchange_owed, return_.exchange_paid) == (Decimal(0), Decimal("10.10"))


def test_amount_below_what_stripe_takes_is_paid_by_transfer(run_jobs: RunJobs) -> None:
    return_ = owing("50.20")

    run_jobs()

    return_.refresh_from_db()
    assert return_.payment_link == ""
    assert f"give {return_.reference} as the reference" in mail.outbox[-1].body
    told = return_.events.get(type="exchange.link_problem")
    assert told.note == "Stripe does not take so small an amount."
