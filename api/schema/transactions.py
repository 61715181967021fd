"""Movements of money: what was paid for an order, and what goes back of it.

Both are one type in Shopify's API. Their ids share one count: even numbers are payments, odd ones
parts of refunds.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.utils.text import capfirst

from api.schema.enums import OrderTransactionKind, OrderTransactionStatus
from api.schema.fields import of, output, read
from api.schema.loading import children, introduce, related
from api.schema.money import MoneyBag, MoneyV2, bag
from api.schema.nodes import Node, register_finder
from api.schema.scalars import DateTime, Money
from orders.models import Payment
from returns.models import Refund, RefundTransaction

if TYPE_CHECKING:
    from api.schema.orders import Order

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]
OwnRef = Annotated["OrderTransaction", strawberry.lazy("api.schema.transactions")]

_STATUSES = {"PENDING": "PENDING", "SUCCEEDED": "SUCCESS", "FAILED": "FAILURE"}


def transaction_number(row: Payment | RefundTransaction) -> int:
    """Return the number in the id."""
    return row.pk * 2 + (0 if isinstance(row, Payment) else 1)


def payment_of(number: int) -> int:
    """Return the primary key of the payment with this number; 0 when it is no payment's."""
    return number // 2 if number % 2 == 0 else 0


def order_of(row: Payment | RefundTransaction) -> Any:
    """Return the order that the money is for."""
    return related(row if isinstance(row, Payment) else related(row, "refund"), "order")


def _moment(row: Payment | RefundTransaction) -> Any:
    return row.captured_at if isinstance(row, Payment) else related(row, "refund").created_at


def _settled(row: Payment | RefundTransaction) -> Any:
    return row.captured_at if isinstance(row, Payment) else row.settled_at


def _kind(row: Payment | RefundTransaction) -> str:
    return "SALE" if isinstance(row, Payment) else "REFUND"


def _status(row: Payment | RefundTransaction) -> str:
    return "SUCCESS" if isinstance(row, Payment) else _STATUSES[row.status]


def _reference(row: Payment | RefundTransaction) -> str | None:
    return (row.external_id if isinstance(row, Payment) else row.gateway_reference) or None


def _refundable(row: Payment | RefundTransaction) -> Any:
    if not isinstance(row, Payment):
        return None
    return bag(row.refundable_amount, order_of(row).currency).money()


def gateway_name(gateway: str) -> str:
    """Return what people call a gateway."""
    return capfirst(gateway.replace("_", " "))


@output("OrderTransaction")
@of(Payment, RefundTransaction)
class OrderTransaction(Node):
    """Money that came in or goes back."""

    id: strawberry.ID = read(
        lambda row: f"gid://shopify/OrderTransaction/{transaction_number(row)}", "The global id."
    )
    kind: OrderTransactionKind = read(_kind, "Whether it came in or goes back.")
    status: OrderTransactionStatus = read(_status, "What became of it.")
    amount_set: MoneyBag = read(lambda row: bag(row.amount, order_of(row).currency), "How much.")
    amount: Money = read("amount", "How much.", old="Use `amountSet`.")
    gateway: str | None = read("gateway", "Through which gateway.")
    formatted_gateway: str | None = read(
        lambda row: gateway_name(row.gateway), "What people call the gateway."
    )
    manual_payment_gateway: bool = read(
        lambda row: row.gateway == "manual", "Whether people move the money by hand."
    )
    payment_id: str | None = read(_reference, "The gateway's own id.")
    created_at: DateTime = read(_moment, "When it was made.")
    processed_at: DateTime | None = read(_settled, "When it was settled.")
    maximum_refundable_v2: MoneyV2 | None = read(
        _refundable, "What can still go back on it.", name="maximumRefundableV2"
    )
    order: OrderRef | None = read(order_of, "For which order.")
    parent_transaction: OwnRef | None = read(
        lambda row: None if isinstance(row, Payment) else related(row, "payment"),
        "The payment that it goes back on.",
    )


def parts_of(refund: Refund) -> list[RefundTransaction]:
    """Return the parts of a refund, one per payment and gateway."""
    return children(refund, "transactions", lambda: RefundTransaction.objects.order_by("pk"))


def _find(numbers: Sequence[int]) -> dict[int, Any]:
    payments = Payment.objects.filter(pk__in=[n // 2 for n in numbers if n % 2 == 0])
    parts = RefundTransaction.objects.filter(pk__in=[n // 2 for n in numbers if n % 2])
    rows: list[Payment | RefundTransaction] = []
    if any(n % 2 == 0 for n in numbers):
        rows += introduce(list(payments.select_related("order")))
    if any(n % 2 for n in numbers):
        rows += introduce(list(parts.select_related("refund__order")))
    return {transaction_number(row): row for row in rows}


register_finder("OrderTransaction", _find, scope="read_orders")
