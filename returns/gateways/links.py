"""Asking a buyer for money: what a gateway that can do so does."""

from decimal import Decimal
from typing import Protocol, runtime_checkable


@runtime_checkable
class PaymentLinks(Protocol):
    """What makes a page on which a buyer pays."""

    def create_payment_link(
        self, *, amount: Decimal, currency: str, description: str, key: str
    ) -> str:
        """Return the page's address; empty when people pay by other means, as by bank transfer.

        amount: in major units of `currency`. description: what the buyer reads on the page. key:
        the same key makes one page. Raises GatewayUnreachable.
        """
