"""What every gateway does. It touches no database; `returns.settlement` keeps the books."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class GatewayUnreachable(Exception):
    """Whether the money went out is not known; the same request may be made again."""


@dataclass(frozen=True, kw_only=True)
class PayoutRequest:
    """One transaction to be paid back.

    key: the same key never pays twice. amount: in `currency`, major units. payment_reference: the
    gateway's own id of the captured payment. reference: what the person who paid typed.
    """

    key: str
    amount: Decimal
    currency: str
    payment_reference: str
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a request: paid with the gateway's `reference`, or why not."""

    paid: bool
    reference: str = ""
    failure: str = ""


class Gateway(Protocol):
    """What pays money back."""

    def refund(self, request: PayoutRequest) -> Outcome:
        """Pay back, or say why not. Raises GatewayUnreachable when the outcome is not known."""
