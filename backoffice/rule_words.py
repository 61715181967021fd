"""Rules in words, as the pages of policies show them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orders.money import localized
from returns.policies.rules.schema import CONDITIONS, SETTINGS, Rule
from returns.policies.rules.values import Kind, Spec


def value_words(spec: Spec, value: Any, currency: str) -> str:
    """Return a value for people; currency: of amounts."""
    if value is None:
        return str(spec.none)
    words = {
        Kind.WORD: lambda: str(value),
        Kind.WORDS: lambda: ", ".join(value),
        Kind.AMOUNT: lambda: localized(Decimal(value), currency),
        Kind.PERCENT: lambda: f"{value.normalize():f} %",
        Kind.DAY: lambda: date_format(value, "SHORT_DATE_FORMAT"),
        Kind.COUNT: lambda: f"{value} {spec.unit}",
        Kind.FLAG: lambda: _("yes") if value else _("no"),
        Kind.CHOICE: lambda: str(spec.choices(value).label) if spec.choices else str(value),
        Kind.CHOICES: lambda: ", ".join(
            str(spec.choices(each).label) if spec.choices else each for each in value
        ),
        Kind.TEXTS: lambda: " / ".join(value.values()),
    }
    return words[spec.kind]()


def facts(
    specs: Mapping[str, Spec], values: Mapping[str, Any], currency: str
) -> list[dict[str, str]]:
    """Return conditions or settings as rows of label and value, in the order of the table."""
    return [
        {"name": name, "label": first_up(spec.label), "value": value_words(spec, value, currency)}
        for name, spec in specs.items()
        if name in values
        for value in (values[name],)
    ]


def when(rule: Rule, currency: str) -> list[dict[str, str]]:
    """Return the conditions of a rule."""
    return facts(CONDITIONS, rule.conditions, currency)


def then(rule: Rule, currency: str) -> list[dict[str, str]]:
    """Return the settings of a rule."""
    return facts(SETTINGS, rule.settings, currency)


def validity(rule: Rule) -> str:
    """Return when a rule is valid; "" for always."""
    if rule.valid_from and rule.valid_until:
        both = {"first": _day(rule.valid_from), "last": _day(rule.valid_until)}
        return _("%(first)s to %(last)s") % both
    if rule.valid_from:
        return _("from %(day)s") % {"day": _day(rule.valid_from)}
    return _("until %(day)s") % {"day": _day(rule.valid_until)} if rule.valid_until else ""


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def first_up(label: object) -> str:
    """Return a label as it begins a row."""
    text = str(label)
    return text[:1].upper() + text[1:]


def plain_words(value: Any) -> str:
    """Return a value that no table describes: of a rule itself, or of the default policy."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, date):
        return _day(value)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
