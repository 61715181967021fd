"""Stripe as far as Retour knows it, inside the test's process, behind the official package.

Faithful in what makes paying once hard: a key is answered again with the first answer, errors of
500 too, until Stripe forgets it; a refund may be taken on whose answer nobody gets; it may be under
way for days and fail even after it succeeded.
"""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import stripe

from returns.refunds.gateways.stripe import StripeGateway

Answer = tuple[int, str]


class Timeout(stripe.APIConnectionError):
    """Nobody answered."""


@dataclass
class FakeStripe(stripe.HTTPClient):
    """One account. `payments`: captured units by id. `faults`: what goes wrong with the next calls.

    before: the call never arrives. after: it is done, the answer lost. 500: an error instead of
    being done; 500-after: an error after it was done. refuse: a definite no. pending: under way.
    """

    name: ClassVar[str] = "fake"
    payments: dict[str, int] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    answers: dict[str, tuple[Any, Answer]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    links: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def gateway(self) -> StripeGateway:
        return StripeGateway("sk_test_secret", http_client=self)

    # --- what the world does --------------------------------------------------------------------

    def forget_keys(self) -> None:
        """A day goes by."""
        self.answers.clear()

    def end(self, refund: dict[str, Any], status: str) -> None:
        """The bank answers."""
        refund["status"] = status
        refund["failure_reason"] = "declined" if status == "failed" else None

    def live(self, payment: str) -> list[dict[str, Any]]:
        """The refunds of a payment that took or may take money."""
        dead = ("failed", "canceled")
        return [
            one
            for one in self.refunds
            if one["payment_intent"] == payment and one["status"] not in dead
        ]

    def paid(self, payment: str) -> int:
        return sum(one["amount"] for one in self.live(payment))

    # --- HTTP -----------------------------------------------------------------------------------

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, **_more: Any
    ) -> tuple[str, int, dict[str, str]]:
        address = urlsplit(url)
        self.calls.append((method, address.path))
        sent = dict(parse_qsl(post_data if method == "post" else address.query))
        key = headers.get("Idempotency-Key", "")
        fault = self.faults.pop(0) if self.faults and method == "post" else ""
        if fault == "before":
            raise Timeout("no answer")
        status, text = self._answer(method, address.path, sent, key, fault)
        if fault == "after":
            raise Timeout("no answer")
        return text, status, {"request-id": "req_1"}

    def _answer(self, method: str, path: str, sent: dict[str, str], key: str, fault: str) -> Answer:
        if method == "get":
            return self._read(path, sent)
        if key in self.answers:
            first, answer = self.answers[key]
            return answer if first == (path, sent) else _error(400, "", "idempotency_error")
        if fault == "500":
            answer = _error(500, "", "api_error")
        elif path == "/v1/refunds":
            answer = self._refund(sent, fault)
        else:
            answer = self._link(path, sent)
        if fault == "500-after":
            answer = _error(500, "", "api_error")
        self.answers[key] = ((path, sent), answer)
        return answer

    def _read(self, path: str, sent: dict[str, str]) -> Answer:
        if path == "/v1/checkout/sessions":
            return _list(
                [one for one in self.sessions if one["payment_link"] == sent.get("payment_link")],
                path,
            )
        if sent["payment_intent"] not in self.payments:
            return _error(404, "resource_missing")
        found = [one for one in self.refunds if one["payment_intent"] == sent["payment_intent"]]
        return _list(found[::-1], path)

    def _refund(self, sent: dict[str, str], fault: str) -> Answer:
        payment, units = sent["payment_intent"], int(sent["amount"])
        if payment not in self.payments:
            return _error(404, "resource_missing")
        if fault == "refuse":
            return _error(400, "charge_disputed")
        if units > self.payments[payment] - self.paid(payment):
            return _error(400, "charge_already_refunded")
        made = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "amount": units,
            "currency": "eur",
            "payment_intent": payment,
            "charge": payment.replace("pi_", "ch_"),
            "metadata": {"retour_key": sent["metadata[retour_key]"]},
            "status": "pending" if fault == "pending" else "succeeded",
            "failure_reason": None,
        }
        self.refunds.append(made)
        return 200, json.dumps(made)

    def _link(self, path: str, sent: dict[str, str]) -> Answer:
        if path == "/v1/payment_links":
            number = f"plink_{len(self.links) + 1}"
            self.links[number] = sent
        else:
            number = path.rsplit("/", 1)[1]
            self.links[number] |= sent
        made = {
            "id": number,
            "object": "payment_link",
            "url": f"https://buy.stripe.example/{number}",
        }
        return 200, json.dumps(made)


def _list(found: list[dict[str, Any]], path: str) -> Answer:
    return 200, json.dumps({"object": "list", "data": found, "has_more": False, "url": path})


def _error(status: int, code: str, kind: str = "invalid_request_error") -> Answer:
    told = {"type": kind, "message": "That is not possible."} | ({"code": code} if code else {})
    return status, json.dumps({"error": told})
