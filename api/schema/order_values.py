"""What an order and its lines amount to, from loaded rows; amounts in the order's currency."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from api.schema.loading import batched, children, related
from api.schema.money import Amount, bag
from orders.models import FulfillmentLine, Order, OrderLine, Payment
from orders.money import share_of_pieces
from returns.models import Refund, RefundLine, RefundStatus
from returns.queries import OrderReturnStatus, order_return_statuses
from returns.refunds.pricing import gross

ZERO = Decimal(0)


def order_of(line: OrderLine) -> Order:
    """Return the order of a line."""
    order: Order = related(line, "order")
    return order


def lines_of(order: Order) -> list[OrderLine]:
    """Return an order's lines in their order."""
    return children(
        order,
        "lines",
        lambda: OrderLine.objects.select_related("variant__product").order_by("position"),
    )


def payments_of(order: Order) -> list[Payment]:
    """Return what was paid for an order."""
    return children(order, "payments", lambda: Payment.objects.order_by("pk"))


def refunds_of(order: Order) -> list[Refund]:
    """Return what was paid back for an order, also what is under way."""
    rows = children(order, "refunds", lambda: Refund.objects.order_by("pk"))
    return [refund for refund in rows if refund.status != RefundStatus.FAILED]


def total(order: Order) -> Decimal:
    """Return what the order cost, with tax and shipping."""
    goods = sum(
        (
            gross(line.subtotal, line.tax_total, tax_included=order.tax_included)
            for line in lines_of(order)
        ),
        ZERO,
    )
    return goods + gross(order.shipping_amount, order.shipping_tax, tax_included=order.tax_included)


def current_total(order: Order) -> Decimal:
    """Return what the order costs without what was paid back for pieces and shipping."""
    back = (refund.items_amount + refund.shipping_amount for refund in refunds_of(order))
    return max(total(order) - sum(back, ZERO), ZERO)


def subtotal(order: Order) -> Decimal:
    """Return what the lines cost after discounts, as charged."""
    return sum((line.subtotal for line in lines_of(order)), ZERO)


def tax(order: Order) -> Decimal:
    """Return all tax, that on shipping too."""
    return sum((line.tax_total for line in lines_of(order)), order.shipping_tax)


def received(order: Order) -> Decimal:
    """Return what was paid."""
    return sum((payment.amount for payment in payments_of(order)), ZERO)


def refunded(order: Order) -> Decimal:
    """Return what was paid back."""
    return sum((refund.amount for refund in refunds_of(order)), ZERO)


def financial_status(order: Order) -> str:
    """Return how far an order is paid, in Shopify's words."""
    paid, back = received(order), refunded(order)
    if not paid:
        return "PENDING" if total(order) else "PAID"
    if back:
        return "REFUNDED" if back >= paid else "PARTIALLY_REFUNDED"
    return "PARTIALLY_PAID" if order.outstanding else "PAID"


def sent_pieces(line: OrderLine) -> int:
    """Return how many pieces of a line were sent."""
    return batched(line, "sent", _sent).get(line.pk, 0)


def _sent(lines: Sequence[OrderLine]) -> dict[int, int]:
    counted: dict[int, int] = defaultdict(int)
    keys = [line.pk for line in lines]
    rows = FulfillmentLine.objects.filter(order_line__in=keys)
    for key, pieces in rows.values_list("order_line", "quantity"):
        counted[key] += pieces
    return counted


def refunded_pieces(line: OrderLine) -> int:
    """Return how many pieces of a line were paid back."""
    return line.refunded_quantity + batched(line, "refunded", _refunded).get(line.pk, 0)


def _refunded(lines: Sequence[OrderLine]) -> dict[int, int]:
    counted: dict[int, int] = defaultdict(int)
    rows = RefundLine.objects.filter(
        return_line__fulfillment_line__order_line__in=[line.pk for line in lines]
    ).exclude(refund__status=RefundStatus.FAILED)
    for key, pieces in rows.values_list("return_line__fulfillment_line__order_line", "quantity"):
        counted[key] += pieces
    return counted


def fulfillment_status(order: Order) -> str:
    """Return how far an order was sent, in Shopify's words."""
    goods = [line for line in lines_of(order) if line.is_goods and not line.bundle_parent_id]
    sent = sum(min(sent_pieces(line), line.quantity) for line in goods)
    if sent >= sum(line.quantity - line.canceled_quantity for line in goods):
        return "FULFILLED"
    return "PARTIALLY_FULFILLED" if sent else "UNFULFILLED"


def return_status(order: Order) -> OrderReturnStatus:
    """Return where an order's returns stand."""
    found = batched(order, "return status", order_return_statuses)
    return found.get(order.pk, OrderReturnStatus.NO_RETURN)


def pieces_value(line: OrderLine, pieces: int, currency: str) -> Decimal:
    """Return what some pieces of a line cost after discounts, as charged."""
    pieces = min(pieces, line.quantity)
    return share_of_pieces(line.subtotal, line.quantity, 0, pieces, currency)


def line_bag(line: OrderLine, amount: Decimal) -> Amount:
    """Return an amount of a line in its order's currency."""
    return bag(amount, order_of(line).currency)


def bag_of(value: Any) -> Any:
    """Return a function that puts what `value` says of an order into a bag."""

    def read_bag(order: Order) -> Amount:
        return bag(value(order), order.currency)

    return read_bag
