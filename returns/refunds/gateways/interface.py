"""What every gateway does. It touches no database; `returns.refunds.settlement` keeps the books.

Every gateway pays back (`Gateway`). One that can be asked what became of a refund is a
`RemembersRefunds` too, and one through which buyers can be asked for money `TakesPayments`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable


class GatewayUnreachable(Exception):
    """Whether the money went out is not known; the same request may be made again."""


class PaymentRefused(Exception):
    """The gateway will not ask the buyer for this payment; the message for people says why."""


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
    """What became of a request: paid with the gateway's `reference`, under way, or why not.

    pending: the gateway has taken the request on and will know later; asked again, it says the
    same or how it ended. `paid` is False then.
    """

    paid: bool
    reference: str = ""
    failure: str = ""
    pending: bool = False

    @property
    def failed(self) -> bool:
        """Whether it is certain that no money goes out."""
        return not self.paid and not self.pending


@dataclass(frozen=True, kw_only=True)
class PaymentLink:
    """Where a buyer pays: the gateway's own id of the link, and its address."""

    reference: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ReceivedPayment:
    """What a buyer paid through a link.

    reference: the gateway's own id of the payment, to pay back on. amount: in `currency`, major
    units.
    """

    reference: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class RefundNotice:
    """Word from a gateway that something happened to a refund.

    gateway: its name, as in `Payment.gateway`. key: the one that the gateway was given, "" when it
    does not say. payment_references: the gateway's ids of the payment.
    """

    gateway: str
    key: str
    payment_references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PaymentNotice:
    """Word from a gateway that somebody paid at a payment link.

    key: the one that the link was made with. link_reference: the gateway's id of the link.
    """

    gateway: str
    key: str
    link_reference: str


class Gateway(Protocol):
    """What pays money back."""

    def refund(self, request: PayoutRequest) -> Outcome:
        """Pay back, or say why not. Raises GatewayUnreachable when the outcome is not known."""


@runtime_checkable
class RemembersRefunds(Gateway, Protocol):
    """A gateway that can be asked what became of a refund."""

    def look_up(self, request: PayoutRequest) -> Outcome | None:
        """Return what became of a request, None when the gateway never took it on.

        Raises GatewayUnreachable when it does not say.
        """


@runtime_checkable
class TakesPayments(Gateway, Protocol):
    """A gateway that asks buyers for money. Without it staff record by hand what was paid."""

    def create_payment_link(
        self, *, amount: Decimal, currency: str, description: str, key: str
    ) -> PaymentLink:
        """Return a link at which an amount (in `currency`, major units) can be paid once.

        description: what it is for, as the buyer reads it. key: the same key makes no second link
        within a day; the link, its payment and their webhook events carry it. Store the link.
        Raises PaymentRefused, or GatewayUnreachable when the same call is to be made again.
        """

    def received_payment(self, link_reference: str) -> ReceivedPayment | None:
        """Return what was paid at a link, None while nothing is. Raises GatewayUnreachable."""

    def close_payment_link(self, link_reference: str) -> None:
        """Let nobody pay at a link any more; may be repeated. Raises GatewayUnreachable."""
