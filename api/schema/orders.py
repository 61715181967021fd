"""Orders, as programs about returns read them."""

import re
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from api.schema.codes import CurrencyCode
from api.schema.connections import Connection, connection, with_arguments
from api.schema.enums import (
    OrderDisplayFinancialStatus,
    OrderDisplayFulfillmentStatus,
    OrderReturnStatus,
    RefundMethodAllocation,
)
from api.schema.fields import global_id, of, output, read
from api.schema.fulfillments import Fulfillment, FulfillmentOrder, ToSend, fulfillments_of
from api.schema.lines import LineItem
from api.schema.loading import children, related
from api.schema.money import MoneyBag
from api.schema.nodes import LegacyInteroperability, Node, register
from api.schema.order_values import (
    bag_of,
    current_total,
    financial_status,
    fulfillment_status,
    lines_of,
    payments_of,
    received,
    refunded,
    refunds_of,
    return_status,
    subtotal,
    tax,
    total,
)
from api.schema.people import Customer
from api.schema.places import Address, MailingAddress
from api.schema.refunds import Refund, ShippingLine, delivery_of
from api.schema.returns import RefundDutyInput, Return, return_rows
from api.schema.scalars import DateTime, Money, UnsignedInt64
from api.schema.suggested_refunds import RefundLineItemInput, SuggestedRefund, suggest
from api.schema.transactions import OrderTransaction, parts_of
from orders.models import Order as OrderRow

CustomerRef = Annotated["Customer", strawberry.lazy("api.schema.people")]


def _customer(row: OrderRow) -> Any:
    return related(row, "customer") if row.customer_id else None


def _email(row: OrderRow) -> str | None:
    customer = _customer(row)
    return row.guest_email or (customer.email if customer else "") or None


def _address(row: OrderRow, parts: dict[str, Any], place: int) -> Address | None:
    return Address(row.pk * 2 + place, parts) if any(parts.values()) else None


def _shipping_address(row: OrderRow) -> Address | None:
    return _address(row, row.shipping_address, 0)


def _billing_address(row: OrderRow) -> Address | None:
    return _address(row, row.billing_address, 1)


def _number(row: OrderRow) -> int:
    digits = re.findall(r"\d+", row.reference)
    return int(digits[-1][-9:]) if digits else row.pk


def _parcels(row: OrderRow, _info: Any, *, first: int | None, query: str | None) -> list[Any]:
    return fulfillments_of(row)[:first]


def _refunds(row: OrderRow, _info: Any, *, first: int | None) -> list[Any]:
    return refunds_of(row)[:first]


def _transactions(row: OrderRow, _info: Any, *, first: int | None, **_others: Any) -> list[Any]:
    parts = [part for refund in refunds_of(row) for part in parts_of(refund)]
    return [*payments_of(row), *parts][:first]


def _returns(row: OrderRow, _info: Any, *, query: str | None) -> list[Any]:
    rows = children(row, "returns", lambda: return_rows().order_by("pk"))
    wanted = [part[7:].lower() for part in (query or "").split() if part.startswith("status:")]
    return [each for each in rows if not wanted or each.status.lower() in wanted]


def _work(row: OrderRow, _info: Any, **_others: Any) -> list[ToSend]:
    return [ToSend(row)]


_FIRST = (int | None, UNSET)
_WORDS = (str | None, UNSET)


@output("Order")
@of(OrderRow)
class Order(LegacyInteroperability, Node):
    """One purchase in one currency."""

    id: strawberry.ID = global_id("Order")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    name: str = read("reference", "The number that people read.")
    number: int = read(_number, "The digits of the name.")
    email: str | None = read(_email, "Where mail about it goes.")
    phone: str | None = read(
        lambda row: row.shipping_address.get("phone") or None, "The buyer's phone number."
    )
    created_at: DateTime = read("placed_at", "When it was placed.")
    processed_at: DateTime = read("placed_at", "When it was placed.")
    updated_at: DateTime = read("imported_at", "When the shop last sent it.")
    closed: bool = read(lambda row: row.archived_at is not None, "Whether it is archived.")
    closed_at: DateTime | None = read("archived_at", "When it was archived.")
    cancelled_at: DateTime | None = read("canceled_at", "When it was canceled.")
    currency_code: CurrencyCode = read("currency", "The shop's currency.")
    presentment_currency_code: CurrencyCode = read("currency", "The buyer's currency.")
    customer_locale: str | None = read("language", "The language of mails.")
    taxes_included: bool = read("tax_included", "Whether prices include tax.")
    customer: CustomerRef | None = read(_customer, "Who bought.", scope="read_customers")
    shipping_address: MailingAddress | None = read(_shipping_address, "Where it was sent.")
    billing_address: MailingAddress | None = read(_billing_address, "Where the bill went.")
    display_address: MailingAddress | None = read(
        lambda row: _shipping_address(row) or _billing_address(row), "The first that is known."
    )
    display_financial_status: OrderDisplayFinancialStatus | None = read(
        financial_status, "How far it is paid."
    )
    display_fulfillment_status: OrderDisplayFulfillmentStatus = read(
        fulfillment_status, "How far it was sent."
    )
    return_status: OrderReturnStatus = read(return_status, "Where its returns stand.")
    fully_paid: bool = read(lambda row: not row.outstanding, "Whether all is paid.")
    unpaid: bool = read(lambda row: received(row) == 0, "Whether nothing is paid.")
    refundable: bool = read(lambda row: received(row) > refunded(row), "Whether money can go back.")
    total_price_set: MoneyBag = read(bag_of(total), "What it cost.")
    current_total_price_set: MoneyBag = read(
        bag_of(current_total), "What it costs without what went back."
    )
    original_total_price_set: MoneyBag = read(bag_of(total), "What it cost when it was placed.")
    subtotal_price_set: MoneyBag | None = read(bag_of(subtotal), "What the goods cost.")
    total_tax_set: MoneyBag | None = read(bag_of(tax), "All tax.")
    total_discounts_set: MoneyBag | None = read(
        bag_of(lambda row: sum(line.discount_total for line in lines_of(row))), "All discounts."
    )
    total_shipping_price_set: MoneyBag = read(
        bag_of(lambda row: row.shipping_amount), "What the delivery cost."
    )
    total_received_set: MoneyBag = read(bag_of(received), "What was paid.")
    total_refunded_set: MoneyBag = read(bag_of(refunded), "What was paid back.")
    net_payment_set: MoneyBag = read(
        bag_of(lambda row: received(row) - refunded(row)), "What was paid and not paid back."
    )
    total_outstanding_set: MoneyBag = read(
        bag_of(lambda row: row.outstanding), "What is still to be paid."
    )
    shipping_line: ShippingLine | None = read(
        lambda row: delivery_of(row) if row.shipping_amount else None, "The delivery."
    )
    line_items: Connection[LineItem] = connection(
        LineItem, lambda row, _info: lines_of(row), "What was bought."
    )
    fulfillments: list[Fulfillment] = with_arguments(
        list[Fulfillment], _parcels, "What was sent.", first=_FIRST, query=_WORDS
    )
    fulfillment_orders: Connection[FulfillmentOrder] = connection(
        FulfillmentOrder,
        _work,
        "The work of sending it.",
        displayable=(bool | None, False),
        query=_WORDS,
    )
    returns: Connection[Return] = connection(
        Return, _returns, "What goes back of it.", scope="read_returns", query=_WORDS
    )
    refunds: list[Refund] = with_arguments(
        list[Refund], _refunds, "What was paid back.", first=_FIRST
    )
    suggested_refund: SuggestedRefund | None = with_arguments(
        SuggestedRefund | None,
        suggest,
        "What would be paid back on it without a return.",
        refund_line_items=(list[RefundLineItemInput] | None, UNSET),
        refund_shipping=(bool | None, UNSET),
        shipping_amount=(Money | None, UNSET),
        suggest_full_refund=(bool | None, False),
        refund_duties=(list[RefundDutyInput] | None, UNSET),
        refund_method_allocation=(
            RefundMethodAllocation | None,
            RefundMethodAllocation.ORIGINAL_PAYMENT_METHODS,
        ),
    )
    transactions: list[OrderTransaction] = with_arguments(
        list[OrderTransaction],
        _transactions,
        "All money for it.",
        first=_FIRST,
        capturable=(bool | None, UNSET),
        manually_resolvable=(bool | None, UNSET),
    )


def order_rows() -> Any:
    """Return the orders with store and customer, without their search words."""
    return OrderRow.objects.defer("search").select_related("store", "customer")


register("Order", order_rows, scope="read_orders")
