"""Orders of which something was not sent yet, and whose buyers may cancel it."""

from typing import Any
from uuid import UUID, uuid4

from accounts import actors
from orders.models import Order
from returns.cancellations import decisions
from returns.models import Cancellation
from tests.factories import OrderFactory, OrderLineFactory, PaymentFactory

BUYER = actors.buyer("Ada Winter")
SYSTEM = actors.system()


def waiting(*quantities: int, mode: str = "AT_ONCE", **values: Any) -> Order:
    """A paid order with a line of 10.00 a piece per quantity, of which nothing was sent."""
    terms = {"cancel_unsent": mode, **values.pop("terms", {})}
    order = OrderFactory(return_terms=terms, **values)
    for quantity in quantities or (3,):
        OrderLineFactory(order=order, quantity=quantity, unit_price=10)
    paid = sum(line.subtotal for line in order.lines.all()) + order.shipping_amount
    PaymentFactory(order=order, amount=paid, captured_at=order.placed_at)
    return order


def ask(order: Order, *quantities: int, key: UUID | None = None, **more: Any) -> Cancellation:
    """Cancel so many pieces of the order's lines, in their order."""
    lines = order.lines.order_by("position").values_list("pk", flat=True)
    wanted = dict(zip(lines, quantities, strict=False))
    options = {"actor": BUYER, "key": key or uuid4(), **more}
    return decisions.request(order, wanted, **options)


def canceled(order: Order) -> list[int]:
    """Return how many pieces of each line count as canceled."""
    return list(order.lines.order_by("position").values_list("canceled_quantity", flat=True))
