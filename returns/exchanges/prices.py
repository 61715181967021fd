"""What a replacement costs. No queries; amounts are in the order's currency.

Even, when it is of the same product at the same list price as what comes back: then it costs
exactly what the returned pieces bring, so that discounts carry over. Else the variant's own price,
with tax as the order has it, at the rate that the returned line was taxed with.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from orders.models import BundleKind, Order, OrderLine, Variant
from orders.money import ZERO, rounded, share_of_pieces, smallest_unit
from returns.models import ExchangeLine
from returns.refunds.pricing import gross, pieces_of


@dataclass(frozen=True, kw_only=True)
class Price:
    """The amounts of an exchange line, as its columns have them."""

    unit_price: Decimal
    discount_total: Decimal
    tax_total: Decimal
    is_even: bool


def is_even(variant: Variant, bought: OrderLine | None) -> bool:
    """Whether a variant costs what a bought one does; `variant` of the line should be loaded."""
    if bought is None or bought.variant is None or bought.bundle_kind != BundleKind.NONE:
        return False
    before = bought.variant
    return before.product_id == variant.product_id and before.price == variant.price


def even(bought: OrderLine, order: Order, *, start: int, count: int) -> Price:
    """Price pieces like pieces `start` to `start + count` (from 0) of the line they replace."""
    line = pieces_of(bought, order, key=0, quantity=count, restocking_percent=ZERO)
    span = (bought.quantity, start, count, order.currency)
    paid = share_of_pieces(line.line_gross, *span)
    tax = min(share_of_pieces(line.line_tax, *span), paid)
    net = paid if order.tax_included else paid - tax
    # A piece with the odd cent of its line may have cost more than the list says.
    each = (net / count).quantize(smallest_unit(order.currency), rounding=ROUND_UP)
    unit_price = max(bought.unit_price, each)
    return Price(
        unit_price=unit_price,
        discount_total=unit_price * count - net,
        tax_total=tax,
        is_even=True,
    )


def listed(
    variant: Variant,
    order: Order,
    taxed_as: Iterable[OrderLine],
    *,
    count: int,
    discount: Decimal = ZERO,
) -> Price:
    """Price pieces as the shop lists them, less `discount` in all.

    taxed_as: the lines whose tax tells the rate: the one that is replaced, or all of the order.
    """
    unit_price = rounded(variant.price, order.currency)
    net = unit_price * count - discount
    return Price(
        unit_price=unit_price,
        discount_total=discount,
        tax_total=rounded(net * _rate(taxed_as), order.currency),
        is_even=False,
    )


def _rate(lines: Iterable[OrderLine]) -> Decimal:
    """Return tax by price, both as charged; so it holds with tax in prices and on top of them."""
    lines = list(lines)
    price = sum((line.subtotal for line in lines), ZERO)
    tax = sum((line.tax_total for line in lines), ZERO)
    return min(tax / price, Decimal(1)) if price else ZERO


def amounts_of_pieces(line: ExchangeLine, currency: str, start: int, count: int) -> Price:
    """Return the amounts of some of a line's pieces, from `start`; all parts sum to the line."""
    span = (line.agreed_quantity, start, count, currency)
    net = share_of_pieces(line.subtotal, *span)
    return Price(
        unit_price=line.unit_price,
        discount_total=line.unit_price * count - net,
        tax_total=share_of_pieces(line.tax_total, *span),
        is_even=line.is_even,
    )


def charged(line: ExchangeLine, order: Order) -> Decimal:
    """Return what the pieces that were not taken out cost, tax in it."""
    price = amounts_of_pieces(line, order.currency, 0, line.quantity)
    return gross_of(price, line.quantity, order)


def gross_of(price: Price, count: int, order: Order) -> Decimal:
    """Return what `count` pieces at this price cost, tax in it."""
    net = price.unit_price * count - price.discount_total
    return gross(net, price.tax_total, tax_included=order.tax_included)
