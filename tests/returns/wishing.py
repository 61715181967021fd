"""Orders whose terms offer more than money, and buyers who choose among it."""

from decimal import Decimal
from typing import Any

from orders.models import Order
from returns import lifecycle
from returns.lifecycle import ExchangeRequest
from returns.models import RefundTo, Return, ReturnLine
from returns.policies.rules.schema import Rule
from tests.factories import LocationFactory, StockLevelFactory
from tests.returns.exchanging import bought
from tests.returns.stories import BUYER, SYSTEM, wish

ALL: dict[str, Any] = {
    "offers_credit": True,
    "exchanges": "ANY_PRODUCT",
    "offers_replacement": True,
    "offers_repair": True,
}


def order_of(*rules: Rule, pieces: int = 2, **terms: Any) -> Order:
    """Return an order of shirts at 20.00 that keeps these terms, and what rules decided."""
    order = bought(pieces, terms=terms)
    order.lines.update(unit_price=Decimal(20))
    order.payments.update(amount=Decimal(1000))
    for line in order.lines.all():
        decided = [
            {
                "reasons": [*each.conditions.get("reasons", ())],
                "resolutions": [*each.conditions.get("resolutions", ())],
                "rule": each.name,
                "settings": each.to_json()["settings"],
            }
            for each in rules
        ]
        kept = [{name: value for name, value in each.items() if value} for each in decided]
        line.return_terms = {"version": 1, "settings": {}, "rules": {}, "by_reason": kept}
        line.save()
    return order


def ask(
    order: Order,
    *,
    swap: int | None = None,
    quantity: int = 1,
    refund_to: str = RefundTo.ORIGINAL,
    **said: Any,
) -> Return:
    """Ask as a buyer. swap: a variant that is wanted instead."""
    exchanges = [ExchangeRequest(variant_id=swap, quantity=quantity, replaces=0)] if swap else []
    wishes = [wish(order, quantity, **said)]
    return lifecycle.request(order, wishes, actor=BUYER, exchanges=exchanges, refund_to=refund_to)


def variant_of(order: Order, *, stock: int = 5) -> int:
    """Return the variant that was bought, with so many in stock."""
    line = order.lines.select_related("variant").get()
    assert line.variant is not None
    if stock:
        StockLevelFactory(variant=line.variant, location=LocationFactory(), available=stock)
    return line.variant.pk


def line_of(return_: Return) -> ReturnLine:
    return return_.lines.select_related("reason", "fulfillment_line__order_line").get()


def repair(pieces: int = 1, **terms: Any) -> Return:
    """Return an open return of pieces to be repaired, and so many that were bought."""
    order = order_of(pieces=pieces, **{"offers_repair": True, **terms})
    return lifecycle.approve(ask(order, repair=True, quantity=pieces), actor=SYSTEM)
