"""Amounts of money in templates: `{% load money %}`, then `{{ amount|money:currency }}`."""

from decimal import Decimal

from django import template

from orders.money import localized

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount in major units of `currency` as the reader writes it; "" for None."""
    if amount is None:
        return ""
    return localized(amount, currency)
