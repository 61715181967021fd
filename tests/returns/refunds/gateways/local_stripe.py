"""localstripe, a stateful fake of Stripe's API, as a server that a test starts and stops."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stripe

from returns.refunds.gateways import StripeGateway

API_KEY = "sk_test_12345"
SERVER = Path(__file__).with_name("localstripe_server.py")


@dataclass(frozen=True)
class LocalStripe:
    """A running server."""

    base: str

    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(API_KEY, base_addresses={"api": self.base})

    def gateway(self) -> StripeGateway:
        return StripeGateway(API_KEY, api_base=self.base)

    def captured(self, units: int) -> str:
        """Take a payment; return its id."""
        api = self.client().v1
        card: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        method = api.payment_methods.create({"type": "card", "card": card})
        made = api.payment_intents.create(
            {
                "amount": units,
                "currency": "eur",
                "payment_method": method.id,
                "confirm": True,
            }
        )
        assert made.status == "succeeded"
        return made.id

    def pay(self, link: str, units: int) -> dict[str, Any]:
        """Pay at a payment link; return the Checkout session as events tell it."""
        answer = self.client().raw_request(
            "post",
            "/v1/checkout/sessions",
            payment_link=link,
            payment_intent=self.captured(units),
        )
        return dict(answer.data)

    def refunds(self, payment: str) -> list[tuple[str, int]]:
        """The refunds of a payment: our key, and how many units."""
        found = self.client().v1.refunds.list({"payment_intent": payment, "limit": 100})
        return sorted((one.metadata["retour_key"], one.amount) for one in found.data)  # type: ignore[index]


@contextmanager
def running(*options: str) -> Iterator[LocalStripe]:
    """Start the server, with `"keys"` one that knows idempotency keys; stop it in the end."""
    program = [sys.executable, str(SERVER), *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield LocalStripe(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.terminate()
