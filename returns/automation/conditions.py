"""The questions that a rule may ask of a return's facts. All conditions of a rule must hold.

Each has a kind, which says what its value looks like: in forms, as stored, and when it is checked.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.money import is_exact
from returns.automation.facts import Facts
from returns.risk import RANKS, Level

MOST_COUNT: Final = 100_000


class Kind(Enum):
    """What the value of a condition is; as stored in JSON."""

    AMOUNT = "amount"  # a text such as "50.00", in the rule's currency
    COUNT = "count"  # a whole number
    PERCENT = "percent"  # a whole number from 0 to 100
    YES_NO = "yes_no"  # true or false
    REASONS = "reasons"  # handles
    GRADES = "grades"  # handles
    COUNTRIES = "countries"  # ISO 3166 alpha-2 codes
    TAGS = "tags"  # tags
    LEVEL = "level"  # a risk.Level


LISTS: Final = frozenset({Kind.REASONS, Kind.GRADES, Kind.COUNTRIES, Kind.TAGS})


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One question. about: what it is about, for grouping. holds: its answer for stored values."""

    about: str
    kind: Kind
    label: "str | Promise"
    holds: Callable[[Facts, Any], bool]
    of_history: bool = False


def _least(read: Callable[[Facts], int]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: read(facts) >= value


def _most(read: Callable[[Facts], int]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: read(facts) <= value


def _any(read: Callable[[Facts], frozenset[str]]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: not read(facts).isdisjoint(value)


def _none(read: Callable[[Facts], frozenset[str]]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: read(facts).isdisjoint(value)


def _only(read: Callable[[Facts], frozenset[str]]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: bool(read(facts)) and read(facts) <= set(value)


def _is(read: Callable[[Facts], bool]) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: read(facts) == value


def _refunded(facts: Facts) -> Decimal:
    return dict(facts.signals.refunded).get(facts.currency, Decimal(0))


def _country(facts: Facts) -> frozenset[str]:
    return frozenset({facts.country}) if facts.country else frozenset()


def _ask(
    about: str,
    kind: Kind,
    label: "str | Promise",
    holds: Callable[[Facts, Any], bool],
    *,
    of_history: bool = False,
) -> Condition:
    return Condition(about=about, kind=kind, label=label, holds=holds, of_history=of_history)


def _of_buyer(kind: Kind, label: "str | Promise", holds: Callable[[Facts, Any], bool]) -> Condition:
    return _ask("buyer", kind, label, holds, of_history=True)


# By the name under which a rule keeps it. Bounds come in pairs `…_from` and `…_below`, or
# `…_at_least` and `…_at_most`; sets as `…_any`, `…_only` and `…_none`: `contradictions` reads them.
CONDITIONS: Final[dict[str, Condition]] = {
    "value_below": _ask(
        "goods",
        Kind.AMOUNT,
        gettext_lazy("The pieces are worth less than"),
        lambda facts, value: facts.value < Decimal(value),
    ),
    "value_from": _ask(
        "goods",
        Kind.AMOUNT,
        gettext_lazy("The pieces are worth at least"),
        lambda facts, value: facts.value >= Decimal(value),
    ),
    "pieces_at_most": _ask(
        "goods", Kind.COUNT, gettext_lazy("Pieces, at most"), _most(lambda facts: facts.pieces)
    ),
    "pieces_at_least": _ask(
        "goods", Kind.COUNT, gettext_lazy("Pieces, at least"), _least(lambda facts: facts.pieces)
    ),
    "reasons_only": _ask(
        "goods",
        Kind.REASONS,
        gettext_lazy("Every reason is one of"),
        _only(lambda facts: facts.reasons),
    ),
    "reasons_any": _ask(
        "goods", Kind.REASONS, gettext_lazy("A reason is one of"), _any(lambda facts: facts.reasons)
    ),
    "reasons_none": _ask(
        "goods",
        Kind.REASONS,
        gettext_lazy("No reason is one of"),
        _none(lambda facts: facts.reasons),
    ),
    "has_exchange": _ask(
        "goods",
        Kind.YES_NO,
        gettext_lazy("With pieces in exchange"),
        _is(lambda facts: facts.has_exchange),
    ),
    "is_all_received": _ask(
        "received",
        Kind.YES_NO,
        gettext_lazy("All pieces have come"),
        _is(lambda facts: facts.is_all_received),
    ),
    "grades_only": _ask(
        "received",
        Kind.GRADES,
        gettext_lazy("Every received piece is graded as one of"),
        _only(lambda facts: facts.grades),
    ),
    "grades_any": _ask(
        "received",
        Kind.GRADES,
        gettext_lazy("A received piece is graded as one of"),
        _any(lambda facts: facts.grades),
    ),
    "in_window": _ask(
        "order",
        Kind.YES_NO,
        gettext_lazy("Asked for within the return window"),
        _is(lambda facts: facts.in_window),
    ),
    "order_age_at_most": _ask(
        "order",
        Kind.COUNT,
        gettext_lazy("Days from the order to the request, at most"),
        _most(lambda facts: facts.order_age),
    ),
    "order_age_at_least": _ask(
        "order",
        Kind.COUNT,
        gettext_lazy("Days from the order to the request, at least"),
        _least(lambda facts: facts.order_age),
    ),
    "countries_any": _ask(
        "order", Kind.COUNTRIES, gettext_lazy("The order went to one of"), _any(_country)
    ),
    "countries_none": _ask(
        "order", Kind.COUNTRIES, gettext_lazy("The order went to none of"), _none(_country)
    ),
    "tags_any": _ask(
        "order", Kind.TAGS, gettext_lazy("The return has a tag of"), _any(lambda facts: facts.tags)
    ),
    "tags_none": _ask(
        "order",
        Kind.TAGS,
        gettext_lazy("The return has no tag of"),
        _none(lambda facts: facts.tags),
    ),
    "returns_at_most": _of_buyer(
        Kind.COUNT, gettext_lazy("Earlier returns, at most"), _most(lambda f: f.signals.returns)
    ),
    "returns_at_least": _of_buyer(
        Kind.COUNT, gettext_lazy("Earlier returns, at least"), _least(lambda f: f.signals.returns)
    ),
    "rate_at_most": _of_buyer(
        Kind.PERCENT, gettext_lazy("Return rate, at most"), _most(lambda f: f.signals.rate)
    ),
    "rate_at_least": _of_buyer(
        Kind.PERCENT, gettext_lazy("Return rate, at least"), _least(lambda f: f.signals.rate)
    ),
    "claims_at_most": _of_buyer(
        Kind.COUNT,
        gettext_lazy("Returns for our mistakes, at most"),
        _most(lambda f: f.signals.claims),
    ),
    "claims_at_least": _of_buyer(
        Kind.COUNT,
        gettext_lazy("Returns for our mistakes, at least"),
        _least(lambda f: f.signals.claims),
    ),
    "missing_at_most": _of_buyer(
        Kind.COUNT,
        gettext_lazy("Pieces missing in parcels, at most"),
        _most(lambda f: f.signals.missing),
    ),
    "missing_at_least": _of_buyer(
        Kind.COUNT,
        gettext_lazy("Pieces missing in parcels, at least"),
        _least(lambda f: f.signals.missing),
    ),
    "refunded_below": _of_buyer(
        Kind.AMOUNT,
        gettext_lazy("Paid back before, less than"),
        lambda facts, value: _refunded(facts) < Decimal(value),
    ),
    "refunded_from": _of_buyer(
        Kind.AMOUNT,
        gettext_lazy("Paid back before, at least"),
        lambda facts, value: _refunded(facts) >= Decimal(value),
    ),
    "level_at_most": _of_buyer(
        Kind.LEVEL,
        gettext_lazy("The buyer's history says at most"),
        lambda facts, value: RANKS[facts.level] <= RANKS[Level(value)],
    ),
    "level_at_least": _of_buyer(
        Kind.LEVEL,
        gettext_lazy("The buyer's history says at least"),
        lambda facts, value: RANKS[facts.level] >= RANKS[Level(value)],
    ),
}

# Beside the conditions a rule keeps the currency that its amounts are in.
CURRENCY: Final = "currency"


def hold(conditions: Mapping[str, Any], facts: Facts) -> bool:
    """Whether all conditions of a rule hold; amounts in another currency than theirs never do."""
    asked = {name: value for name, value in conditions.items() if name != CURRENCY}
    in_money = any(CONDITIONS[name].kind is Kind.AMOUNT for name in asked)
    if in_money and conditions.get(CURRENCY) != facts.currency:
        return False
    return all(CONDITIONS[name].holds(facts, value) for name, value in asked.items())


def need_history(conditions: Iterable[str]) -> bool:
    """Whether one of these conditions is about what the buyer did before."""
    return any(name in CONDITIONS and CONDITIONS[name].of_history for name in conditions)


def malformed(name: str, value: Any, currency: str) -> str:
    """Return what is wrong with the stored value of a condition, in words; "" when nothing is."""
    kind = CONDITIONS[name].kind
    if kind is Kind.AMOUNT:
        return _malformed_amount(value, currency)
    if kind in (Kind.COUNT, Kind.PERCENT):
        most = 100 if kind is Kind.PERCENT else MOST_COUNT
        whole = isinstance(value, int) and not isinstance(value, bool)
        words = _("Enter a whole number from 0 to %(most)s.") % {"most": most}
        return "" if whole and 0 <= value <= most else words
    if kind is Kind.YES_NO:
        return "" if isinstance(value, bool) else _("Choose yes or no.")
    if kind is Kind.LEVEL:
        return "" if value in Level.values else _("Choose what the history says.")
    is_list = isinstance(value, list) and value and all(isinstance(one, str) for one in value)
    return "" if is_list else _("Choose at least one.")


def _malformed_amount(value: Any, currency: str) -> str:
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not is_exact(amount, currency) or amount < 0:
        return _("Enter an amount in %(currency)s.") % {"currency": currency}
    return ""


def contradictions(conditions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (condition, words) for conditions that can never hold together.

    They must be well formed (`malformed`).
    """
    found: list[tuple[str, str]] = []
    for name in conditions:
        stem, _sep, end = name.rpartition("_")
        if name.endswith("_at_most") or end == "below":
            found += _bounds(conditions, name)
        elif end == "only":
            found += _sets(conditions, stem, name, subset=True)
        elif end == "any":
            found += _sets(conditions, stem, name, subset=False)
    return found


def _bounds(conditions: Mapping[str, Any], upper: str) -> list[tuple[str, str]]:
    is_below = upper.endswith("_below")
    lower = upper.replace("_below", "_from").replace("_at_most", "_at_least")
    if lower not in conditions:
        return []
    most, least = _comparable(upper, conditions[upper]), _comparable(lower, conditions[lower])
    if least < most or (least == most and not is_below):
        return []
    words = _("This contradicts “%(other)s”: nothing is both.")
    return [(upper, words % {"other": CONDITIONS[lower].label})]


def _comparable(name: str, value: Any) -> Decimal:
    if CONDITIONS[name].kind is Kind.LEVEL:
        return Decimal(RANKS[Level(value)])
    return Decimal(value)


def _sets(
    conditions: Mapping[str, Any], stem: str, name: str, *, subset: bool
) -> list[tuple[str, str]]:
    """Tell of a set that is wanted and unwanted, or that another one leaves no room for."""
    wanted = set(conditions[name])
    excluded, other = conditions.get(f"{stem}_none"), conditions.get(f"{stem}_any")
    words = _("This contradicts “%(other)s”: nothing is both.")
    if excluded is not None and wanted <= set(excluded):
        return [(name, words % {"other": CONDITIONS[f"{stem}_none"].label})]
    if subset and other is not None and wanted.isdisjoint(other):
        return [(name, words % {"other": CONDITIONS[f"{stem}_any"].label})]
    return []
