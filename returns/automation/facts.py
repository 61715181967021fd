"""What is known about a return at a moment: the facts that conditions are about.

`Known.of` loads what is needed of many returns at once, 2 queries; `Known.facts` counts, without
queries, as of any moment since, so that a preview sees what a rule would have seen.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from orders.money import ZERO, rounded
from returns import eligibility
from returns.models import Disposition, DispositionType, Return, ReturnLine
from returns.policies import terms as terms_of
from returns.refunds.pricing import gross
from returns.risk import LOOKED_AT, History, Level, Signals


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A return at a moment.

    value: of its pieces as paid, tax included, in `currency`. reasons: handles. country: where the
    order went, ISO 3166 alpha-2. order_age: whole days from the order to the request. in_window:
    whether every piece was asked for within its return window. grades: handles of received pieces,
    "" for pieces that nobody graded. is_all_received: none is expected any more, and none missing.
    signals: the buyer's history before the moment.
    """

    currency: str
    value: Decimal = ZERO
    pieces: int = 0
    reasons: frozenset[str] = frozenset()
    country: str = ""
    order_age: int = 0
    in_window: bool = True
    tags: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    is_all_received: bool = False
    has_exchange: bool = False
    signals: Signals = field(default_factory=Signals)

    @property
    def level(self) -> Level:
        """The level of the buyer's strongest signal."""
        return self.signals.level


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """What became of some pieces of a line, when, and in what condition they were."""

    type: str
    grade: str
    quantity: int
    at: datetime
    kept: bool


class Known:
    """What was loaded of some returns."""

    def __init__(
        self,
        lines: dict[int, list[ReturnLine]],
        decided: dict[int, list[_Decided]],
        history: History,
    ) -> None:
        self._lines = lines
        self._decided = decided
        self._history = history

    @classmethod
    def of(cls, returns: Collection[Return], *, since: datetime, with_history: bool) -> "Known":
        """Load returns whose `order` and `store` are loaded. since: the first moment asked about.

        with_history: whether a condition is about the buyer's history; else it stays empty.
        """
        lines: dict[int, list[ReturnLine]] = defaultdict(list)
        decided: dict[int, list[_Decided]] = {}
        for line in _rows(returns):
            lines[line.for_return_id].append(line)
            decided[line.pk] = [_decision(one) for one in line.decided]  # type: ignore[attr-defined]
        history = History({})
        if with_history:
            history = History.of([one.order for one in returns], since - LOOKED_AT)
        return cls(lines, decided, history)

    def facts(self, return_: Return, at: datetime) -> Facts:
        """Return the facts of a loaded return at a moment; tags are those of now."""
        order, lines = return_.order, [one for one in self._lines[return_.pk] if one.quantity]
        decided = [one for line in lines for one in self._decided[line.pk] if one.at <= at]
        came = [one for one in decided if one.type != DispositionType.MISSING and not one.kept]
        age = return_.created_at - order.placed_at
        return Facts(
            currency=order.currency,
            value=sum((_value(line, return_) for line in lines), ZERO),
            pieces=sum(line.quantity for line in lines),
            reasons=frozenset(line.reason.handle for line in lines),
            country=str(order.shipping_address.get("country") or "").upper(),
            order_age=max(age.days, 0),
            in_window=all(_in_window(line, return_) for line in lines),
            tags=frozenset(return_.tags),
            grades=frozenset(one.grade for one in came),
            is_all_received=_is_all_received(return_, lines),
            has_exchange=return_.exchange_quantity > 0,
            # A gift's return says nothing about who bought it.
            signals=Signals()
            if return_.is_gift
            else self._history.signals(order, at=at, without=return_.pk),
        )


def _rows(returns: Collection[Return]) -> Collection[ReturnLine]:
    decided = Disposition.objects.filter(line__return_line=OuterRef("pk")).values(
        plain=JSONObject(
            type="type", grade="grade__handle", quantity="quantity", at="created_at", kept="kept"
        )
    )
    return (
        ReturnLine.objects.filter(for_return__in=returns)
        .select_related("reason", "fulfillment_line__order_line", "fulfillment_line__fulfillment")
        .annotate(decided=ArraySubquery(decided.order_by("pk")))
        .order_by("pk")
    )


def _decision(plain: dict[str, Any]) -> _Decided:
    at = datetime.fromisoformat(plain["at"])
    return _Decided(
        type=plain["type"],
        grade=plain["grade"] or "",
        quantity=plain["quantity"],
        at=at,
        kept=plain["kept"],
    )


def _value(line: ReturnLine, return_: Return) -> Decimal:
    """Return what was paid for the pieces of a line, tax included."""
    sold, order = line.fulfillment_line.order_line, return_.order
    whole = gross(sold.subtotal, sold.tax_total, tax_included=order.tax_included)
    return rounded(whole * line.quantity / sold.quantity, order.currency)


def _in_window(line: ReturnLine, return_: Return) -> bool:
    """Whether the pieces were asked for on or before their last day (`eligibility.last_day`)."""
    order, parcel = return_.order, line.fulfillment_line
    facts = eligibility.facts_of(parcel.order_line, order, parcel)
    terms = terms_of.of_line(terms_of.of_order(order), parcel.order_line, line.reason.handle)
    terms = eligibility.terms_for(terms, line.reason.window_days)
    zone = return_.store.zone
    last = eligibility.last_day(facts, terms, zone)
    return last is None or return_.created_at.astimezone(zone).date() <= last


def _is_all_received(return_: Return, lines: Collection[ReturnLine]) -> bool:
    missing = sum(line.missing_quantity for line in lines)
    return return_.total_quantity > 0 and return_.unprocessed_quantity == 0 and not missing
