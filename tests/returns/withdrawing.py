"""Short ways to a store with the withdrawal function, a statement and its case."""

from typing import Any
from uuid import uuid4

from accounts import actors
from orders.models import Order
from returns.models import WithdrawalCase, WithdrawalFunction, WithdrawalStatement
from returns.withdrawals import handling, statements
from returns.withdrawals.statements import Content, Item


def switch_on(order: Order, **said: Any) -> WithdrawalFunction:
    """Give the order's store the withdrawal function."""
    return WithdrawalFunction.objects.create(store=order.store, enabled=True, **said)


def item(order: Order, index: int = 0, quantity: int = 1) -> Item:
    """Return some pieces of an order's line as a statement names them."""
    line = list(order.lines.all())[index]
    return Item(
        line=str(line.uuid),
        title=line.title,
        options=line.options_text,
        sku=line.sku,
        quantity=quantity,
    )


def content(order: Order, **said: Any) -> Content:
    """Return what a guest states who knows number and address; `said` changes it."""
    told: dict[str, Any] = {
        "store": order.store,
        "name": "Ada Winter",
        "email": order.email,
        "order_reference": order.reference,
        "language": "en",
        "wording": "I hereby withdraw",
    }
    return Content(**{**told, **said})


def state(order: Order, **said: Any) -> WithdrawalStatement:
    """Submit a statement about an order; nothing is handled yet."""
    return statements.submit(content(order, **said), actor=actors.buyer("Ada"), request_key=uuid4())


def handled(order: Order, **said: Any) -> WithdrawalCase:
    """Submit a statement and handle it, as the queue does."""
    return handling.handle(state(order, **said).pk)
