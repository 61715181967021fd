"""Writing rules: what is wrong with one, saving it, switching it on and off, removing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Permission
from orders.models import Store
from returns.acts import NOTE_LENGTH
from returns.automation.actions import (
    ACTIONS,
    EXCLUSIVE,
    ExpireHow,
    NotifyWhom,
    RefundWhat,
    in_order,
)
from returns.automation.conditions import (
    CONDITIONS,
    CURRENCY,
    Kind,
    contradictions,
    malformed,
)
from returns.errors import InvalidRule, InvalidTag, NotPermitted
from returns.evidence.messages import BODY_LENGTH
from returns.marks import checked_tags
from returns.models import (
    AutomationRule,
    DeclineReason,
    EventType,
    Grade,
    ReturnReason,
    ReturnStatus,
    TimeTrigger,
)
from returns.models.automation import MOST_RULE_DAYS, TRIGGERS

_REQUESTED: Final = frozenset({ReturnStatus.REQUESTED.value})
_OPEN: Final = frozenset({ReturnStatus.OPEN.value})
_ENDED: Final = frozenset({ReturnStatus.CLOSED.value})

# The states that a return can be in right after a trigger; where none is named, any.
_STATES: Final[dict[str, frozenset[str]]] = {
    EventType.RETURN_REQUESTED: _REQUESTED,
    EventType.RETURN_CREATED: _OPEN | _ENDED,
    EventType.RETURN_APPROVED: _OPEN | _ENDED,
    EventType.RETURN_DECLINED: frozenset({ReturnStatus.DECLINED.value}),
    EventType.RETURN_CANCELED: frozenset({ReturnStatus.CANCELED.value}),
    EventType.RETURN_PROCESSED: _OPEN | _ENDED,
    EventType.GOODS_KEPT: _OPEN | _ENDED,
    EventType.RETURN_CLOSED: _ENDED,
    EventType.RETURN_REOPENED: _OPEN,
    TimeTrigger.UNDECIDED: _REQUESTED,
    TimeTrigger.SEND_BY_NEAR: _OPEN,
    TimeTrigger.SEND_BY_OVER: _OPEN,
    **{
        type_: _OPEN | _ENDED
        for type_ in EventType
        if type_.startswith(("parcel.", "refund.", "exchange.sent"))
    },
}

# Before goods came, nothing is known of them.
_BEFORE_GOODS: Final = frozenset(
    {
        EventType.RETURN_REQUESTED,
        EventType.RETURN_APPROVED,
        EventType.RETURN_DECLINED,
        TimeTrigger.UNDECIDED,
        TimeTrigger.SEND_BY_NEAR,
    }
)
_ABOUT_GOODS: Final = ("grades_only", "grades_any", "is_all_received")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a rule. field: a field of the rule, a condition or an act by its name."""

    field: str
    message: str


def currency_of(store: Store | None) -> str:
    """Return the currency that a rule's amounts are in: the store's, or the one that all share.

    "" when the stores have different ones.
    """
    if store is not None:
        return str(store.currency)
    shared = set(Store.objects.values_list("currency", flat=True))
    return str(shared.pop()) if len(shared) == 1 else ""


def problems(rule: AutomationRule) -> list[Problem]:
    """Return all that is wrong with a rule; it can be saved and switched on when nothing is."""
    found = [*_of_itself(rule), *_of_conditions(rule), *_of_actions(rule)]
    if not found:
        words = contradictions(rule.conditions)
        found += [Problem(field=name, message=message) for name, message in words]
        found += _unreachable(rule)
    return found


def _of_itself(rule: AutomationRule) -> Iterator[Problem]:
    if not rule.name.strip():
        yield Problem(field="name", message=_("Give the rule a name; the timeline shows it."))
    if rule.trigger not in dict(TRIGGERS):
        yield Problem(field="trigger", message=_("Choose when the rule looks."))
    if rule.is_timed and not (rule.days is not None and 0 <= rule.days <= MOST_RULE_DAYS):
        words = _("Enter a number of days from 0 to %(most)s.") % {"most": MOST_RULE_DAYS}
        yield Problem(field="days", message=words)
    if not rule.is_timed and rule.days is not None:
        words = _("Days are only for rules about time: choose such a moment, or leave this empty.")
        yield Problem(field="days", message=words)


def _of_conditions(rule: AutomationRule) -> Iterator[Problem]:
    asked = {name: value for name, value in rule.conditions.items() if name != CURRENCY}
    kinds = {CONDITIONS[name].kind for name in asked if name in CONDITIONS}
    currency = currency_of(rule.store) if Kind.AMOUNT in kinds else ""
    if Kind.AMOUNT in kinds and not currency:
        words = _("Choose a store: stores have different currencies, and an amount needs one.")
        yield Problem(field="store", message=words)
        return
    for name, value in asked.items():
        if name not in CONDITIONS:
            yield Problem(field="trigger", message=_("Unknown condition: %s.") % name)
        elif words := _wrong_value(name, value, currency):
            yield Problem(field=name, message=words)


def _wrong_value(name: str, value: Any, currency: str) -> str:
    return malformed(name, value, currency) or _unknown(CONDITIONS[name].kind, value)


def _unknown(kind: Kind, value: Any) -> str:
    """Return what is wrong with names that are looked up; "" when all are known."""
    if kind is Kind.REASONS:
        known = set(ReturnReason.objects.values_list("handle", flat=True))
    elif kind is Kind.GRADES:
        known = set(Grade.objects.values_list("handle", flat=True))
    elif kind is Kind.COUNTRIES:
        known = {code for code in value if len(code) == 2 and code.isascii() and code.isupper()}
    else:
        return ""
    strangers = [one for one in value if one not in known]
    return _("Not known: %(names)s.") % {"names": ", ".join(strangers)} if strangers else ""


def _of_actions(rule: AutomationRule) -> Iterator[Problem]:
    names = in_order(rule.actions)
    if not names:
        yield Problem(field="actions", message=_("Choose at least one thing to do."))
    for name in names:
        if words := _CHECKS.get(name, lambda _told: "")(rule.actions[name]):
            yield Problem(field=name, message=words)
    for one, other in EXCLUSIVE:
        if one in names and other in names:
            told = {"one": ACTIONS[one].label, "other": ACTIONS[other].label}
            yield Problem(
                field=other,
                message=_("“%(one)s” and “%(other)s” exclude each other: choose one.") % told,
            )


def _wrong_decline(told: dict[str, Any]) -> str:
    if told.get("reason") not in DeclineReason.values:
        return _("Choose a reason.")
    if told["reason"] == DeclineReason.OTHER and not told.get("message"):
        return _("Tell the buyer why.")
    return _too_long(told.get("message", ""))


def _wrong_tags(told: dict[str, Any]) -> str:
    try:
        tags = checked_tags(told.get("tags", ()))
    except InvalidTag as error:
        return error.message
    return "" if tags else _("Enter at least one tag.")


def _wrong_member(told: dict[str, Any]) -> str:
    member = User.objects.filter(pk=told.get("user") or 0).first()
    return "" if member and member.works_here else _("Choose somebody who works here.")


def _wrong_notice(told: dict[str, Any]) -> str:
    if told.get("to") not in NotifyWhom.values:
        return _("Choose who is told.")
    return _too_long(told.get("text", ""))


def _wrong_question(told: dict[str, Any]) -> str:
    text = str(told.get("text", "")).strip()
    return _too_long(text, BODY_LENGTH) if text else _("Write what you need from the buyer.")


def _too_long(text: str, most: int = NOTE_LENGTH) -> str:
    if len(text) <= most:
        return ""
    return _("Write at most %(count)s characters.") % {"count": most}


_CHECKS: Final = {
    "decline": _wrong_decline,
    "refund": lambda told: "" if told.get("pieces") in RefundWhat.values else _("Choose for what."),
    "expire": lambda told: (
        _too_long(told.get("message", ""))
        if told.get("how") in ExpireHow.values
        else _("Choose how it ends.")
    ),
    "ask": _wrong_question,
    "tag": _wrong_tags,
    "assign": _wrong_member,
    "notify": _wrong_notice,
}


def _unreachable(rule: AutomationRule) -> Iterator[Problem]:
    """Tell of what can never come about with this trigger."""
    trigger = dict(TRIGGERS)[rule.trigger]
    states = _STATES.get(rule.trigger)
    for name in in_order(rule.actions):
        if states and states.isdisjoint(ACTIONS[name].states):
            words = _("Not possible when “%(trigger)s”: the return is in another state then.")
            yield Problem(field=name, message=words % {"trigger": trigger})
    for name in _ABOUT_GOODS:
        if rule.trigger in _BEFORE_GOODS and rule.conditions.get(name):
            words = _("Not known yet when “%(trigger)s”: the goods have not come then.")
            yield Problem(field=name, message=words % {"trigger": trigger})


# --- writing ------------------------------------------------------------------------------------


def save(rule: AutomationRule, *, actor: Actor) -> AutomationRule:
    """Save a rule; it is off until somebody has seen the preview and switches it on.

    Raises NotPermitted, InvalidRule for the first of its `problems`.
    """
    _check(rule, actor)
    amounts = any(
        name in CONDITIONS and CONDITIONS[name].kind is Kind.AMOUNT for name in rule.conditions
    )
    rule.conditions.pop(CURRENCY, None)
    if amounts:
        rule.conditions[CURRENCY] = currency_of(rule.store)
    rule.name = rule.name.strip()
    _off(rule)
    _stamp(rule, actor)
    rule.save()
    return rule


def switch_on(rule: AutomationRule, *, actor: Actor) -> AutomationRule:
    """Let a rule act from now on, with a clean slate. Nothing happens when it is on already.

    Raises NotPermitted, InvalidRule: what it names may be gone since it was saved.
    """
    with transaction.atomic():
        current = _locked(rule, actor)
        if current.enabled:
            return current
        _check(current, actor)
        _off(current)
        current.enabled, current.enabled_at = True, timezone.now()
        _stamp(current, actor)
        current.save()
    return current


def switch_off(rule: AutomationRule, *, actor: Actor) -> AutomationRule:
    """Let a rule act no more. Nothing happens when it is off already. Raises NotPermitted."""
    with transaction.atomic():
        current = _locked(rule, actor)
        if not current.enabled:
            return current
        _off(current)
        _stamp(current, actor)
        current.save()
    return current


def remove(rule: AutomationRule, *, actor: Actor) -> None:
    """Take a rule away; what it did stays known. Raises NotPermitted."""
    with transaction.atomic():
        current = _locked(rule, actor)
        _off(current)
        current.removed_at = current.removed_at or timezone.now()
        _stamp(current, actor)
        current.save()


def _check(rule: AutomationRule, actor: Actor) -> None:
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    if found := problems(rule):
        raise InvalidRule(found[0].message, field=(found[0].field,))


def _locked(rule: AutomationRule, actor: Actor) -> AutomationRule:
    if not actor.may(Permission.MANAGE_SETTINGS):
        raise NotPermitted
    rules = AutomationRule.objects.select_for_update(of=("self",)).select_related("store")
    return rules.get(pk=rule.pk)


def _off(rule: AutomationRule) -> None:
    rule.enabled, rule.enabled_at = False, None
    rule.failures, rule.stopped_at, rule.stopped_why = 0, None, ""


def _stamp(rule: AutomationRule, actor: Actor) -> None:
    rule.changed_by, rule.changed_at = actor.name[:200], timezone.now()
