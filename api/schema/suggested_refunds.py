"""What would be paid back on an order without a return."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from api.engine import gids
from api.schema.enums import RefundLineItemRestockType, RefundMethodAllocation
from api.schema.fields import output, read, taken
from api.schema.loading import related
from api.schema.money import MoneyBag
from api.schema.outcomes import (
    Outcome,
    ShippingRefund,
    SuggestedOrderTransaction,
    SuggestedRefundMethod,
)
from api.schema.refunds import RefundDuty
from api.schema.scalars import Money
from orders.models import Order
from orders.money import is_exact
from returns.errors import ReturnError
from returns.refunds import of_orders


@taken("RefundLineItemInput")
class RefundLineItemInput:
    """Pieces that are paid back."""

    line_item_id: strawberry.ID
    quantity: int
    location_id: strawberry.ID | None = UNSET
    restock_type: RefundLineItemRestockType | None = UNSET


@dataclass(frozen=True)
class Suggestion(Outcome):
    """A proposal for an order without a return."""

    def methods(self) -> list[Any]:
        """Return the ways other than to the payments: store credit, if that is asked for."""
        found = self.transfer() if self.proposal.amount else None
        return list(getattr(found, "suggested_refund_methods", []))

    def transactions(self) -> list[Any]:
        """Return what would go to which payment."""
        return [] if self.to_credit or not self.proposal.amount else self.parts()


@output("SuggestedRefund")
class SuggestedRefund:
    """What would be paid back on an order."""

    amount_set: MoneyBag = read(lambda row: row.bag(row.proposal.amount), "How much.")
    amount: Money = read("proposal.amount", "How much.", old="Use `amountSet`.")
    subtotal_set: MoneyBag = read(lambda row: row.bag(row.subtotal), "For the pieces.")
    discounted_subtotal_set: MoneyBag = read(lambda row: row.bag(row.subtotal), "For the pieces.")
    maximum_refundable_set: MoneyBag = read(
        lambda row: row.bag(row.proposal.maximum), "What can come back at most."
    )
    total_tax_set: MoneyBag = read(
        lambda row: row.bag(row.proposal.items_tax + row.proposal.shipping_tax), "The tax in it."
    )
    total_cart_discount_amount_set: MoneyBag = read(
        lambda row: row.bag(Decimal(0)), "The order's discounts; they are within the pieces."
    )
    total_duties_set: MoneyBag = read(lambda row: row.bag(Decimal(0)), "Duties; orders have none.")
    refund_duties: list[RefundDuty] = read(lambda _row: [], "Duties; orders have none.")
    shipping: ShippingRefund = read(lambda row: row, "The delivery cost.")
    suggested_transactions: list[SuggestedOrderTransaction] = read(
        Suggestion.transactions, "To which payments."
    )
    suggested_refund_methods: list[SuggestedRefundMethod] = read(
        Suggestion.methods, "In which other ways."
    )


def suggest(
    order: Order,
    _info: Any,
    *,
    refund_line_items: list[RefundLineItemInput] | None,
    refund_shipping: bool | None,
    shipping_amount: Decimal | None,
    suggest_full_refund: bool | None,
    refund_method_allocation: Any,
    **_others: Any,
) -> Suggestion | None:
    """Propose a refund; None for pieces that cannot be paid back."""
    related(order, "store")
    lines = list(order.lines.order_by("position"))
    pieces = {
        gids.number_of(each.line_item_id, "LineItem"): each.quantity
        for each in refund_line_items or []
    }
    if suggest_full_refund:
        choices = of_orders.load_choices(order, lines, list(order.refunds.all()))
        pieces = {choice.line.pk: choice.left for choice in choices if choice.left}
    try:
        left = of_orders.propose(order, quantities={}, lines=lines).shipping_left
        shipping = left if refund_shipping or suggest_full_refund else shipping_amount or Decimal(0)
        if not is_exact(shipping, order.currency):
            return None
        proposal = of_orders.propose(order, quantities=pieces, shipping=shipping, lines=lines)
    except ReturnError:
        return None
    credit = refund_method_allocation == RefundMethodAllocation.STORE_CREDIT
    return Suggestion(order, proposal, list(order.payments.order_by("pk")), credit)
