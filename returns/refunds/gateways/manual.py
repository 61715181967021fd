"""The gateway without a gateway: a person pays out by other means and Retour records it."""

from returns.refunds.gateways.interface import Outcome, PayoutRequest


class ManualGateway:
    """Takes the word of the person who refunds; their reference is kept as the gateway's."""

    def refund(self, request: PayoutRequest) -> Outcome:
        """Record that the amount was paid out by hand."""
        return Outcome(paid=True, reference=request.reference)
