"""What orders and their items cost, in the names of Spryker's calculation. Amounts in minor units.

Per piece everything sums to the line. What a piece is paid with, and its tax, are what comes back
for it (`returns.refunds.pricing`); its price is its share of the line's price; the discount is
what lies between.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from api.glue.items import Item
from api.glue.states import State
from orders.models import Order, OrderLine
from orders.money import ZERO, minor_units, share_of_each
from returns.refunds.pricing import gross

# Pieces in these states are on their way back, or back.
REMUNERATED = (State.WAITING_FOR_RETURN, State.RETURNED, State.REFUNDED)
PAID_BACK = (State.REFUNDED, State.CANCELED)


def paid(line: OrderLine, order: Order) -> Decimal:
    """Return what was to be paid for a line, with tax."""
    return gross(line.subtotal, line.tax_total, tax_included=order.tax_included)


def worth(line: OrderLine, order: Order, numbers: Sequence[int]) -> int:
    """Return what some pieces of a line were to be paid with, with tax."""
    value = share_of_each(paid(line, order), line.quantity, numbers, order.currency)
    return minor_units(value, order.currency)


def of_item(item: Item) -> dict[str, Any]:
    """Return the prices of an item, of one of its pieces and of all."""
    whole = _parts(item, item.numbers)
    one = whole if len(item.numbers) == 1 else _parts(item, item.numbers[:1])
    included = item.order.tax_included
    left = [
        number
        for number, state in zip(item.numbers, item.states, strict=True)
        if state not in PAID_BACK
    ]
    rate = _rate(item.line, item.order)
    return {
        "quantity": len(item.numbers),
        "unitPrice": one["price"],
        "sumPrice": whole["price"],
        "unitGrossPrice": one["price"] if included else 0,
        "sumGrossPrice": whole["price"] if included else 0,
        "unitNetPrice": 0 if included else one["price"],
        "sumNetPrice": 0 if included else whole["price"],
        "taxRate": rate,
        "unitTaxAmountFullAggregation": one["tax"],
        "sumTaxAmountFullAggregation": whole["tax"],
        "refundableAmount": worth(item.line, item.order, left),
        "canceledAmount": whole["paid"] if item.state == State.CANCELED else 0,
        "unitSubtotalAggregation": one["price"],
        "sumSubtotalAggregation": whole["price"],
        "unitProductOptionPriceAggregation": 0,
        "sumProductOptionPriceAggregation": 0,
        "unitExpensePriceAggregation": 0,
        "sumExpensePriceAggregation": 0,
        "unitDiscountAmountAggregation": one["discount"],
        "sumDiscountAmountAggregation": whole["discount"],
        "unitDiscountAmountFullAggregation": one["discount"],
        "sumDiscountAmountFullAggregation": whole["discount"],
        "unitPriceToPayAggregation": one["paid"],
        "sumPriceToPayAggregation": whole["paid"],
        "taxRateAverageAggregation": rate,
        "taxAmountAfterCancellation": None,
    }


def _parts(item: Item, numbers: Sequence[int]) -> dict[str, int]:
    line, order = item.line, item.order
    total = paid(line, order)

    def share(amount: Decimal) -> int:
        value = share_of_each(amount, line.quantity, numbers, order.currency)
        return minor_units(value, order.currency)

    price, tax, to_pay = share(line.unit_price * line.quantity), line.tax_total, share(total)
    tax_part = share(min(tax, total))
    charged = price if order.tax_included else price + tax_part
    return {"price": price, "tax": tax_part, "paid": to_pay, "discount": charged - to_pay}


def _rate(line: OrderLine, order: Order) -> str:
    """Return the tax in percent, as told, else as it comes out of the amounts."""
    told = [tax.rate for tax in line.tax_parts]
    if told and all(rate is not None for rate in told):
        return f"{sum((rate for rate in told if rate is not None), ZERO):.2f}"
    net = line.subtotal - line.tax_total if order.tax_included else line.subtotal
    return f"{line.tax_total / net * 100:.2f}" if net > 0 else "0.00"


def totals(order: Order, items: Sequence[Item]) -> dict[str, int]:
    """Return the totals of an order; `items` are all of it."""
    lines = {item.line.pk: item.line for item in items}.values()
    currency = order.currency
    price = sum((line.unit_price * line.quantity for line in lines), ZERO)
    discount = sum((line.discount_total for line in lines), ZERO)
    tax = sum((line.tax_total for line in lines), order.shipping_tax)
    shipping = gross(order.shipping_amount, order.shipping_tax, tax_included=order.tax_included)
    grand = sum((paid(line, order) for line in lines), shipping)
    return {
        "expenseTotal": minor_units(order.shipping_amount, currency),
        "discountTotal": minor_units(discount, currency),
        "taxTotal": minor_units(tax, currency),
        "subtotal": minor_units(price, currency),
        "grandTotal": minor_units(grand, currency),
        "canceledTotal": (
            minor_units(grand, currency) if order.canceled_at else sum(map(_canceled, items))
        ),
        "remunerationTotal": sum(_remunerated(item) for item in items),
    }


def _canceled(item: Item) -> int:
    numbers = [
        number
        for number, state in zip(item.numbers, item.states, strict=True)
        if state == State.CANCELED and item.is_own
    ]
    return worth(item.line, item.order, numbers)


def _remunerated(item: Item) -> int:
    numbers = [
        number
        for number, state in zip(item.numbers, item.states, strict=True)
        if state in REMUNERATED and item.is_own
    ]
    return worth(item.line, item.order, numbers)
