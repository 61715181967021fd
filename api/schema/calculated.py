"""What a return would bring, worked out before it exists."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from api.engine import gids
from api.engine.context import Context
from api.schema.fields import of, output, read, shared, taken
from api.schema.lines import FulfillmentLineItem
from api.schema.loading import introduce
from api.schema.money import Amount, MoneyBag, MoneyInput, bag
from api.schema.nodes import by_gid
from api.schema.products import ProductVariant
from orders.models import FulfillmentLine, Order, Variant
from returns.errors import ReturnError
from returns.exchanges import prices
from returns.refunds import proposals
from returns.refunds.pricing import ProposedLine


@taken("RestockingFeeInput")
class RestockingFeeInput:
    """A share of what a line brings, in percent."""

    percentage: float


@taken("ReturnShippingFeeInput")
class ReturnShippingFeeInput:
    """What the way back costs."""

    amount: MoneyInput


@taken("ExchangeLineItemAppliedDiscountValueInput", one_of=True)
class ExchangeDiscountValue:
    """How much a discount is."""

    amount: MoneyInput | None = UNSET
    percentage: float | None = UNSET


@taken("ExchangeLineItemAppliedDiscountInput")
class ExchangeDiscount:
    """A discount on a replacement."""

    value: ExchangeDiscountValue
    description: str | None = UNSET


@taken("CalculateReturnLineItemInput")
class CalculateReturnLineItemInput:
    """Pieces that would go back."""

    fulfillment_line_item_id: strawberry.ID
    quantity: int
    restocking_fee: RestockingFeeInput | None = UNSET


@taken("CalculateExchangeLineItemInput")
class CalculateExchangeLineItemInput:
    """Pieces that would go to the buyer instead."""

    quantity: int
    variant_id: strawberry.ID | None = UNSET
    applied_discount: ExchangeDiscount | None = UNSET


@taken("CalculateReturnInput")
class CalculateReturnInput:
    """A return that is thought of."""

    order_id: strawberry.ID
    return_line_items: list[CalculateReturnLineItemInput] | None = strawberry.field(
        default_factory=list
    )
    exchange_line_items: list[CalculateExchangeLineItemInput] | None = strawberry.field(
        default_factory=list
    )
    return_shipping_fee: ReturnShippingFeeInput | None = UNSET


def discount_of(asked: ExchangeDiscount | None, price: Decimal, pieces: int) -> Decimal:
    """Return what a discount takes off `pieces` at a price, in the order's currency."""
    if not asked:
        return Decimal(0)
    if asked.value.amount:
        return asked.value.amount.amount
    return price * pieces * Decimal(str(asked.value.percentage or 0)) / 100


@dataclass(frozen=True)
class Fee:
    """A fee that would be kept."""

    type: str
    amount: Amount
    percentage: float = 0.0

    @property
    def gid(self) -> str:
        """An id that means nothing beyond this answer."""
        return gids.gid(self.type, uuid.uuid4())


@shared("CalculatedReturnFee")
class CalculatedReturnFee:
    """A fee that would be kept."""

    id: strawberry.ID = read("gid", "An id for this answer only.")
    amount_set: MoneyBag = read("amount", "How much.")


@output("CalculatedRestockingFee")
@of(Fee, check=lambda row: row.type == "CalculatedRestockingFee")
class CalculatedRestockingFee(CalculatedReturnFee):
    """A share of what a line would bring."""

    percentage: float = read("percentage", "The share in percent.")


@output("CalculatedReturnShippingFee")
@of(Fee, check=lambda row: row.type == "CalculatedReturnShippingFee")
class CalculatedReturnShippingFee(CalculatedReturnFee):
    """What the way back would cost."""


@dataclass(frozen=True)
class Back:
    """Pieces that would go back, with what they bring."""

    line: FulfillmentLine
    proposed: ProposedLine
    order: Order
    percent: Decimal | None

    @property
    def subtotal(self) -> Decimal:
        """What they bring, without tax unless prices include it."""
        bare = self.proposed.amount - self.proposed.tax
        return self.proposed.amount if self.order.tax_included else bare

    def minus(self, amount: Decimal) -> Amount:
        """Return an amount that the buyer gets."""
        return bag(-amount, self.order.currency)

    def fee(self) -> Fee | None:
        """Return what the shop would keep."""
        if self.percent is None:
            return None
        amount = bag(self.subtotal * self.percent / 100, self.order.currency)
        return Fee("CalculatedRestockingFee", amount, float(self.percent))


@output("CalculatedReturnLineItem")
class CalculatedReturnLineItem:
    """Pieces that would go back."""

    id: strawberry.ID | None = read(
        lambda _row: gids.gid("CalculatedReturnLineItem", uuid.uuid4()),
        "An id for this answer only.",
    )
    fulfillment_line_item: FulfillmentLineItem = read("line", "Of what was sent.")
    quantity: int = read("proposed.quantity", "How many pieces.")
    restocking_fee: CalculatedRestockingFee | None = read(Back.fee, "What the shop would keep.")
    subtotal_set: MoneyBag = read(lambda row: row.minus(row.subtotal), "What they bring; below 0.")
    subtotal_before_order_discounts_set: MoneyBag = read(
        lambda row: row.minus(row.subtotal), "The same: an order's discounts are within its lines."
    )
    total_tax_set: MoneyBag = read(
        lambda row: row.minus(row.proposed.tax), "The tax on them; below 0."
    )


@dataclass(frozen=True)
class Instead:
    """Pieces that would go to the buyer, with their price."""

    variant: Variant
    quantity: int
    price: prices.Price
    currency: str

    def bag(self, amount: Decimal) -> Amount:
        """Return an amount in the order's currency."""
        return bag(amount, self.currency)

    @property
    def subtotal(self) -> Decimal:
        """What they cost after discounts, as the order's prices are."""
        return self.price.unit_price * self.quantity - self.price.discount_total


@output("CalculatedDiscountAllocation")
class CalculatedDiscountAllocation:
    """What a discount takes off."""

    allocated_amount_set: MoneyBag = strawberry.field(description="How much.")


def _discounts(row: Instead) -> list[CalculatedDiscountAllocation]:
    if not row.price.discount_total:
        return []
    amount: Any = row.bag(row.price.discount_total)
    return [CalculatedDiscountAllocation(allocated_amount_set=amount)]


@output("CalculatedExchangeLineItem")
class CalculatedExchangeLineItem:
    """Pieces that would go to the buyer instead."""

    id: strawberry.ID | None = read(
        lambda _row: gids.gid("CalculatedExchangeLineItem", uuid.uuid4()),
        "An id for this answer only.",
    )
    quantity: int = read("quantity", "How many pieces.")
    variant: ProductVariant | None = read("variant", "Of what.")
    original_unit_price_set: MoneyBag = read(
        lambda row: row.bag(row.price.unit_price), "What a piece costs."
    )
    discounted_unit_price_set: MoneyBag = read(
        lambda row: row.bag(row.subtotal / row.quantity), "What a piece costs after discounts."
    )
    calculated_discount_allocations: list[CalculatedDiscountAllocation] = read(
        _discounts, "What discounts take off."
    )
    subtotal_set: MoneyBag = read(lambda row: row.bag(row.subtotal), "What all pieces cost.")
    total_tax_set: MoneyBag = read(lambda row: row.bag(row.price.tax_total), "The tax on them.")


@dataclass(frozen=True)
class Calculation:
    """A return that is thought of, worked out."""

    lines: Sequence[Back]
    exchanges: Sequence[Instead]
    shipping_fee: Fee | None


@output("CalculatedReturn")
class CalculatedReturn:
    """What a return would bring."""

    id: strawberry.ID = read(
        lambda _row: gids.gid("CalculatedReturn", uuid.uuid4()), "An id for this answer only."
    )
    return_line_items: list[CalculatedReturnLineItem] = read("lines", "What would go back.")
    exchange_line_items: list[CalculatedExchangeLineItem] = read(
        "exchanges", "What would go to the buyer instead."
    )
    return_shipping_fee: CalculatedReturnShippingFee | None = read(
        "shipping_fee", "What the way back would cost."
    )


def calculate(context: Context, asked: CalculateReturnInput) -> Calculation | None:
    """Work out what a return would bring; None for an order or a line that nobody knows."""
    order = by_gid(context, asked.order_id, "Order", name="returnCalculate")
    if order is None:
        return None
    lines = _lines_back(order, asked.return_line_items or [])
    exchanges = _instead(order, asked.exchange_line_items or [])
    if lines is None or exchanges is None:
        return None
    fee = asked.return_shipping_fee
    return Calculation(
        lines=lines,
        exchanges=exchanges,
        shipping_fee=Fee("CalculatedReturnShippingFee", bag(fee.amount.amount, order.currency))
        if fee
        else None,
    )


def _lines_back(order: Order, asked: list[CalculateReturnLineItemInput]) -> list[Back] | None:
    numbers = [
        gids.number_of(each.fulfillment_line_item_id, "FulfillmentLineItem") for each in asked
    ]
    rows = FulfillmentLine.objects.filter(pk__in=numbers, fulfillment__order=order).select_related(
        "order_line__order", "fulfillment"
    )
    known = {row.pk: row for row in introduce(list(rows))}
    if any(number not in known for number in numbers):
        return None
    chosen = [(known[number], each.quantity) for number, each in zip(numbers, asked, strict=True)]
    try:
        proposed = proposals.estimate(order, chosen).lines if chosen else ()
    except ReturnError:
        return None
    found = zip(chosen, proposed, asked, strict=True)
    return [
        Back(line, part, order, _percent(each.restocking_fee))
        for (line, _pieces), part, each in found
    ]


def _percent(fee: RestockingFeeInput | None) -> Decimal | None:
    return Decimal(str(fee.percentage)) if fee else None


def _instead(order: Order, asked: list[CalculateExchangeLineItemInput]) -> list[Instead] | None:
    numbers = [
        gids.number_of(each.variant_id, "ProductVariant") if each.variant_id else 0
        for each in asked
    ]
    variants = Variant.objects.select_related("product").in_bulk(numbers)
    if any(number not in variants for number in numbers) or any(e.quantity < 1 for e in asked):
        return None
    lines = list(order.lines.all()) if asked else []
    found = []
    for number, each in zip(numbers, asked, strict=True):
        variant = variants[number]
        discount = discount_of(each.applied_discount or None, variant.price, each.quantity)
        try:
            price = prices.listed(variant, order, lines, count=each.quantity, discount=discount)
        except (ReturnError, ValueError):
            return None
        found.append(Instead(variant, each.quantity, price, order.currency))
    return found
