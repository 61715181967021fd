"""Stripe, through its official package.

A refund carries our key twice: as Stripe's idempotency key, which Stripe remembers for at least a
day, and in its metadata, where it can be found for ever. docs/adr/0013 says how the two together
pay once. Answers that do not say for certain what happened raise GatewayUnreachable.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

import stripe
from django.utils.translation import gettext as _

from returns.refunds.gateways import stripe_words
from returns.refunds.gateways.interface import (
    GatewayUnreachable,
    Outcome,
    PaymentLink,
    PaymentRefused,
    PayoutRequest,
    ReceivedPayment,
)
from returns.refunds.gateways.stripe_amounts import NotPayable, from_stripe, to_stripe

logger = logging.getLogger(__name__)

# The name of this gateway, as in `Payment.gateway`.
STRIPE: Final = "stripe"

# The name under which refunds, links and payments at Stripe carry our key.
KEY_NAME: Final = "retour_key"

# Seconds to reach Stripe, and to wait for its answer: a person waits for the page.
TIMEOUT: Final = (5.0, 20.0)
_ANSWERED_NO: Final = (stripe.InvalidRequestError, stripe.CardError)
_DEFINITE: Final = frozenset({400, 402, 404})


class StripeGateway:
    """Pays back on charges and payment intents of one Stripe account, and takes payments."""

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str = stripe.DEFAULT_API_BASE,
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        # No retries behind our back: whoever calls knows what is to be asked first.
        self._api = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            max_network_retries=0,
            http_client=http_client or stripe.RequestsClient(timeout=TIMEOUT),
        ).v1

    # --- paying back ----------------------------------------------------------------------------

    def refund(self, request: PayoutRequest) -> Outcome:
        """Pay back, or say why not. Raises GatewayUnreachable when the outcome is not known."""
        try:
            params: Any = _payment(request)
            params["amount"] = to_stripe(request.amount, request.currency)
        except NotPayable as error:
            return Outcome(paid=False, failure=str(error))
        params["metadata"] = {KEY_NAME: request.key}
        try:
            with _known_answers():
                made = self._api.refunds.create(params, {"idempotency_key": request.key})
        except _ANSWERED_NO as error:
            # Should an earlier call with this key have been taken on, then that is what counts.
            failure = stripe_words.refused(error)
            return self.look_up(request) or Outcome(paid=False, failure=failure)
        return _outcome(made, request)

    def look_up(self, request: PayoutRequest) -> Outcome | None:
        """Return what became of a request, None when Stripe never took it on.

        Raises GatewayUnreachable when Stripe does not say.
        """
        try:
            params: Any = _payment(request)
        except NotPayable:
            return None
        params["limit"] = 100
        try:
            with _known_answers():
                page = self._api.refunds.list(params)
                for found in page.auto_paging_iter():
                    if _field(found, "metadata", KEY_NAME) == request.key:
                        return _outcome(found, request)
        except _ANSWERED_NO:
            return None  # no such payment in this account
        return None

    # --- asking for money -----------------------------------------------------------------------

    def create_payment_link(
        self, *, amount: Decimal, currency: str, description: str, key: str
    ) -> PaymentLink:
        """Return a link at which an amount can be paid once, by whatever the account takes.

        Arguments and errors as in `TakesPayments`. Unlike a Checkout session, which ends after a
        day, a link waits until it is closed.
        """
        try:
            units = to_stripe(amount, currency)
            with _known_answers():
                made = self._api.payment_links.create(
                    {
                        "line_items": [
                            {
                                "price_data": {
                                    "currency": currency.lower(),
                                    "unit_amount": units,
                                    "product_data": {"name": description[:250]},
                                },
                                "quantity": 1,
                            }
                        ],
                        "restrictions": {"completed_sessions": {"limit": 1}},
                        "metadata": {KEY_NAME: key},
                        "payment_intent_data": {"metadata": {KEY_NAME: key}},
                    },
                    {"idempotency_key": key},
                )
        except NotPayable as error:
            raise PaymentRefused(str(error)) from error
        except _ANSWERED_NO as error:
            raise PaymentRefused(stripe_words.not_asked(error)) from None
        reference, url = _field(made, "id"), _field(made, "url")
        if not isinstance(reference, str) or not isinstance(url, str):
            raise GatewayUnreachable
        return PaymentLink(reference=reference, url=url)

    def received_payment(self, link_reference: str) -> ReceivedPayment | None:
        """Return what was paid at a link, None while nothing is. Raises GatewayUnreachable."""
        try:
            with _known_answers():
                page = self._api.checkout.sessions.list({"payment_link": link_reference})
                paid = [
                    one
                    for one in page.auto_paging_iter()
                    if _field(one, "payment_status") == "paid"
                ]
        except _ANSWERED_NO:
            return None
        if not paid:
            return None
        currency = str(_field(paid[0], "currency")).upper()
        return ReceivedPayment(
            reference=str(_field(paid[0], "payment_intent")),
            amount=from_stripe(int(_field(paid[0], "amount_total")), currency),
            currency=currency,
        )

    def close_payment_link(self, link_reference: str) -> None:
        """Let nobody pay at a link any more; may be repeated. Raises GatewayUnreachable."""
        try:
            with _known_answers():
                self._api.payment_links.update(link_reference, {"active": False})
        except _ANSWERED_NO as error:
            raise GatewayUnreachable from error


@contextmanager
def _known_answers() -> Iterator[None]:
    """Let through the answers that say for certain that nothing was done; the rest is unknown.

    Unknown are timeouts, lost connections, refused keys, too many calls, a key under way in
    another call, answers of 500 and above, and what is no answer of Stripe's at all.
    """
    try:
        yield
    except _ANSWERED_NO as error:
        if error.http_status not in _DEFINITE:
            raise _unknown(error) from None
        raise
    except GatewayUnreachable:
        raise
    except Exception as error:
        # Also what the library trips over when something else than Stripe answers.
        raise _unknown(error) from None


def _unknown(error: Exception) -> GatewayUnreachable:
    """Log what is known of a call without an answer; never its text, which may hold anything."""
    logger.warning(
        "No certain answer from Stripe: %s, status %s, request %s",
        type(error).__name__,
        getattr(error, "http_status", None),
        getattr(error, "request_id", None),
    )
    return GatewayUnreachable()


def _payment(request: PayoutRequest) -> dict[str, Any]:
    """Return the parameter that names what was captured. Raises NotPayable for another's id."""
    reference = request.payment_reference
    if reference.startswith("pi_"):
        return {"payment_intent": reference}
    if reference.startswith(("ch_", "py_")):
        return {"charge": reference}
    raise NotPayable(
        _("This payment has no id of Stripe's (pi_… or ch_…). Add it to the order's payment.")
    )


def _outcome(found: Any, request: PayoutRequest) -> Outcome:
    """Read what became of a request off its refund. Raises GatewayUnreachable for another one."""
    reference, status = _field(found, "id"), _field(found, "status")
    told = (
        _field(found, "metadata", KEY_NAME),
        _field(found, "amount"),
        str(_field(found, "currency")).upper(),
    )
    if told != (request.key, to_stripe(request.amount, request.currency), request.currency):
        logger.error("Stripe answered with another refund (%s) than the one wanted", reference)
        raise GatewayUnreachable
    if status == "succeeded":
        return Outcome(paid=True, reference=str(reference))
    if status in ("pending", "requires_action"):
        return Outcome(paid=False, pending=True, reference=str(reference))
    if status in ("failed", "canceled"):
        failure = stripe_words.failed(_field(found, "failure_reason"), is_canceled=status[0] == "c")
        return Outcome(paid=False, reference=str(reference), failure=failure)
    logger.error("Stripe says of refund %s what is not known here: %s", reference, status)
    raise GatewayUnreachable


def _field(found: Any, *names: str) -> Any:
    """Return a field of an answer, None when something of the way there is missing."""
    for name in names:
        found = getattr(found, name, None)
    return found
