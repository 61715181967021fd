"""Stripe's webhook events: proven to be Stripe's, and told in the words of `refunds.notices`.

Which events there are: https://docs.stripe.com/api/events/types
"""

import json
from typing import Any, Final

import stripe

from returns.refunds.gateways.interface import PaymentNotice, RefundNotice
from returns.refunds.gateways.stripe import KEY_NAME, STRIPE

# Events whose object is a refund, and the one whose object is the charge that was paid back.
_OF_REFUNDS: Final = frozenset(
    {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
)
_OF_CHARGES: Final = frozenset({"charge.refunded"})
_OF_SESSIONS: Final = frozenset(
    {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
)


class NotFromStripe(Exception):
    """The signature is missing, wrong or old, or what was signed is no event."""


def read(payload: bytes, signature: str, *, secret: str) -> RefundNotice | PaymentNotice | None:
    """Return what an event is about; None for one that is about nothing here.

    signature: the header Stripe-Signature. secret: of the webhook endpoint. Raises NotFromStripe
    unless Stripe signed exactly this within the last five minutes.
    """
    try:
        text = payload.decode()
        stripe.WebhookSignature.verify_header(
            text, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE
        )
        event = json.loads(text)
        kind, about = event["type"], event["data"]["object"]
        return _notice(kind, about)
    except stripe.SignatureVerificationError as error:
        raise NotFromStripe from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise NotFromStripe from error


def _notice(kind: str, about: dict[str, Any]) -> RefundNotice | PaymentNotice | None:
    key = _text((about.get("metadata") or {}).get(KEY_NAME))
    if kind in _OF_REFUNDS:
        payment = (_text(about.get("payment_intent")), _text(about.get("charge")))
        return RefundNotice(gateway=STRIPE, key=key, payment_references=payment)
    if kind in _OF_CHARGES:
        # The charge's own metadata is the shop's; its refunds are asked for one by one.
        payment = (_text(about.get("payment_intent")), _text(about.get("id")))
        return RefundNotice(gateway=STRIPE, key="", payment_references=payment)
    if kind in _OF_SESSIONS and (link := _text(about.get("payment_link"))):
        return PaymentNotice(gateway=STRIPE, key=key, link_reference=link)
    return None


def _text(value: Any) -> str:
    """Return an id or a key as text; what is no text names nothing here."""
    return value if isinstance(value, str) and "\0" not in value else ""
