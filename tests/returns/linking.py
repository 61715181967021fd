"""A gateway at which buyers pay by links, and replacements that are paid there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from returns.exchanges import payment_links
from returns.models import Return
from returns.refunds.gateways import (
    GATEWAYS,
    GatewayUnreachable,
    PaymentLink,
    PaymentRefused,
    ReceivedPayment,
)
from tests.returns.cashbox import FakeGateway
from tests.returns.exchanging import dearer


class LinkingGateway(FakeGateway):
    """Makes one link per key, unless it is told to be away or to refuse.

    at_closing: what happens at the moment when a link is closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []
        self.links: dict[str, tuple[Decimal, str]] = {}
        self.received: dict[str, ReceivedPayment] = {}
        self.closed: list[str] = []
        self.is_away = False
        self.refusal = ""
        self.at_closing: Callable[[str], None] = lambda _link: None

    def create_payment_link(
        self, *, amount: Decimal, currency: str, description: str, key: str
    ) -> PaymentLink:
        self._answer()
        if self.refusal:
            raise PaymentRefused(self.refusal)
        if key not in self.keys:
            self.keys.append(key)
        link = f"plink_{self.keys.index(key) + 1}"
        self.links[link] = (amount, currency)
        url = f"https://pay.example/{link}/{amount}-{currency}-{description.strip('#')}"
        return PaymentLink(reference=link, url=url)

    def received_payment(self, link_reference: str) -> ReceivedPayment | None:
        self._answer()
        return self.received.get(link_reference)

    def close_payment_link(self, link_reference: str) -> None:
        self._answer()
        self.at_closing(link_reference)
        self.closed.append(link_reference)

    def take(self, link: str, *, currency: str = "") -> None:
        """The buyer pays at a link."""
        amount, own = self.links[link]
        self.received[link] = ReceivedPayment(
            reference=link.replace("plink", "pi"), amount=amount, currency=currency or own
        )

    def _answer(self) -> None:
        if self.is_away:
            raise GatewayUnreachable


@contextmanager
def linking() -> Iterator[LinkingGateway]:
    """Set such a gateway up under the name "fake"."""
    gateway = LinkingGateway()
    patched: dict[str, Any] = {"fake": gateway}
    with patch.dict(GATEWAYS, patched):
        yield gateway


def owing(gateway: str = "fake") -> Return:
    """A return that owes 10.10 for its replacement, of an order paid with `gateway`."""
    return_, _line = dearer()
    return_.order.payments.update(gateway=gateway, external_id="pi_order")
    return return_


def linked() -> Return:
    """The same with a link."""
    return_ = owing()
    payment_links.offer(return_)
    return_.refresh_from_db()
    return return_
