"""Shopify's Refund resource (`refunds/create` webhooks, and within orders)."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from orders.money import ZERO
from orders.sources.reading import Reader
from orders.sources.told import ToldRefund

# Of `restock_type`: these pieces were with the buyer and come back to the shop.
CAME_BACK: Final = frozenset({"return"})


def told_refund(plain: object) -> tuple[str, ToldRefund]:
    """Return Shopify's id of the order and the refund that a body tells.

    Raises OrderRejected with everything that is wrong.
    """
    read = Reader(plain)
    order_id, refund = read.id("order_id"), refund_of(read)
    read.check()
    return order_id, refund


def refund_of(read: Reader) -> ToldRefund:
    """Return a refund. What waits for the gateway still is not counted: Shopify tells it again."""
    refunded: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for each in read.many("refund_line_items"):
        pieces = {each.id("line_item_id"): each.count("quantity")}
        refunded.update(pieces)
        if each.text("restock_type", 50) in CAME_BACK:
            returned.update(pieces)
    return ToldRefund(
        external_id=read.id("id"),
        amount=_paid(read.many("transactions")),
        at=read.needed_moment("processed_at", "created_at"),
        shipping=_shipping(read),
        note=read.text("note", 500),
        refunded=dict(refunded),
        returned=dict(returned),
    )


def _paid(transactions: Iterable[Reader]) -> Decimal:
    return sum(
        (
            each.amount("amount")
            for each in transactions
            if each.text("kind", 50) == "refund" and each.text("status", 50) == "success"
        ),
        ZERO,
    )


def _shipping(read: Reader) -> Decimal:
    """Return what of a refund is for delivery; adjustments are negative."""
    parts = (
        -(each.amount("amount") + each.amount("tax_amount"))
        for each in read.many("order_adjustments")
        if each.text("kind", 50) == "shipping_refund"
    )
    return max(sum(parts, ZERO), ZERO)
