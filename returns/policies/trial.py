"""Trying a policy out: what the rules in force would decide for an order, and why.

Nothing is stored: decisions are put into rows that are thrown away afterwards, so that the same
functions judge them that judge what is real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from orders.models import Order, OrderLine, Store
from returns import eligibility
from returns.eligibility import Facts, Verdict
from returns.models import PolicyVersion
from returns.models.policies import ReturnTerms
from returns.policies import freezing
from returns.policies import terms as terms_of
from returns.policies.rules.evaluation import Piece, Purchase, Ruleset, Tried, explain
from returns.policies.rules.schema import SETTINGS, Rule
from returns.policies.terms import Wish

NO_WISH = Wish()


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A setting, what it is, and the rule that said so; None for the default policy."""

    name: str
    value: Any
    rule: Rule | None


@dataclass(frozen=True, kw_only=True)
class LineTrial:
    """What would hold for a line. line: None for an invented one. verdicts: one per parcel."""

    line: OrderLine | None
    decided: list[Decided]
    tried: list[Tried]
    verdicts: list[Verdict]


def of_order(
    order: Order,
    version: PolicyVersion | None,
    wish: Wish = NO_WISH,
    *,
    now: datetime | None = None,
) -> list[LineTrial]:
    """Try the policy on an order that is in, as if it came in now; three queries and its lines'.

    order: with `store` and `customer`, and `lines` prefetched with `variant__product`; it is
    changed, and must not be saved. wish: what the buyer would say.
    """
    rules = freezing.rules_of(version.content) if version else []
    lines = list(order.lines.all())
    as_if(order, lines, version, Ruleset(rules))
    verdicts: dict[int, list[Verdict]] = {}
    for item in eligibility.for_order(order, now=now):
        verdicts.setdefault(item.order_line.pk, []).append(item.verdict)
    purchase, usual = freezing.purchase_of(order), terms_of.of_order(order)
    return [
        LineTrial(
            line=line,
            decided=_decided(tried, terms_of.of_line(usual, line, wish.reason, wish.resolution)),
            tried=tried,
            verdicts=verdicts.get(line.pk, []),
        )
        for line in lines
        for tried in (
            explain(rules, purchase, freezing.piece_of(line), wish.reason, wish.resolution),
        )
    ]


def as_if(
    order: Order, lines: Sequence[OrderLine], version: PolicyVersion | None, ruleset: Ruleset
) -> None:
    """Give an order and its lines the terms with which they would come in now; nothing is stored.

    order: with `store` and `customer`; lines with `variant.product`.
    """
    order.return_terms = order.store.return_terms
    number = version.number if version else 0
    decisions = ruleset.decide(
        freezing.purchase_of(order), [freezing.piece_of(line) for line in lines]
    )
    for line, decision in zip(lines, decisions, strict=True):
        line.return_terms = decision.to_json(number)


@dataclass(frozen=True, kw_only=True)
class Invented:
    """An order of one line that nobody placed. Days are whole, in the store's time zone."""

    purchase: Purchase
    piece: Piece
    shipped: date | None = None
    delivered: date | None = None


def of_invented(
    store: Store, version: PolicyVersion | None, invented: Invented, wish: Wish = NO_WISH
) -> LineTrial:
    """Try the policy on an invented order; no queries. wish: what the buyer would say."""
    rules = freezing.rules_of(version.content) if version else []
    tried = explain(rules, invented.purchase, invented.piece, wish.reason, wish.resolution)
    decision = Ruleset(rules).decide(invented.purchase, [invented.piece])[0]
    line = OrderLine(return_terms=decision.to_json(version.number if version else 0))
    usual = ReturnTerms.from_json(store.return_terms)
    terms = terms_of.of_line(usual, line, wish.reason, wish.resolution)
    verdict = eligibility.assess(
        _facts(store, invented), terms, zone=store.zone, now=timezone.now()
    )
    return LineTrial(line=None, decided=_decided(tried, terms), tried=tried, verdicts=[verdict])


def _facts(store: Store, invented: Invented) -> Facts:
    def noon(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=store.zone)

    shipped = noon(invented.shipped or invented.delivered or invented.purchase.day)
    delivered = noon(invented.delivered) if invented.delivered else None
    return Facts(
        sent=1,
        placed_at=noon(invented.purchase.day),
        shipped_at=shipped,
        delivered_at=delivered,
        parcels=((shipped, delivered),),
        country=invented.purchase.country or store.country,
        region=invented.purchase.region,
    )


def _decided(tried: Sequence[Tried], terms: ReturnTerms) -> list[Decided]:
    by = {name: each.rule for each in reversed(tried) for name in each.decided}
    return [Decided(name=name, value=getattr(terms, name), rule=by.get(name)) for name in SETTINGS]
