"""Every row lock and their order: order, return, its lines, what replaces them, stock.

Whoever changes anything about an order's returns or money holds the order's row first. So two
acts on one order always wait for each other, never on different halves of the same thing. Stock is
what orders share: `orders.stock` takes its rows by location and variant, last of all.
All functions need an open transaction and raise TransactionManagementError without one.
"""

from orders.models import FulfillmentLine, Order, Payment
from returns.models import ExchangeLine, Return, ReturnLine


def order(order_id: int) -> Order:
    """Lock and return the order's row as it is now, with its store and customer."""
    return (
        Order.objects.select_for_update(of=("self",))
        .select_related("store__return_location", "customer")
        .get(pk=order_id)
    )


def order_and_return(return_: Return) -> tuple[Order, Return]:
    """Lock the order of a return, then the return; give both back as they are now."""
    locked_order = order(return_.order_id)
    locked = Return.objects.select_for_update().get(pk=return_.pk)
    locked.order = locked_order
    locked.store = locked_order.store
    return locked_order, locked


def lines(return_: Return) -> list[ReturnLine]:
    """Lock a locked return's lines by primary key; with what each is a line of."""
    return list(
        return_.lines.select_for_update(of=("self",))
        .select_related("fulfillment_line__order_line")
        .order_by("pk")
    )


def exchange_lines(return_: Return) -> list[ExchangeLine]:
    """Lock the replacements of a locked return by primary key."""
    return list(return_.exchange_lines.select_for_update(of=("self",)).order_by("pk"))


def fulfillment_lines(order_: Order) -> list[FulfillmentLine]:
    """Lock what was sent of a locked order by primary key, with lines and parcels."""
    return list(
        FulfillmentLine.objects.select_for_update(of=("self",))
        .filter(fulfillment__order=order_)
        .select_related("fulfillment", "order_line")
        .order_by("pk")
    )


def payments(order_: Order) -> list[Payment]:
    """Lock a locked order's payments by primary key."""
    return list(order_.payments.select_for_update().order_by("pk"))
