"""Amounts of money in templates: `{% load money %}`, then `{{ amount|money:currency }}`."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language

from orders.money import formatted

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount in major units of `currency` as the reader writes it; "" for None."""
    if amount is None:
        return ""
    return formatted(amount, currency, get_language() or "en")
