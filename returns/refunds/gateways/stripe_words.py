"""Why Stripe did not pay back, in words that say what to do.

Sources: https://docs.stripe.com/error-codes and https://docs.stripe.com/refunds ("Failed refunds").
"""

from typing import Any, Final

import stripe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_REFUSALS: Final = {
    "charge_already_refunded": gettext_lazy(
        "This payment was paid back in full at Stripe before. Compare it with Stripe's dashboard."
    ),
    "charge_disputed": gettext_lazy(
        "The buyer disputes this payment at the bank, so Stripe does not pay it back."
    ),
    "balance_insufficient": gettext_lazy(
        "The balance at Stripe is too low. Add to it, then try again."
    ),
    "insufficient_funds": gettext_lazy(
        "The balance at Stripe is too low. Add to it, then try again."
    ),
    "amount_too_small": gettext_lazy("Stripe does not pay back so small an amount."),
    "resource_missing": gettext_lazy(
        "Stripe does not know this payment. Check its id, and whose key Retour uses."
    ),
}
_FAILURES: Final = {
    "lost_or_stolen_card": gettext_lazy("The buyer's card was lost or stolen."),
    "expired_or_canceled_card": gettext_lazy("The buyer's card has ended."),
    "charge_for_pending_refund_disputed": gettext_lazy(
        "The buyer disputed the payment at the bank meanwhile."
    ),
    "insufficient_funds": gettext_lazy(
        "The balance at Stripe was too low. Add to it, then try again."
    ),
    "declined": gettext_lazy("The buyer's bank declined it."),
    "merchant_request": gettext_lazy("It was called off in Stripe's dashboard."),
}


def refused(error: stripe.StripeError) -> str:
    """Return why Stripe refused a call."""
    known = _REFUSALS.get(error.code or "")
    if known is not None:
        return str(known)
    told = (error.user_message or "").strip()
    return _("Stripe refused: %(why)s") % {"why": told[:300]} if told else _("Stripe refused.")


def not_asked(error: stripe.StripeError) -> str:
    """Return why Stripe makes no link for a payment."""
    if error.code == "amount_too_small":
        return _("Stripe does not take so small an amount.")
    return refused(error)


def failed(reason: Any, *, is_canceled: bool = False) -> str:
    """Return why a refund that Stripe had taken on failed; `reason` as Stripe names it."""
    known = _FAILURES.get(str(reason or ""))
    if known is not None:
        return str(known)
    if is_canceled:
        return _("It was called off at Stripe.")
    return _("The buyer's bank did not take it.")
