"""Stripe over HTTP, when it answers slowly, wrongly or never; and keys, over localstripe."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from returns.refunds.gateways import GatewayUnreachable, Outcome, StripeGateway
from returns.refunds.gateways.stripe import TIMEOUT
from tests.returns.refunds.gateways import local_stripe
from tests.returns.refunds.gateways.test_stripe import WANTED

Behave = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def answering(behave: Behave) -> Iterator[StripeGateway]:
    """A gateway whose Stripe behaves so, and which waits a tenth of a second."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            behave(self)

        def log_message(self, *_told: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield StripeGateway(
            "sk_test_1",
            api_base=f"http://127.0.0.1:{server.server_port}",
            http_client=stripe.RequestsClient(timeout=(0.1, 0.1)),
        )
    finally:
        server.shutdown()
        server.server_close()


def says(status: int, body: str) -> Behave:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    return behave


def never(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the other side has gone


def half(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"id": "re_1"')


REFUND = (
    '{"id": "re_1", "object": "refund", "amount": 1250, "currency": "eur", "status": "succeeded",'
    ' "metadata": {"retour_key": "a-key"}}'
)
ANSWERS = {
    "never": never,
    "half": half,
    "500": says(500, '{"error": {"type": "api_error", "message": "Sorry"}}'),
    "502 of a proxy": says(502, "<html>Bad Gateway</html>"),
    "no JSON": says(200, "<html>Welcome to the hotel's network</html>"),
    "empty": says(200, ""),
    "null": says(200, "null"),
    "list": says(200, "[]"),
    "text": says(200, '"re_1"'),
    "no fields": says(200, "{}"),
    "wrong amount": says(200, REFUND.replace("1250", "1251")),
    "wrong currency": says(200, REFUND.replace("eur", "usd")),
    "another's key": says(200, REFUND.replace("a-key", "b-key")),
    "no status": says(200, REFUND.replace('"succeeded"', "null")),
    "key under way": says(409, '{"error": {"type": "invalid_request_error", "message": "Wait"}}'),
    "wrong key": says(401, '{"error": {"type": "invalid_request_error", "message": "No"}}'),
    "not allowed": says(403, '{"error": {"type": "invalid_request_error", "message": "No"}}'),
    "too many calls": says(429, '{"error": {"type": "invalid_request_error", "message": "Wait"}}'),
    "404 of a proxy": says(404, "<html>Not Found</html>"),
    "moved": says(302, ""),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_that_is_none_leaves_the_outcome_unknown(name: str) -> None:
    with answering(ANSWERS[name]) as gateway, pytest.raises(GatewayUnreachable):
        gateway.refund(WANTED)


def test_right_answer_is_read() -> None:
    with answering(says(200, REFUND)) as gateway:
        assert gateway.refund(WANTED) == Outcome(paid=True, reference="re_1")


def test_people_wait_for_stripe_half_a_minute_at_most() -> None:
    assert sum(TIMEOUT) <= 30


def test_same_key_at_the_same_moment_is_one_refund_at_localstripe() -> None:
    with local_stripe.running("keys") as server:
        payment = server.captured(2000)
        wanted = replace(WANTED, payment_reference=payment)
        outcomes: list[Outcome] = []
        start = threading.Barrier(8)

        def refund() -> None:
            start.wait()
            outcomes.append(server.gateway().refund(wanted))

        threads = [threading.Thread(target=refund) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes == outcomes[:1] * 8
        assert server.refunds(payment) == [("a-key", 1250)]
        unknown = replace(wanted, key="another", payment_reference="pi_none")
        assert server.gateway().refund(unknown).failure == "Stripe refused: Not Found"
