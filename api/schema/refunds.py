"""Money that went back for an order, and what it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.engine.gids import gid
from api.schema.codes import CountryCode
from api.schema.connections import Connection, connection
from api.schema.enums import OrderAdjustmentDiscrepancyReason, RefundLineItemRestockType
from api.schema.fields import global_id, of, output, read
from api.schema.lines import LineItem, TaxLine
from api.schema.loading import children, related
from api.schema.money import Amount, MoneyBag, MoneyV2, bag
from api.schema.nodes import LegacyInteroperability, Node, register
from api.schema.people import StaffMember
from api.schema.places import Location
from api.schema.scalars import DateTime, Money, UnsignedInt64
from api.schema.transactions import OrderTransaction, parts_of
from returns.models import Disposition, ReturnLine
from returns.models import Refund as RefundRow
from returns.models import RefundLine as RefundLineRow

if TYPE_CHECKING:
    from api.schema.orders import Order
    from api.schema.returns import Return

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]
ReturnRef = Annotated["Return", strawberry.lazy("api.schema.returns")]


def _refund(row: RefundLineRow) -> RefundRow:
    refund: RefundRow = related(row, "refund")
    return refund


def _return_line(row: RefundLineRow) -> ReturnLine | None:
    line: ReturnLine | None = related(row, "return_line") if row.return_line_id else None
    return line


def _line(row: RefundLineRow) -> Any:
    line = _return_line(row)
    if line is None:
        return related(row, "order_line")
    return related(related(line, "fulfillment_line"), "order_line")


def _subtotal(row: RefundLineRow) -> Decimal:
    """Return what came back without tax, or with it where prices include it."""
    order = related(_refund(row), "order")
    return row.amount if order.tax_included else row.amount - row.tax


def _in_bag(value: Any) -> Any:
    def read_bag(row: RefundLineRow) -> Amount:
        return bag(value(row), _refund(row).currency)

    return read_bag


def dispositions_of(line: ReturnLine) -> list[Disposition]:
    """Return what became of a return line's pieces."""
    work = children(line, "reverse_fulfillment_lines", _work_lines)
    return [
        each
        for part in work
        for each in children(part, "dispositions", lambda: Disposition.objects.order_by("pk"))
    ]


def _work_lines() -> Any:
    return ReturnLine.reverse_fulfillment_lines.rel.related_model._default_manager.order_by("pk")


def _location(row: RefundLineRow) -> Any:
    line = _return_line(row)
    places = [each for each in dispositions_of(line) if each.location_id] if line else []
    return related(places[0], "location") if places else None


def _restocked(row: RefundLineRow) -> bool:
    line = _return_line(row)
    return line is not None and line.restocked_quantity > 0


@output("RefundLineItem")
@of(RefundLineRow)
class RefundLineItem:
    """What of a refund is for which pieces."""

    id: strawberry.ID | None = read(lambda row: gid("RefundLineItem", row.pk), "The global id.")
    line_item: LineItem = read(_line, "The line of the order.")
    quantity: int = read("quantity", "For how many pieces.")
    price_set: MoneyBag = read(
        _in_bag(lambda row: _subtotal(row) / row.quantity), "What a piece brought."
    )
    price: Money = read(
        lambda row: bag(_subtotal(row) / row.quantity, _refund(row).currency).amount,
        "What a piece brought.",
        old="Use `priceSet`.",
    )
    subtotal_set: MoneyBag = read(_in_bag(_subtotal), "What all pieces brought.")
    subtotal: Money = read(_subtotal, "What all pieces brought.", old="Use `subtotalSet`.")
    total_tax_set: MoneyBag = read(_in_bag(lambda row: row.tax), "The tax on them.")
    total_tax: Money = read("tax", "The tax on them.", old="Use `totalTaxSet`.")
    restocked: bool = read(_restocked, "Whether they went back into stock.")
    restock_type: RefundLineItemRestockType = read(
        lambda row: "RETURN" if _restocked(row) else "NO_RESTOCK", "How they went into stock."
    )
    location: Location | None = read(_location, "Where they went into stock.")


@dataclass(frozen=True)
class Part:
    """A part of a refund that is not for pieces; `pk` is the refund's."""

    refund: RefundRow

    @property
    def pk(self) -> int:
        """The number of the id: the refund's own."""
        return self.refund.pk


class Adjustment(Part):
    """What people changed of a proposal."""


class ShippingBack(Part):
    """What of a refund is for the delivery."""


@output("OrderAdjustment")
@of(Adjustment)
class OrderAdjustment(Node):
    """By how much a refund differs from what was proposed."""

    id: strawberry.ID = read(lambda row: gid("OrderAdjustment", row.pk), "The global id.")
    amount_set: MoneyBag = read(
        lambda row: bag(-row.refund.adjustment, row.refund.currency), "How much less was paid back."
    )
    tax_amount_set: MoneyBag = read(
        lambda row: bag(Decimal(0), row.refund.currency), "The tax in it."
    )
    reason: OrderAdjustmentDiscrepancyReason | None = read(
        lambda _row: "REFUND_DISCREPANCY", "Why it differs."
    )


@output("Duty")
class Duty(Node):
    """A duty on something that crosses a border; orders have none."""

    country_code_of_origin: CountryCode | None = strawberry.field(description="Where it is from.")
    harmonized_system_code: str | None = strawberry.field(description="The code of customs.")
    price: MoneyBag = strawberry.field(description="How much it is.")
    tax_lines: list[TaxLine] = strawberry.field(description="Taxes on it.")


@output("RefundDuty")
class RefundDuty:
    """A duty that comes back."""

    amount_set: MoneyBag = strawberry.field(description="How much.")
    original_duty: Duty | None = strawberry.field(description="The duty.")


@dataclass(frozen=True)
class Delivery:
    """The delivery cost of an order; net of nothing, as charged."""

    key: int
    amount: Decimal
    currency: str

    def bag(self) -> Amount:
        """Return what it cost."""
        return bag(self.amount, self.currency)


@output("ShippingLine")
class ShippingLine:
    """The delivery of an order."""

    id: strawberry.ID | None = read(lambda row: gid("ShippingLine", row.key), "The global id.")
    title: str = read(lambda _row: "Shipping", "What it is called.")
    original_price_set: MoneyBag = read(Delivery.bag, "What it cost.")
    discounted_price_set: MoneyBag = read(Delivery.bag, "What it cost after discounts.")


def delivery_of(order: Any) -> Delivery:
    """Return the delivery cost of an order, as charged."""
    return Delivery(order.pk, order.shipping_amount, order.currency)


def _shipping_subtotal(row: ShippingBack) -> Amount:
    refund = row.refund
    included = related(refund, "order").tax_included
    net = refund.shipping_amount if included else refund.shipping_amount - refund.shipping_tax
    return bag(net, refund.currency)


@output("RefundShippingLine")
@of(ShippingBack)
class RefundShippingLine(Node):
    """What of a refund is for the delivery."""

    id: strawberry.ID = read(lambda row: gid("RefundShippingLine", row.pk), "The global id.")
    shipping_line: ShippingLine = read(
        lambda row: delivery_of(related(row.refund, "order")), "The delivery."
    )
    subtotal_amount_set: MoneyBag = read(_shipping_subtotal, "How much.")
    tax_amount_set: MoneyBag = read(
        lambda row: bag(row.refund.shipping_tax, row.refund.currency), "Its tax."
    )


def refund_lines(refund: RefundRow) -> list[RefundLineRow]:
    """Return what a refund is for, line by line."""
    return children(
        refund,
        "lines",
        lambda: RefundLineRow.objects.select_related(
            "return_line__fulfillment_line__order_line", "order_line"
        ).order_by("pk"),
    )


def _shipping_back(row: RefundRow, _info: Any) -> list[ShippingBack]:
    return [ShippingBack(row)] if row.shipping_amount else []


def _adjustments(row: RefundRow, _info: Any) -> list[Adjustment]:
    return [Adjustment(row)] if row.adjustment else []


TransactionRef = Annotated["OrderTransaction", strawberry.lazy("api.schema.transactions")]


def _transactions(row: RefundRow, _info: Any) -> Sequence[Any]:
    return parts_of(row)


@output("Refund")
@of(RefundRow)
class Refund(LegacyInteroperability, Node):
    """Money that went back, or is about to."""

    id: strawberry.ID = global_id("Refund")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    created_at: DateTime | None = read("created_at", "When it was made.")
    processed_at: DateTime = read(
        lambda row: row.settled_at or row.created_at, "When the money moved."
    )
    updated_at: DateTime = read(
        lambda row: row.settled_at or row.created_at, "When it last changed."
    )
    note: str | None = read(lambda row: row.note or None, "A note for staff.")
    order: OrderRef = read(lambda row: related(row, "order"), "For which order.")
    return_: ReturnRef | None = read(
        lambda row: related(row, "for_return") if row.for_return_id else None,
        "For which return.",
        name="return",
    )
    staff_member: StaffMember | None = read(
        lambda row: related(row, "created_by") if row.created_by_id else None, "Who made it."
    )
    total_refunded_set: MoneyBag = read(lambda row: bag(row.amount, row.currency), "How much.")
    total_refunded: MoneyV2 = read(
        lambda row: bag(row.amount, row.currency).money(),
        "How much.",
        old="Use `totalRefundedSet`.",
    )
    duties: list[RefundDuty] | None = read(lambda _row: [], "Duties that come back.")
    refund_line_items: Connection[RefundLineItem] = connection(
        RefundLineItem, lambda row, _info: refund_lines(row), "For which pieces."
    )
    refund_shipping_lines: Connection[RefundShippingLine] = connection(
        RefundShippingLine, _shipping_back, "For which deliveries."
    )
    order_adjustments: Connection[OrderAdjustment] = connection(
        OrderAdjustment, _adjustments, "What people changed."
    )
    transactions: Connection[OrderTransaction] = connection(
        OrderTransaction, _transactions, "To which payments it goes."
    )


register("Refund", lambda: RefundRow.objects.select_related("order"), scope="read_orders")
