"""Times what rules decide for an order of 50 lines, and what may go back of it; no database."""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bench._times import percentile
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Store
from returns import eligibility
from returns.models.policies import ReturnTerms
from returns.policies.freezing import piece
from returns.policies.rules.evaluation import Piece, Purchase, Ruleset
from returns.policies.rules.schema import Rule

LIMIT = 5.0  # milliseconds, each
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COUNTRIES = ("de", "at", "ch", "fr", "it", "no")


def main(arguments: Sequence[str]) -> None:
    """Print how long each takes; exit with 1 when one is above the limit in the middle."""
    parser = argparse.ArgumentParser(prog="python -m bench policies", description=__doc__)
    parser.add_argument("--lines", type=int, default=50, help="default: 50")
    parser.add_argument("--rules", type=int, default=200, help="default: 200")
    parser.add_argument("--times", type=int, default=200, help="default: 200")
    chosen = parser.parse_args(arguments)
    chance = random.Random(1)
    rules = Ruleset(_rule(chance, number) for number in range(chosen.rules))
    purchase = Purchase(day=NOW.date(), country="de", customer_group="g1", channel="web")
    pieces = [_piece(chance, number) for number in range(chosen.lines)]
    decided = rules.decide(purchase, pieces)
    order, lines, parcels = _order([each.to_json(1) for each in decided])
    own = sum(bool(line.return_terms) for line in lines)
    print(f"{chosen.lines} lines, {own} with terms of their own, under {chosen.rules} rules")

    def judge(now: datetime) -> Any:
        return eligibility.items_of(order, lines, parcels, {}, now=now)

    late = NOW + timedelta(days=365)  # every window is over: all reasons are tried, too
    results = [
        _time("deciding, when it comes in", chosen.times, lambda: rules.decide(purchase, pieces)),
        _time("eligibility, on each page", chosen.times, lambda: judge(NOW)),
        _time("eligibility, a year later", chosen.times, lambda: judge(late)),
    ]
    if any(results):
        sys.exit("Above the limit.")


def _time(name: str, times: int, act: Callable[[], Any]) -> bool:
    """Print how long an act takes; whether that is above the limit."""
    durations = []
    for _turn in range(times):
        start = time.perf_counter()
        act()
        durations.append((time.perf_counter() - start) * 1000)
    durations.sort()
    middle, late = percentile(durations, 50), percentile(durations, 95)
    print(f"{name:28} p50 {middle:6.2f} ms   p95 {late:6.2f} ms   <= {LIMIT:.0f} ms")
    return middle > LIMIT


def _rule(chance: random.Random, number: int) -> Rule:
    """Return a rule of the kinds that shops have, most of them about some goods."""
    conditions: dict[str, Any] = {}
    kind = number % 5
    if kind == 0:
        conditions["tags"] = tuple(f"t{chance.randrange(40)}" for _n in range(3))
    elif kind == 1:
        conditions["product_types"] = (f"type {chance.randrange(40)}",)
        conditions["price_from"] = Decimal(chance.randrange(100))
    elif kind == 2:
        conditions["vendors"] = tuple(f"vendor {chance.randrange(40)}" for _n in range(2))
        conditions["countries"] = tuple(chance.sample(COUNTRIES, 3))
    elif kind == 3:
        conditions["discount_from"] = Decimal(chance.randrange(60))
        conditions["reasons"] = ("damaged-or-defective", "style")
    else:
        conditions["products"] = tuple(f"p{chance.randrange(2000)}" for _n in range(20))
    settings = {
        "window_days": chance.randrange(7, 100),
        **({"next_business_day": True} if number % 7 == 0 else {}),
        **({"restocking_fee_percent": Decimal(10)} if number % 3 == 0 else {}),
    }
    return Rule(key=f"r{number}", name=f"Rule {number}", conditions=conditions, settings=settings)


def _piece(chance: random.Random, number: int) -> Piece:
    return piece(
        product=f"p{chance.randrange(2000)}",
        product_type=f"type {chance.randrange(40)}",
        vendor=f"vendor {chance.randrange(40)}",
        tags=[f"t{chance.randrange(40)}" for _n in range(3)],
        price=Decimal(chance.randrange(1, 200)),
        discount=Decimal(chance.randrange(70)) if number % 2 else Decimal(0),
    )


def _order(
    terms: Sequence[dict[str, Any]],
) -> tuple[Order, list[OrderLine], dict[int, list[FulfillmentLine]]]:
    """Return an order with a line per terms, all sent in one parcel; nothing is stored."""
    store = Store(pk=1, currency="EUR", time_zone="Europe/Berlin", country="DE")
    order = Order(
        pk=1,
        store=store,
        currency="EUR",
        placed_at=NOW - timedelta(days=10),
        shipping_address={"country": "DE", "region": "BY"},
        return_terms=ReturnTerms().to_json(),
    )
    parcel = Fulfillment(pk=1, order=order, number=1, shipped_at=NOW - timedelta(days=8))
    lines = [
        OrderLine(
            pk=number,
            order=order,
            position=number,
            quantity=2,
            unit_price=Decimal(20),
            return_terms=each,
        )
        for number, each in enumerate(terms, start=1)
    ]
    sent = {
        line.pk: [FulfillmentLine(pk=line.pk, fulfillment=parcel, order_line=line, quantity=2)]
        for line in lines
    }
    return order, lines, sent
