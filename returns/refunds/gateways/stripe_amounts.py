"""Amounts as Stripe counts them: whole numbers of a unit that Stripe chose per currency.

Source: https://docs.stripe.com/currencies ("Zero-decimal currencies", "Three-decimal currencies"
and "Special cases"). The unit is not always the currency's smallest one: ISK and UGX have no
digits, yet are sent with two zeros; TWD and HUF have two digits in payments and refunds (their
rule of whole amounts is for payouts to the shop's bank only); and what has three digits goes in
steps of ten.
"""

from decimal import Decimal

from django.utils.translation import gettext as _

_NO_DIGITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF"}
    | {"XOF", "XPF"}
)
_THREE_DIGITS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_TWO_ZEROS = frozenset({"ISK", "UGX"})


class NotPayable(ValueError):
    """An amount that Stripe cannot move; the message is for people."""


def to_stripe(amount: Decimal, currency: str) -> int:
    """Return an amount (in `currency`, major units) as Stripe's whole number.

    Raises NotPayable when it is between two steps of Stripe's.
    """
    step = _step(currency)
    if amount % step:
        raise NotPayable(
            _("Stripe pays %(currency)s in steps of %(step)s only. Choose another amount.")
            % {"currency": currency, "step": step}
        )
    return int(amount.scaleb(_digits(currency)))


def from_stripe(units: int, currency: str) -> Decimal:
    """Return Stripe's whole number as an amount in `currency`, major units."""
    return Decimal(units).scaleb(-_digits(currency))


def _digits(currency: str) -> int:
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def _step(currency: str) -> Decimal:
    """Return the smallest step, in major units: 0.01 for EUR and KWD, 1 for JPY and ISK."""
    return Decimal(1) if currency in _NO_DIGITS | _TWO_ZEROS else Decimal("0.01")
