"""Stripe's webhook events: proven to be Stripe's, and told in the words of `returns.notices`.

Which events there are: https://docs.stripe.com/api/events/types
"""

import json
from typing import Any, Final

import stripe

from returns.gateways.stripe import KEY_NAME

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
