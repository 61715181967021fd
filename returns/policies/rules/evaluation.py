"""Which rule decides what for a line of an order. Pure: it is told facts and gives decisions.

Each setting is decided by the first rule that holds and sets it (docs/adr/0025). Rules that ask for
the reason of a return, or for what the buyer wants, cannot decide before that is said: what they
would decide is kept beside.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from returns.policies.rules.schema import Rule
from returns.policies.rules.values import plain_value


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """What is known of an order. day: on which it was placed, in the store's time zone.

    Texts are in lower case (`folded`), here and in `Piece`.
    """

    day: date
    country: str = ""
    region: str = ""
    customer_group: str = ""
    customer_tags: frozenset[str] = frozenset()
    channel: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """What is known of a line. price: of a piece before discounts, in the order's currency.

    discount: taken off the line, in percent of its price.
    """

    product: str = ""
    product_type: str = ""
    vendor: str = ""
    tags: frozenset[str] = frozenset()
    price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)


def folded(words: Iterable[str]) -> frozenset[str]:
    """Return words as they are compared."""
    return frozenset(word.strip().casefold() for word in words)


OfPurchase = Callable[[Any, Purchase], bool]
OfPiece = Callable[[Any, Piece], bool]

_OF_PURCHASE: Final[Mapping[str, OfPurchase]] = {
    "countries": lambda known, order: order.country in known,
    "regions": lambda known, order: order.region in known,
    "customer_groups": lambda known, order: order.customer_group in known,
    "customer_tags": lambda known, order: not known.isdisjoint(order.customer_tags),
    "channels": lambda known, order: order.channel in known,
    "bought_from": lambda least, order: order.day >= least,
    "bought_until": lambda most, order: order.day <= most,
}
_OF_PIECE: Final[Mapping[str, OfPiece]] = {
    "products": lambda known, piece: piece.product in known,
    "product_types": lambda known, piece: piece.product_type in known,
    "vendors": lambda known, piece: piece.vendor in known,
    "tags": lambda known, piece: not known.isdisjoint(piece.tags),
    "price_from": lambda least, piece: piece.price >= least,
    "price_until": lambda most, piece: piece.price <= most,
    "discount_from": lambda least, piece: piece.discount >= least,
    "discount_until": lambda most, piece: piece.discount <= most,
}


@dataclass(frozen=True, kw_only=True)
class ByReason:
    """What a rule would decide for some reasons, beyond what was decided before it.

    reasons: their handles, () for any. resolutions: what the buyer must want, () for whatever.
    """

    reasons: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    rule: str
    settings: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            **({"reasons": list(self.reasons)} if self.reasons else {}),
            **({"resolutions": list(self.resolutions)} if self.resolutions else {}),
            "rule": self.rule,
            "settings": _plain(self.settings),
        }


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What rules decided for a line: values by setting, and the names of the rules likewise."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    by_reason: tuple[ByReason, ...] = ()

    def to_json(self, version: int) -> dict[str, Any]:
        """Return the decision as a line keeps it; {} where no rule decided anything.

        version: of the policy that the rules are of.
        """
        if not self.settings and not self.by_reason:
            return {}
        plain: dict[str, Any] = {
            "version": version,
            "settings": _plain(self.settings),
            "rules": dict(self.rules),
        }
        if self.by_reason:
            plain["by_reason"] = [each.to_json() for each in self.by_reason]
        return plain


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain_value(value) for name, value in settings.items()}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule with its conditions prepared for many lines."""

    rule: Rule
    of_purchase: tuple[tuple[OfPurchase, Any], ...]
    of_piece: tuple[tuple[OfPiece, Any], ...]
    reasons: tuple[str, ...]
    resolutions: tuple[str, ...]
    decides: Mapping[str, Any]


class Ruleset:
    """Rules in the order in which they are tried, prepared for any number of orders."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [_ready(rule) for rule in rules if rule.active]

    def decide(self, purchase: Purchase, pieces: Sequence[Piece]) -> list[Decision]:
        """Return what the rules decide for each line of an order."""
        holding = [
            ready
            for ready in self._rules
            if _is_valid(ready.rule, purchase.day)
            and all(check(value, purchase) for check, value in ready.of_purchase)
        ]
        return [_decision(holding, piece) for piece in pieces]


def _decision(rules: Sequence[_Ready], piece: Piece) -> Decision:
    settings: dict[str, Any] = {}
    names: dict[str, str] = {}
    by_reason = []
    for ready in rules:
        for check, value in ready.of_piece:
            if not check(value, piece):
                break
        else:
            left = {k: v for k, v in ready.decides.items() if k not in settings}
            if not left:
                continue
            if ready.reasons or ready.resolutions:
                by_reason.append(
                    ByReason(
                        reasons=ready.reasons,
                        resolutions=ready.resolutions,
                        rule=ready.rule.name,
                        settings=left,
                    )
                )
            else:
                settings.update(left)
                names.update(dict.fromkeys(left, ready.rule.name))
    return Decision(settings=settings, rules=names, by_reason=tuple(by_reason))


def _ready(rule: Rule) -> _Ready:
    return _Ready(
        rule=rule,
        of_purchase=tuple(
            (check, _prepared(rule.conditions[name]))
            for name, check in _OF_PURCHASE.items()
            if name in rule.conditions
        ),
        of_piece=tuple(
            (check, _prepared(rule.conditions[name]))
            for name, check in _OF_PIECE.items()
            if name in rule.conditions
        ),
        reasons=tuple(rule.conditions.get("reasons", ())),
        resolutions=tuple(rule.conditions.get("resolutions", ())),
        decides=rule.decides,
    )


def _prepared(value: Any) -> Any:
    return folded(value) if isinstance(value, tuple) else value


def _is_valid(rule: Rule, day: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= day) and (
        rule.valid_until is None or day <= rule.valid_until
    )


def unmet(rule: Rule, purchase: Purchase, piece: Piece) -> list[str]:
    """Return why a rule does not hold for a line: names of its conditions, `active`, `valid`.

    Whether a reason fits, or what the buyer wants, is not asked here.
    """
    found = [] if rule.active else ["active"]
    found += [] if _is_valid(rule, purchase.day) else ["valid"]
    found += [
        name
        for name, check in _OF_PURCHASE.items()
        if name in rule.conditions and not check(_prepared(rule.conditions[name]), purchase)
    ]
    return found + [
        name
        for name, check in _OF_PIECE.items()
        if name in rule.conditions and not check(_prepared(rule.conditions[name]), piece)
    ]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How a rule fared for a line: conditions that did not hold, or the settings it decided.

    With neither, rules before it had decided all that it sets.
    """

    rule: Rule
    unmet: tuple[str, ...]
    decided: tuple[str, ...]


def explain(
    rules: Sequence[Rule], purchase: Purchase, piece: Piece, reason: str = "", resolution: str = ""
) -> list[Tried]:
    """Say how each rule fared for a line, in their order.

    reason: a handle, resolution: a Resolution; "" for none said yet.
    """
    taken: set[str] = set()
    found = []
    for rule in rules:
        missing = unmet(rule, purchase, piece)
        if reason not in rule.conditions.get("reasons", (reason,)):
            missing.append("reasons")
        if resolution not in rule.conditions.get("resolutions", (resolution,)):
            missing.append("resolutions")
        decided = [] if missing else [name for name in rule.decides if name not in taken]
        taken.update(decided)
        found.append(Tried(rule=rule, unmet=tuple(missing), decided=tuple(decided)))
    return found
