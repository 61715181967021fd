"""The gateway without a gateway: a person pays out by other means and Retour records it."""

from decimal import Decimal

from returns.gateways.interface import Outcome, PayoutRequest


class ManualGateway:
    """Takes the word of the person who refunds; their reference is kept as the gateway's."""

    def refund(self, request: PayoutRequest) -> Outcome:
        """Record that the amount was paid out by hand."""
        return Outcome(paid=True, reference=request.reference)

    def create_payment_link(
        self, *, amount: Decimal, currency: str, description: str, key: str
    ) -> str:
        """Say that the buyer pays by hand: there is no page for it."""
        return ""
