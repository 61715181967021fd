"""Paying back on an order without a return: refundCreate."""

from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.idempotency import uuid_of
from api.schema.codes import CurrencyCode
from api.schema.enums import (
    OrderAdjustmentInputDiscrepancyReason,
    OrderTransactionKind,
)
from api.schema.fields import taken
from api.schema.mutations.outcome import found, refused
from api.schema.mutations.payouts import OVER, RefundMethodInput, credit_of
from api.schema.order_values import received, refunded
from api.schema.returns import RefundDutyInput
from api.schema.scalars import DateTime, Money
from api.schema.suggested_refunds import RefundLineItemInput
from api.schema.transactions import payment_of
from orders.models import Order
from orders.money import formatted
from returns.errors import InvalidQuantity, MissingNote, RefundTooLarge, ReturnError, UnknownLine
from returns.refunds import of_orders, payouts


@taken("ShippingRefundInput")
class ShippingRefundInput:
    """How much of the delivery cost comes back."""

    amount: Money | None = UNSET
    full_refund: bool | None = UNSET


@taken("OrderTransactionInput")
class OrderTransactionInput:
    """Money that goes back on one payment."""

    amount: Money
    gateway: str
    kind: OrderTransactionKind
    order_id: strawberry.ID
    parent_id: strawberry.ID | None = UNSET


@taken("RefundInput")
class RefundInput:
    """What is paid back on an order."""

    order_id: strawberry.ID
    note: str | None = UNSET
    notify: bool | None = UNSET
    currency: CurrencyCode | None = UNSET
    processed_at: DateTime | None = UNSET
    allow_over_refunding: bool | None = False
    discrepancy_reason: OrderAdjustmentInputDiscrepancyReason | None = UNSET
    refund_duties: list[RefundDutyInput] | None = UNSET
    refund_line_items: list[RefundLineItemInput] | None = UNSET
    refund_methods: list[RefundMethodInput] | None = strawberry.field(default_factory=list)
    shipping: ShippingRefundInput | None = UNSET
    transactions: list[OrderTransactionInput] | None = UNSET


def create(context: Context, *, input: RefundInput) -> dict[str, Any]:  # noqa: A002
    """Pay back on an order."""
    order: Order = found(
        context, input.order_id, "Order", ("orderId",), "Order does not exist", None
    )
    quantities = {
        number_of(each.line_item_id, "LineItem"): each.quantity
        for each in input.refund_line_items or []
    }
    parts = _parts(order, input.transactions or [])
    credit = credit_of(input.refund_methods or [], order.currency, ())
    amount = sum(parts.values(), credit)
    try:
        made = payouts.refund_order(
            order,
            actor=context.actor,
            key=uuid_of(context, context.keys.get("refundCreate")),
            quantities=quantities,
            amount=amount,
            shipping=_shipping(order, quantities, input.shipping or None),
            parts=None if credit else parts,
            to_credit=credit,
            over_reason=OVER if input.allow_over_refunding else "",
            note=input.note or "",
        )
    except ReturnError as error:
        raise _worded(error, order, amount, list(quantities)) from error
    return {"refund": made, "order": made.order}


def _parts(order: Order, wanted: list[OrderTransactionInput]) -> dict[int, Decimal]:
    """Return what goes to which payment (by primary key)."""
    known = set(order.payments.values_list("pk", flat=True))
    parts: dict[int, Decimal] = {}
    for each in wanted:
        if each.kind != OrderTransactionKind.REFUND:
            raise refused((), f"Kind {str(each.kind).lower()} is not a valid transaction")
        number = payment_of(number_of(each.parent_id, "OrderTransaction")) if each.parent_id else 0
        if number not in known:
            words = "Transactions require a parent_id associated with the order"
            raise refused(("transactions",), words)
        parts[number] = parts.get(number, Decimal(0)) + each.amount
    return parts


def _shipping(
    order: Order, quantities: dict[int, int], asked: ShippingRefundInput | None
) -> Decimal:
    if asked and asked.full_refund:
        return of_orders.propose(order, quantities={}).shipping_left
    return asked.amount or Decimal(0) if asked else Decimal(0)


def _worded(error: ReturnError, order: Order, amount: Decimal, keys: list[int]) -> Exception:
    about_pieces = isinstance(error, InvalidQuantity | UnknownLine) and len(error.field) > 1
    if about_pieces and int(error.field[1]) in keys:
        place = ["refundLineItems", str(keys.index(int(error.field[1])))]
        if isinstance(error, UnknownLine):
            return refused([*place, "lineItemId"], "Line item does not exist")
        words = "Quantity cannot refund more items than were purchased"
        return refused([*place, "quantity"], words)
    if isinstance(error, RefundTooLarge | MissingNote):
        net = formatted(received(order) - refunded(order), order.currency, "en")
        asked = formatted(amount, order.currency, "en")
        return refused((), f"Refund amount {asked} is greater than net payment received {net}")
    return refused((), error.message)
