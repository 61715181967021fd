"""What a rule may ask and set, and reading it from plain data (JSON, YAML, a form).

One table per half: a name, what kind of value it takes, and its label. Whatever reads, shows,
compares or draws rules goes by these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from returns.models.policies import (
    MOST_DAYS,
    MOST_MINUTES,
    CancelUnsent,
    Exchanges,
    Returnable,
    ReturnLabel,
    ShippingRefund,
    WindowStart,
)
from returns.models.resolutions import Resolution
from returns.policies.rules.values import Kind, Spec, plain_value, value_of

NAME_LENGTH = 100
_FLAG = Spec(kind=Kind.FLAG, label="")
_DAY = Spec(kind=Kind.DAY, label="")


def _words(label: "str | Promise", hint: "str | Promise" = "") -> Spec:
    return Spec(kind=Kind.WORDS, label=label, hint=hint)


def _days(label: "str | Promise", least: int = 0, none: "str | Promise" = "") -> Spec:
    unit = gettext_lazy("days")
    return Spec(kind=Kind.COUNT, label=label, least=least, none=none, unit=unit)


def _choice(label: "str | Promise", choices: type[models.TextChoices]) -> Spec:
    return Spec(kind=Kind.CHOICE, label=label, choices=choices)


CONDITIONS: Final[Mapping[str, Spec]] = {
    "products": _words(gettext_lazy("product"), gettext_lazy("Handles of products.")),
    "product_types": _words(gettext_lazy("product type")),
    "vendors": _words(gettext_lazy("vendor")),
    "tags": _words(gettext_lazy("product tag"), gettext_lazy("The product has one of these.")),
    "price_from": Spec(kind=Kind.AMOUNT, label=gettext_lazy("price of a piece from")),
    "price_until": Spec(kind=Kind.AMOUNT, label=gettext_lazy("price of a piece up to")),
    "discount_from": Spec(kind=Kind.PERCENT, label=gettext_lazy("discount from")),
    "discount_until": Spec(kind=Kind.PERCENT, label=gettext_lazy("discount up to")),
    "countries": _words(gettext_lazy("country of the buyer"), gettext_lazy("Codes, as in DE, AT.")),
    "regions": _words(
        gettext_lazy("region of the buyer"), gettext_lazy("As the shop writes it in addresses.")
    ),
    "customer_groups": _words(gettext_lazy("customer group")),
    "customer_tags": _words(gettext_lazy("customer tag")),
    "channels": _words(gettext_lazy("sales channel")),
    "bought_from": Spec(kind=Kind.DAY, label=gettext_lazy("bought from")),
    "bought_until": Spec(kind=Kind.DAY, label=gettext_lazy("bought until")),
    "reasons": _words(gettext_lazy("return reason"), gettext_lazy("Handles of reasons.")),
    "resolutions": Spec(
        kind=Kind.CHOICES, label=gettext_lazy("what the buyer wants"), choices=Resolution
    ),
}

SETTINGS: Final[Mapping[str, Spec]] = {
    "returnable": _choice(gettext_lazy("may go back"), Returnable),
    "returnable_text": Spec(kind=Kind.TEXTS, label=gettext_lazy("text for the buyer")),
    "window_days": _days(gettext_lazy("days to return"), none=gettext_lazy("no end")),
    "window_start": _choice(gettext_lazy("counted from"), WindowStart),
    "transit_days": _days(gettext_lazy("days a parcel travels")),
    "next_business_day": Spec(kind=Kind.FLAG, label=gettext_lazy("until the next business day")),
    "until": Spec(
        kind=Kind.DAY,
        label=gettext_lazy("may come back until"),
        hint=gettext_lazy("A season: no window ends before this day."),
    ),
    "offers_money": Spec(kind=Kind.FLAG, label=gettext_lazy("buyers may choose the money back")),
    "offers_credit": Spec(kind=Kind.FLAG, label=gettext_lazy("buyers may choose store credit")),
    "exchanges": _choice(gettext_lazy("exchange for"), Exchanges),
    "offers_replacement": Spec(
        kind=Kind.FLAG, label=gettext_lazy("buyers may have the same article sent again")
    ),
    "offers_repair": Spec(
        kind=Kind.FLAG, label=gettext_lazy("buyers may have the article repaired")
    ),
    "instant_exchange": Spec(
        kind=Kind.FLAG, label=gettext_lazy("send replacements before the goods are back")
    ),
    "reservation_hours": Spec(
        kind=Kind.COUNT,
        label=gettext_lazy("hold replacements for"),
        least=1,
        most=24 * MOST_DAYS,
        unit=gettext_lazy("hours"),
    ),
    "credit_bonus_percent": Spec(
        kind=Kind.PERCENT, label=gettext_lazy("bonus on store credit in percent")
    ),
    "credit_bonus_amount": Spec(kind=Kind.AMOUNT, label=gettext_lazy("bonus on store credit")),
    "credit_valid_days": _days(
        gettext_lazy("store credit is valid for"), least=1, none=gettext_lazy("no end")
    ),
    "restocking_fee_percent": Spec(
        kind=Kind.PERCENT, label=gettext_lazy("restocking fee in percent")
    ),
    "return_shipping_fee": Spec(kind=Kind.AMOUNT, label=gettext_lazy("fee for return shipping")),
    "shipping_refund": _choice(gettext_lazy("delivery cost comes back"), ShippingRefund),
    "days_to_send": _days(gettext_lazy("days to send the goods"), least=1),
    "label": _choice(gettext_lazy("who sees to the label"), ReturnLabel),
    "comment_needed": Spec(kind=Kind.FLAG, label=gettext_lazy("buyers must say in words why")),
    "photos_needed": Spec(kind=Kind.FLAG, label=gettext_lazy("buyers must add a photo")),
    "location": Spec(kind=Kind.WORD, label=gettext_lazy("goes back to location")),
    "keep_item_below": Spec(
        kind=Kind.AMOUNT,
        label=gettext_lazy("buyers keep what is worth less than"),
        none=gettext_lazy("never"),
    ),
    "auto_approve": Spec(kind=Kind.FLAG, label=gettext_lazy("approve requests at once")),
    "cancel_unsent": _choice(gettext_lazy("buyers may cancel what was not sent yet"), CancelUnsent),
    "cancel_minutes": Spec(
        kind=Kind.COUNT,
        label=gettext_lazy("they may cancel for"),
        least=1,
        most=MOST_MINUTES,
        none=gettext_lazy("until it is sent"),
        unit=gettext_lazy("minutes"),
    ),
}

# Settings that one rule decides together: what it leaves out of them has these values.
TOGETHER: Final[tuple[Mapping[str, Any], ...]] = (
    {"returnable": Returnable.AS_MARKED.value, "returnable_text": {}},
    {"credit_bonus_percent": Decimal(0), "credit_bonus_amount": Decimal(0)},
)


# What is asked before anything is sent, and so before there is a reason.
_BEFORE_SENT: Final = ("cancel_unsent", "cancel_minutes")
# What says whether and what may be chosen, and so cannot depend on what was chosen.
BEFORE_THE_CHOICE: Final = (
    *_BEFORE_SENT,
    *("returnable", "returnable_text", "window_days", "window_start", "transit_days"),
    *("next_business_day", "until"),
    *("offers_money", "offers_credit", "exchanges", "offers_replacement", "offers_repair"),
)

# The settings that say what buyers may have, as they are where they may have nothing.
NOTHING_OFFERED: Final[Mapping[str, Any]] = {
    "offers_money": False,
    "offers_credit": False,
    "exchanges": Exchanges.NONE.value,
    "offers_replacement": False,
    "offers_repair": False,
}

# What is taken of what is paid back, or added to what a replacement costs.
_FEES: Final = ("restocking_fee_percent", "return_shipping_fee")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with plain data, and where: names and indexes from 0 on the way to it."""

    path: tuple[str | int, ...]
    message: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: where its conditions all hold, it decides its settings unless one before it did.

    key: what its pages are known by, the same in all versions. valid_from, valid_until: the first
    and last day, in the store's time zone, on which an order must be placed. conditions, settings:
    values by name, of the types that `Kind` says.
    """

    key: str
    name: str
    active: bool = True
    valid_from: date | None = None
    valid_until: date | None = None
    conditions: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def decides(self) -> dict[str, Any]:
        """What the rule sets, with what follows for settings that are decided together."""
        decided: dict[str, Any] = {}
        for group in TOGETHER:
            if not group.keys().isdisjoint(self.settings):
                decided.update(group)
        return {**decided, **self.settings}

    def to_json(self) -> dict[str, Any]:
        """Return the rule as plain data."""
        return {
            "key": self.key,
            "name": self.name,
            "active": self.active,
            "valid_from": plain_value(self.valid_from),
            "valid_until": plain_value(self.valid_until),
            "conditions": {name: plain_value(v) for name, v in self.conditions.items()},
            "settings": {name: plain_value(v) for name, v in self.settings.items()},
        }


def rule_from(plain: object, *, key: str, path: tuple[str | int, ...] = ()) -> Rule | list[Problem]:
    """Return the rule that plain data describes, or everything that is wrong with it.

    key: of a rule whose data names none.
    """
    reader = _Reader(path)
    return reader.rule(plain, key)


class _Reader:
    """Plain data on its way to a rule, collecting what is wrong."""

    def __init__(self, path: tuple[str | int, ...]) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def rule(self, plain: object, key: str) -> Rule | list[Problem]:
        """Return the rule or the problems."""
        if not isinstance(plain, Mapping):
            self._fail((), _("A rule has a name, conditions and settings."))
            return self.problems
        known = {"key", "name", "active", "valid_from", "valid_until", "conditions", "settings"}
        for unknown in plain.keys() - known:
            self._fail((str(unknown),), _("There is no such field."))
        rule = Rule(
            key=str(plain.get("key") or key),
            name=self._name(plain.get("name")),
            active=self._read(_FLAG, plain.get("active", True), ("active",)),
            valid_from=self._day(plain, "valid_from"),
            valid_until=self._day(plain, "valid_until"),
            conditions=self._values(CONDITIONS, plain.get("conditions"), "conditions"),
            settings=self._values(SETTINGS, plain.get("settings"), "settings"),
        )
        if not self.problems:
            self.problems += [
                Problem(path=(*self.path, *path), message=message)
                for path, message in _contradictions(rule)
            ]
        return self.problems or rule

    def _fail(self, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(Problem(path=(*self.path, *path), message=message))

    def _read(self, spec: Spec, plain: object, path: tuple[str | int, ...]) -> Any:
        try:
            return value_of(spec, plain)
        except ValueError as error:
            self._fail(path, str(error))
            return None

    def _name(self, plain: object) -> str:
        name = plain.strip() if isinstance(plain, str) else ""
        if not name:
            self._fail(("name",), _("Give the rule a name."))
        elif len(name) > NAME_LENGTH or not name.isprintable():
            words = _("A name is one line of at most %(count)s characters.")
            self._fail(("name",), words % {"count": NAME_LENGTH})
        return name

    def _day(self, plain: Mapping[Any, Any], name: str) -> date | None:
        given = plain.get(name)
        return None if given in (None, "") else self._read(_DAY, given, (name,))

    def _values(self, specs: Mapping[str, Spec], plain: object, half: str) -> dict[str, Any]:
        if plain is None:
            return {}
        if not isinstance(plain, Mapping):
            self._fail((half,), _("Must be names with values."))
            return {}
        for unknown in plain.keys() - specs.keys():
            self._fail((half, str(unknown)), _("There is no such field."))
        return {
            name: self._read(spec, plain[name], (half, name))
            for name, spec in specs.items()
            if name in plain
        }


# Names of two values of which the first must not be more than the second.
_RANGES = (
    ("price_from", "price_until"),
    ("discount_from", "discount_until"),
    ("bought_from", "bought_until"),
)


def _contradictions(rule: Rule) -> list[tuple[tuple[str, ...], str]]:
    """Return what makes a rule impossible: where, and why."""
    found: list[tuple[tuple[str, ...], str]] = []
    if rule.valid_from and rule.valid_until and rule.valid_from > rule.valid_until:
        found.append((("valid_until",), _("Ends before it begins.")))
    for least, most in _RANGES:
        low, high = rule.conditions.get(least), rule.conditions.get(most)
        if low is not None and high is not None and low > high:
            found.append((("conditions", most), _("No value is from one to the other.")))
    if not rule.settings:
        found.append((("settings",), _("A rule sets at least one thing.")))
    if "reasons" in rule.conditions:
        found += [
            (("settings", name), _("Cannot depend on the reason."))
            for name in _BEFORE_SENT
            if name in rule.settings
        ]
    return found + _contradicting_wishes(rule) + _contradicting_settings(rule.settings)


def _contradicting_wishes(rule: Rule) -> list[tuple[tuple[str, ...], str]]:
    """Return what a rule about what buyers want sets in vain."""
    wanted = rule.conditions.get("resolutions")
    if not wanted:
        return []
    message = _("Cannot depend on what the buyer wants: it says what may be chosen.")
    found: list[tuple[tuple[str, ...], str]] = [
        (("settings", name), message) for name in BEFORE_THE_CHOICE if name in rule.settings
    ]
    if wanted == (Resolution.REPAIR.value,):
        message = _("Of a repair nothing is paid back, so no fee can be taken.")
        found += [(("settings", name), message) for name in _FEES if rule.settings.get(name)]
    return found


def _contradicting_settings(chosen: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    returnable = chosen.get("returnable")
    if "returnable_text" in chosen and returnable in (None, Returnable.AS_MARKED, Returnable.YES):
        message = _("Only what cannot go back has a text that says why.")
        found.append((("settings", "returnable_text"), message))
    if returnable not in (None, Returnable.AS_MARKED, Returnable.YES):
        message = _("Contradicts that it cannot go back.")
        others = ("window_days", "until", "auto_approve", "keep_item_below")
        found += [(("settings", name), message) for name in others if name in chosen]
    if chosen.get("credit_bonus_percent") and chosen.get("credit_bonus_amount"):
        message = _("Choose one bonus: in percent or as an amount.")
        found.append((("settings", "credit_bonus_amount"), message))
    if all(chosen.get(name) == value for name, value in NOTHING_OFFERED.items()):
        found.append((("settings", "offers_money"), _("Offer the buyer at least one thing.")))
    return found
