"""What an automation rule says, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from backoffice.words import amount_words, moment_words
from returns.automation.actions import (
    ACTIONS,
    ExpireHow,
    NotifyWhom,
    RefundWhat,
    in_order,
)
from returns.automation.conditions import CONDITIONS, CURRENCY, Kind
from returns.models import (
    AutomationRule,
    DeclineReason,
    Grade,
    ReturnReason,
    TimeTrigger,
)
from returns.models.automation import TRIGGERS
from returns.risk import Level

# Of what buyers are asked: enough to tell one rule from another.
_MOST_OF_TEXT: Final = 120


@dataclass(frozen=True, kw_only=True)
class Names:
    """What handles and keys in rules stand for; `of` takes a query for each kind that is needed."""

    reasons: Mapping[str, str]
    grades: Mapping[str, str]
    members: Mapping[int, str]

    @classmethod
    def of(cls, rule: AutomationRule) -> "Names":
        """Load the names that a rule's words need."""
        language = get_language() or "en"
        kinds = {CONDITIONS[name].kind for name in rule.conditions if name in CONDITIONS}
        reasons = ReturnReason.objects.all() if Kind.REASONS in kinds else ()
        needs_grades = Kind.GRADES in kinds or rule.actions.get("restock", {}).get("grades")
        grades = Grade.objects.all() if needs_grades else ()
        user = rule.actions.get("assign", {}).get("user")
        members = User.objects.filter(pk=user) if user else ()
        return cls(
            reasons={one.handle: one.name_in(language) for one in reasons},
            grades={one.handle: one.name_in(language) for one in grades},
            members={one.pk: str(one) for one in members},
        )


def when(rule: AutomationRule) -> str:
    """Return when a rule looks."""
    words = str(dict(TRIGGERS).get(rule.trigger, rule.trigger))
    if not rule.is_timed:
        return words
    count = rule.days or 0
    days = ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
    if rule.trigger == TimeTrigger.SEND_BY_NEAR:
        return _("%(moment)s (from %(days)s before)") % {"moment": words, "days": days}
    return _("%(moment)s (for %(days)s)") % {"moment": words, "days": days}


def conditions(rule: AutomationRule, names: Names) -> list[str]:
    """Return each condition of a rule in words."""
    currency = rule.conditions.get(CURRENCY, "")
    return [
        f"{one.label}: {_value(one.kind, rule.conditions[name], currency, names)}"
        for name, one in CONDITIONS.items()
        if name in rule.conditions
    ]


def _value(kind: Kind, value: Any, currency: str, names: Names) -> str:
    if kind is Kind.AMOUNT and currency:
        return amount_words(Decimal(value), currency)
    if kind is Kind.PERCENT:
        return _("%(percent)s %%") % {"percent": value}
    if kind is Kind.YES_NO:
        return _("Yes") if value else _("No")
    if kind is Kind.LEVEL:
        return str(Level(value).label)
    if not isinstance(value, list):
        return str(value)
    known = {Kind.REASONS: names.reasons, Kind.GRADES: names.grades}.get(kind, {})
    return ", ".join(known.get(one, one) for one in value)


def actions(rule: AutomationRule, names: Names) -> list[str]:
    """Return each act of a rule in words, in the order in which they are done."""
    found = []
    for name in in_order(rule.actions):
        label, more = str(ACTIONS[name].label), _more(name, rule.actions[name], names)
        found.append(f"{label}: {more}" if more else label)
    return found


def _more(name: str, told: Mapping[str, Any], names: Names) -> str:
    """Return what a rule says beside the act; "" for nothing."""
    words: dict[str, Callable[[], object]] = {
        "decline": lambda: DeclineReason(told["reason"]).label,
        "refund": lambda: RefundWhat(told["pieces"]).label,
        "expire": lambda: ExpireHow(told["how"]).label,
        "restock": lambda: ", ".join(names.grades.get(one, one) for one in told.get("grades", ())),
        "ask": lambda: Truncator(told["text"]).chars(_MOST_OF_TEXT),
        "tag": lambda: ", ".join(told["tags"]),
        "assign": lambda: names.members.get(told["user"], ""),
        "notify": lambda: NotifyWhom(told["to"]).label,
    }
    return str(words.get(name, str)())


def acts_done(told: list[str]) -> str:
    """Return what a run did, in words."""
    return ", ".join(str(ACTIONS[name].label) for name in told if name in ACTIONS)


def state(rule: AutomationRule) -> dict[str, str]:
    """Return the state of a rule for its badge, and in words."""
    if rule.stopped_at:
        words = _("Stopped itself on %(moment)s") % {"moment": moment_words(rule.stopped_at)}
        return {"state": "STOPPED", "label": _("Stopped"), "words": words}
    if rule.enabled:
        words = _("On since %(moment)s") % {"moment": moment_words(rule.enabled_at)}
        return {"state": "ON", "label": _("On"), "words": words}
    return {"state": "OFF", "label": _("Off"), "words": ""}
