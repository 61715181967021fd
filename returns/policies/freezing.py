"""What the rules of a store's policy decide for the lines of orders that come in.

The one place where rules meet rows: `facts` reads orders, `returns.policies.rules` decides, and
the result is written into `OrderLine.return_terms`, where it stays (docs/adr/0025).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orders.models import Order, OrderLine
from returns.models import PolicyVersion
from returns.policies.rules.evaluation import Piece, Purchase, Ruleset, folded
from returns.policies.rules.schema import Rule, rule_from

_HUNDRED = Decimal(100)


def freeze(orders: Sequence[tuple[Order, Sequence[OrderLine]]]) -> None:
    """Write what the rules in force decide into lines that are about to be stored.

    orders: with `store` and `customer`; lines with `variant.product`, as far as they have one.
    Changes the lines, and stores nothing. One query where a store has rules, none where not.
    """
    wanted = {
        (order.store_id, order.store.return_version)
        for order, _lines in orders
        if order.store.return_version is not None
    }
    if not wanted:
        return
    numbers = {number for _store, number in wanted}
    found = PolicyVersion.objects.filter(
        store__in={store for store, _number in wanted}, number__in=numbers
    )
    rulesets = {
        version.store_id: (version.number, Ruleset(rules_of(version.content)))
        for version in found
        if (version.store_id, version.number) in wanted
    }
    for order, lines in orders:
        if order.store_id in rulesets:
            number, ruleset = rulesets[order.store_id]
            decisions = ruleset.decide(purchase_of(order), [piece_of(line) for line in lines])
            for line, decision in zip(lines, decisions, strict=True):
                line.return_terms = decision.to_json(number)


def rules_of(content: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of a version's content; it was checked when it was saved."""
    read = (rule_from(plain, key="") for plain in content.get("rules", ()))
    return [rule for rule in read if isinstance(rule, Rule)]


def purchase_of(order: Order) -> Purchase:
    """Return what rules may ask about an order; with `store` and `customer` no queries."""
    address = order.shipping_address or order.billing_address
    customer = order.customer
    return Purchase(
        day=order.placed_at.astimezone(order.store.zone).date(),
        country=_fold(address.get("country")),
        region=_fold(address.get("region")),
        customer_group=_fold(customer.group if customer else ""),
        customer_tags=folded(customer.tags if customer else ()),
        channel=_fold(order.channel),
    )


def piece_of(line: OrderLine) -> Piece:
    """Return what rules may ask about a line; with `variant.product` no queries."""
    product = line.variant.product if line.variant else None
    return piece(
        product=product.handle if product else "",
        product_type=product.product_type if product else "",
        vendor=product.vendor if product else "",
        tags=product.tags if product else (),
        price=line.unit_price,
        discount=discount_percent(line.unit_price * line.quantity, line.discount_total),
    )


def piece(
    *,
    product: str = "",
    product_type: str = "",
    vendor: str = "",
    tags: Iterable[str] = (),
    price: Decimal = Decimal(0),
    discount: Decimal = Decimal(0),
) -> Piece:
    """Return what rules may ask about a line. price: of a piece; discount: in percent of it."""
    return Piece(
        product=_fold(product),
        product_type=_fold(product_type),
        vendor=_fold(vendor),
        tags=folded(tags),
        price=price,
        discount=discount,
    )


def discount_percent(price: Decimal, discount: Decimal) -> Decimal:
    """Return a discount in percent of a price, both in one currency."""
    return discount * _HUNDRED / price if price else Decimal(0)


def _fold(word: object) -> str:
    return str(word or "").strip().casefold()
