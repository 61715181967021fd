"""Refunds, crashes, jobs, events and retries in any order: one refund at Stripe, equal books.

Random, from seeds that are always the same: most against the faithful fake in this process, which
also fails, forgets and answers late, and some against localstripe over HTTP.
"""

import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
import stripe
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orders.models import FulfillmentLine
from returns import lifecycle
from returns.errors import ReturnError
from returns.lifecycle import LineRequest
from returns.models import Refund, RefundTransaction, Return
from returns.refunds import payouts, retries, settlement
from returns.refunds.gateways import GATEWAYS, Outcome, PayoutRequest, StripeGateway
from tests import jobs
from tests.factories import PaymentFactory, sent_order
from tests.returns.cashbox import SYSTEM, Crash, books, crash, settle_left_pending
from tests.returns.refunds.gateways import local_stripe
from tests.returns.refunds.gateways.fake_stripe import FakeStripe
from tests.returns.refunds.gateways.local_stripe import LocalStripe

pytestmark = pytest.mark.django_db

SECRET = "whsec_test"
SEEDS, SEEDS_OVER_HTTP = range(240), range(20)
# What a payment of 20.00 was captured in.
PARTS = ([2000], [1500, 500])
SUCCEEDED, FAILED, PENDING = "SUCCEEDED", "FAILED", "PENDING"

# The refunds at Stripe that took or may take money: payment, our key, units.
Live = list[tuple[str, str, int]]


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRET = SECRET


@pytest.fixture(scope="module")
def server() -> Iterator[LocalStripe]:
    with local_stripe.running() as running:
        yield running


class Mortal:
    """A gateway whose caller dies before or after the call, when told so."""

    def __init__(self, gateway: StripeGateway) -> None:
        self.gateway = gateway
        self.crash = ""

    def refund(self, request: PayoutRequest) -> Outcome:
        return self._call(self.gateway.refund, request)

    def look_up(self, request: PayoutRequest) -> Outcome | None:
        return self._call(self.gateway.look_up, request)

    def _call(self, call: Any, request: PayoutRequest) -> Any:
        if self.crash == "before the call":
            raise Crash
        outcome = call(request)
        if self.crash == "after the call":
            raise Crash
        return outcome


class World(ABC):
    """One return of two pieces of 10.00, paid with Stripe, and all that befalls it."""

    acts: tuple[str, ...] = ("pay", "pay", "settle", "job", "event", "retry")

    def __init__(self, seed: int, gateway: StripeGateway, payments: dict[str, int]) -> None:
        self.chance = random.Random(seed)
        self.gateway = Mortal(gateway)
        self.payments = payments
        self.keys = [uuid4(), uuid4()]
        self.return_ = opened(payments)
        self.old_events: list[dict[str, Any]] = []

    def run(self) -> None:
        with patch.dict(GATEWAYS, {"stripe": self.gateway}):
            for _ in range(self.chance.randint(3, 9)):
                self.befall(self.chance.choice(self.acts))
                assert_never_twice(self.live())
            self.come_to_rest()
        assert_books_equal(self.return_, self.live())

    def befall(self, act: str) -> None:
        with suppress(Crash, ReturnError), self.perhaps_dying():
            getattr(self, act)()

    @contextmanager
    def perhaps_dying(self) -> Iterator[None]:
        where = self.chance.choice(["", "", "before the call", "after the call", "_record"])
        self.gateway.crash = where
        try:
            if where == "_record":
                with patch.object(settlement, "_record", crash):
                    yield
            else:
                yield
        finally:
            self.gateway.crash = ""

    # --- acts -----------------------------------------------------------------------------------

    def pay(self) -> None:
        payouts.refund(self.return_, actor=SYSTEM, key=self.chance.choice(self.keys))

    def settle(self) -> None:
        if refunds := list(Refund.objects.all()):
            settlement.settle(self.chance.choice(refunds), actor=SYSTEM)

    def job(self) -> None:
        settle_left_pending()

    def retry(self) -> None:
        if refunds := list(Refund.objects.all()):
            retries.retry(self.chance.choice(refunds), actor=SYSTEM)

    def event(self) -> None:
        """One arrives: of now or of then, once or twice."""
        self.old_events += self.events()
        if self.old_events:
            event = self.chance.choice(self.old_events)
            for _ in range(self.chance.randint(1, 2)):
                deliver(event)
            jobs.run_all()

    @abstractmethod
    def events(self) -> list[dict[str, Any]]:
        """Return an event about each refund at Stripe as it is now."""

    @abstractmethod
    def live(self) -> Live:
        """Return what Stripe has paid back: payment, key and amount of each refund."""

    def come_to_rest(self) -> None:
        """Nothing goes wrong any more; then what is pending does not stay so."""
        settle_left_pending()


class Fake(World):
    """Everything can go wrong at this Stripe."""

    acts = (*World.acts, "bank", "day")
    faults = ("", "", "before", "after", "500", "500-after", "refuse", "pending")

    def __init__(self, seed: int) -> None:
        self.stripe = FakeStripe()
        parts = PARTS[seed % 2]
        self.stripe.payments = {f"pi_{number}": units for number, units in enumerate(parts)}
        super().__init__(seed, self.stripe.gateway(), self.stripe.payments)

    def befall(self, act: str) -> None:
        self.stripe.faults = self.chance.choices(self.faults, k=4)
        super().befall(act)
        self.stripe.faults = []

    def event(self) -> None:
        self.stripe.faults = []
        with suppress(ReturnError):
            super().event()

    def bank(self) -> None:
        if self.stripe.refunds:
            refund = self.chance.choice(self.stripe.refunds)
            if refund["status"] != "failed":
                self.stripe.end(refund, self.chance.choice(["succeeded", "succeeded", "failed"]))

    def day(self) -> None:
        self.stripe.forget_keys()

    def events(self) -> list[dict[str, Any]]:
        return [dict(one) for one in self.stripe.refunds]

    def live(self) -> Live:
        return [
            (payment, one["metadata"]["retour_key"], one["amount"])
            for payment in self.payments
            for one in self.stripe.live(payment)
        ]

    def come_to_rest(self) -> None:
        self.stripe.forget_keys()
        super().come_to_rest()
        for one in self.stripe.refunds:
            if one["status"] == "pending":
                self.stripe.end(one, "succeeded")
            # What failed after it succeeded is known from its event alone.
            deliver(dict(one))
        jobs.run_all()


class Local(World):
    """The real thing's stand-in, over HTTP; all its refunds succeed."""

    def __init__(self, seed: int, server: LocalStripe) -> None:
        self.server = server
        payments = {server.captured(units): units for units in PARTS[seed % 2]}
        super().__init__(seed, server.gateway(), payments)

    def events(self) -> list[dict[str, Any]]:
        return [
            {"metadata": {"retour_key": key}, "payment_intent": payment}
            for payment, key, _units in self.live()
        ]

    def live(self) -> Live:
        return [
            (payment, key, units)
            for payment in self.payments
            for key, units in self.server.refunds(payment)
        ]


def opened(payments: dict[str, int]) -> Return:
    order = sent_order(2)
    order.lines.update(unit_price=Decimal(10))
    order.payments.all().delete()
    for name, units in payments.items():
        amount = Decimal(units) / 100
        PaymentFactory(order=order, amount=amount, gateway="stripe", external_id=name)
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=2, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM, at=timezone.now())


def deliver(refund: dict[str, Any]) -> None:
    payload = json.dumps({"type": "refund.updated", "data": {"object": refund}})
    signature = stripe.WebhookSignature.generate_signature_header(payload, SECRET)
    answer = Client().post(
        "/gateways/stripe/webhook",
        payload,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    assert answer.status_code == 200


def assert_never_twice(live: Live) -> None:
    """No part of a refund went out twice, whatever the attempt."""
    parts = Counter(key.split(":")[1] for _payment, key, _units in live)
    assert set(parts.values()) <= {1}
    assert sum(units for _payment, _key, units in live) <= 2000


def assert_books_equal(return_: Return, live: Live) -> None:
    """What the books say was paid is exactly what Stripe paid."""
    parts = RefundTransaction.objects.select_related("refund", "payment")
    paid = [
        (part.payment.external_id if part.payment else "", part.gateway_key, int(part.amount * 100))
        for part in parts
        if part.status == SUCCEEDED
    ]
    assert sorted(paid) == sorted(live)
    assert PENDING not in {part.status for part in parts}
    told = books(return_.order)
    assert PENDING not in told["refunds"]
    assert sum(Decimal(amount) for amount in told["payments"]) * 100 == sum(
        units for _payment, _key, units in live
    )
    assert told["pieces"] == (2 if live else 0)
    assert told["refunds"].count(SUCCEEDED) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_of_things_pays_once(seed: int) -> None:
    Fake(seed).run()


@pytest.mark.parametrize("seed", SEEDS_OVER_HTTP)
def test_any_order_of_things_over_http_pays_once(seed: int, server: LocalStripe) -> None:
    Local(seed, server).run()
