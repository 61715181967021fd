"""Lines of orders, and what was sent of them."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from api.schema.connections import Connection, connection, with_arguments
from api.schema.fields import global_id, of, output, read
from api.schema.loading import children, related
from api.schema.money import Amount, MoneyBag, bag
from api.schema.nodes import Node, register
from api.schema.order_values import (
    line_bag,
    order_of,
    pieces_value,
    refunded_pieces,
    sent_pieces,
)
from api.schema.places import Image, Picture
from api.schema.products import Product, ProductVariant, options_title
from api.schema.reasons import ReturnReasonDefinition
from api.schema.scalars import Money
from orders.models import FulfillmentLine as FulfillmentLineRow
from orders.models import OrderLine as LineRow
from orders.taxes import Tax
from returns.models import ReturnReason

REASONS = Annotated["ReturnReasonDefinition", strawberry.lazy("api.schema.reasons")]


@output("TaxLine")
class TaxLine:
    """One tax on something."""

    title: str = strawberry.field(description="What the tax is called.")
    rate: float | None = strawberry.field(description="The rate, 0.19 for 19 percent.")
    rate_percentage: float | None = strawberry.field(description="The rate in percent.")
    price_set: MoneyBag = strawberry.field(description="How much it was.")


def tax_line(tax: Tax, currency: str) -> TaxLine:
    """Return one tax for an answer."""
    price: Any = bag(tax.amount, currency)
    return TaxLine(
        title=tax.title,
        rate=None if tax.rate is None else float(tax.rate / 100),
        rate_percentage=None if tax.rate is None else float(tax.rate),
        price_set=price,
    )


def _taxes(row: LineRow, _info: Any, *, first: int | None) -> list[TaxLine]:
    currency = order_of(row).currency
    return [tax_line(tax, currency) for tax in row.tax_parts][:first]


def _variant(row: LineRow) -> Any:
    return related(row, "variant") if row.variant_id else None


def _product(row: LineRow) -> Any:
    variant = _variant(row)
    return related(variant, "product") if variant else None


def _picture(row: LineRow) -> Picture | None:
    return Picture(row.image, row.title) if row.image.startswith("http") else None


def _variant_title(row: LineRow) -> str | None:
    return options_title(row) if row.options else None


def _name(row: LineRow) -> str:
    return f"{row.title} - {options_title(row)}" if row.options else row.title


def _piece(row: LineRow) -> Amount:
    return line_bag(row, row.subtotal / row.quantity)


def _before_tax(row: LineRow) -> Decimal:
    included = order_of(row).tax_included
    return row.subtotal - row.tax_total if included else row.subtotal


def _reasons(_row: LineRow, _info: Any) -> list[ReturnReason]:
    return list(ReturnReason.objects.offered())


@output("LineItem")
@of(LineRow)
class LineItem(Node):
    """So many pieces of one article in an order."""

    id: strawberry.ID = global_id("LineItem")
    title: str = read("title", "What was bought.")
    name: str = read(_name, "What was bought, with its options.")
    variant_title: str | None = read(_variant_title, "The options.")
    sku: str | None = read(lambda row: row.sku or None, "The stock keeping unit.")
    vendor: str | None = read(
        lambda row: product.vendor if (product := _product(row)) else None, "Who made it."
    )
    quantity: int = read("quantity", "How many pieces were bought.")
    current_quantity: int = read(
        lambda row: row.quantity - refunded_pieces(row), "Pieces that were not paid back."
    )
    refundable_quantity: int = read(
        lambda row: row.quantity - refunded_pieces(row), "Pieces that can be paid back."
    )
    unfulfilled_quantity: int = read(
        lambda row: max(row.quantity - row.canceled_quantity - sent_pieces(row), 0),
        "Pieces that were neither sent nor canceled.",
    )
    fulfillable_quantity: int = read(
        lambda row: max(row.quantity - row.canceled_quantity - sent_pieces(row), 0),
        "Pieces that can be sent.",
        old="Use `unfulfilledQuantity`.",
    )
    requires_shipping: bool = read("is_goods", "Whether it is goods.")
    restockable: bool = read(lambda row: bool(row.variant_id), "Whether a shelf can hold it.")
    original_unit_price_set: MoneyBag = read(
        lambda row: line_bag(row, row.unit_price), "What a piece costs."
    )
    original_total_set: MoneyBag = read(
        lambda row: line_bag(row, row.unit_price * row.quantity), "What all pieces cost."
    )
    discounted_unit_price_set: MoneyBag = read(_piece, "What a piece costs after discounts.")
    discounted_unit_price_after_all_discounts_set: MoneyBag = read(
        _piece, "What a piece costs after discounts, those of the order too."
    )
    discounted_total_set: MoneyBag = with_arguments(
        MoneyBag,
        lambda row, _info, **_given: line_bag(row, row.subtotal),
        "What all pieces cost after discounts.",
        with_code_discounts=(bool | None, False),
    )
    price_after_all_discounts_before_taxes_set: MoneyBag = read(
        lambda row: line_bag(row, _before_tax(row)), "What all pieces cost without tax."
    )
    total_discount_set: MoneyBag = read(
        lambda row: line_bag(row, row.discount_total), "What discounts took off."
    )
    discounted_total: Money = read("subtotal", "As the set.", old="Use `discountedTotalSet`.")
    original_unit_price: Money = read(
        "unit_price", "As the set.", old="Use `originalUnitPriceSet`."
    )
    taxable: bool = read(lambda row: bool(row.tax_total), "Whether it was taxed.")
    tax_lines: list[TaxLine] = with_arguments(
        list[TaxLine], _taxes, "Its taxes one by one.", first=(int | None, UNSET)
    )
    image: Image | None = read(_picture, "Its picture.")
    variant: ProductVariant | None = read(_variant, "The article.", scope="read_products")
    product: Product | None = read(_product, "The product.", scope="read_products")
    suggested_return_reason_definitions: Connection[REASONS] | None = connection(
        REASONS, _reasons, "Reasons that are offered for it.", nullable=True
    )


register("LineItem", lambda: LineRow.objects.select_related("order"), scope="read_orders")


def line_of(row: FulfillmentLineRow) -> LineRow:
    """Return the order's line of sent pieces."""
    line: LineRow = related(row, "order_line")
    return line


def _sent_value(row: FulfillmentLineRow) -> Decimal:
    line = line_of(row)
    return pieces_value(line, row.quantity, order_of(line).currency)


@output("FulfillmentLineItem")
@of(FulfillmentLineRow)
class FulfillmentLineItem(Node):
    """So many pieces of a line in one parcel."""

    id: strawberry.ID = global_id("FulfillmentLineItem")
    quantity: int | None = read("quantity", "How many pieces.")
    line_item: LineItem = read(line_of, "Of which line of the order.")
    discounted_total_set: MoneyBag = read(
        lambda row: line_bag(line_of(row), _sent_value(row)), "What they cost after discounts."
    )
    original_total_set: MoneyBag = read(
        lambda row: line_bag(line_of(row), line_of(row).unit_price * row.quantity),
        "What they cost before discounts.",
    )


register("FulfillmentLineItem", FulfillmentLineRow.objects.all, scope="read_orders")


def sent_lines(row: Any) -> list[FulfillmentLineRow]:
    """Return what is in a parcel."""
    return children(
        row,
        "lines",
        lambda: FulfillmentLineRow.objects.select_related("order_line").order_by("pk"),
    )
