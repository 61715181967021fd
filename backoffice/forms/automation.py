"""The form of an automation rule: when, if, then. Every condition and every act has its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import Store
from returns.acts import NOTE_LENGTH
from returns.automation import rules
from returns.automation.actions import ExpireHow, NotifyWhom, RefundWhat
from returns.automation.conditions import CONDITIONS, CURRENCY, LISTS, MOST_COUNT, Kind
from returns.evidence.messages import BODY_LENGTH
from returns.models import (
    AutomationRule,
    DeclineReason,
    EventType,
    Grade,
    ReturnReason,
    TimeTrigger,
)
from returns.models.automation import MOST_RULE_DAYS
from returns.risk import Level

Choices = list[tuple[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Fields that belong together; `is_open` when one of them says something.

    lists: those with many boxes to tick.
    """

    title: "str | Promise"
    fields: list[forms.BoundField]
    lists: list[forms.BoundField]
    is_open: bool


_TITLES: Final[dict[str, "str | Promise"]] = {
    "goods": _("What goes back"),
    "received": _("What came back"),
    "order": _("Order and return"),
    "buyer": _("The buyer's last twelve months"),
}
_ACTS: Final = (
    *("approve", "decline", "decline_message", "restock", "restock_grades", "refund"),
    *("expire", "expire_message", "close", "ask", "ask_text", "tag", "assign", "remind"),
    *("notify", "notify_text"),
)


def _tick(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _choice(label: Any, empty: Any, choices: Sequence[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", empty), *choices])


def _text(label: Any, help_text: Any = "", most: int = NOTE_LENGTH) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(
        label=label, required=False, max_length=most, widget=widget, help_text=help_text
    )


class RuleForm(forms.Form):
    """One rule. What it says is checked by `returns.automation.rules`, like every other rule."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("The timeline of returns shows it.")
    )
    trigger = forms.ChoiceField(
        label=_("When"),
        choices=[
            (_("Something happens"), EventType.choices),
            (_("A moment comes"), TimeTrigger.choices),
        ],
    )
    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=0,
        max_value=MOST_RULE_DAYS,
        help_text=_("For a moment only: how many days before or after it."),
    )
    position = forms.IntegerField(
        label=_("Position"),
        min_value=0,
        max_value=9999,
        initial=1,
        help_text=_("Rules for the same event act in this order."),
    )
    approve = _tick(_("Approve"))
    decline = _choice(_("Decline"), _("No"), DeclineReason.choices)
    decline_message = _text(_("Message to the buyer"))
    restock = _tick(_("Put back in stock"), _("Pieces that need work or a decision."))
    restock_grades = forms.MultipleChoiceField(
        label=_("Only pieces graded as"), required=False, widget=forms.CheckboxSelectMultiple
    )
    refund = _choice(_("Pay back"), _("No"), RefundWhat.choices)
    expire = _choice(_("End what never came"), _("No"), ExpireHow.choices)
    expire_message = _text(_("Message, if it was not approved yet"))
    close = _tick(_("Close"))
    ask = _tick(_("Ask for details"), _("The return waits for the buyer, who gets a mail."))
    ask_text = _text(_("What you need from the buyer"), most=BODY_LENGTH)
    tag = forms.CharField(
        label=_("Add tags"), required=False, max_length=500, help_text=_("Separated by commas.")
    )
    assign = _choice(_("Assign to"), _("Nobody"), ())
    remind = _tick(_("Remind the buyer"), _("A mail with the last day to send and the slip."))
    notify = _choice(_("Notify"), _("Nobody"), NotifyWhom.choices)
    notify_text = _text(_("Text of the mail"))

    def __init__(self, data: Any = None, *, rule: AutomationRule, **kwargs: Any) -> None:
        self.rule = rule
        kwargs.setdefault("initial", _initial(rule))
        super().__init__(data, **kwargs)
        stores = list(Store.objects.order_by("name"))
        self._stores = {str(store.pk): store for store in stores}
        names = [(key, store.name) for key, store in self._stores.items()]
        self.fields["store"] = _choice(_("Store"), _("All stores"), names)
        self._add_conditions()
        self._fill_choices()
        self.fields["restock_grades"].css = "field--inline"  # type: ignore[attr-defined]
        self.fields["days"].css = "field--short"  # type: ignore[attr-defined]
        self.fields["position"].css = "field--short"  # type: ignore[attr-defined]

    def _add_conditions(self) -> None:
        reasons = [(one.handle, one.name) for one in ReturnReason.objects.all()]
        self._grades: Choices = [
            (one.handle, one.name) for one in Grade.objects.exclude(disposition="MISSING")
        ]
        choices = {Kind.REASONS: reasons, Kind.GRADES: self._grades}
        for name, condition in CONDITIONS.items():
            kind = condition.kind
            self.fields[name] = _field(kind, condition.label, choices.get(kind, []))

    def _fill_choices(self) -> None:
        members = User.objects.staff().order_by("name", "pk")
        choices: dict[str, Choices] = {
            "assign": [("", _("Nobody")), *((str(one.pk), str(one)) for one in members)],
            "restock_grades": self._grades,
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered

    def clean(self) -> dict[str, Any]:
        """Put what was entered into the rule, and name what is wrong with it at its field."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        self._write(cleaned)
        for problem in rules.problems(self.rule):
            field = problem.field if problem.field in self.fields else None
            self.add_error(field, problem.message)
        return cleaned

    def _write(self, cleaned: Mapping[str, Any]) -> None:
        rule = self.rule
        rule.name, rule.trigger = cleaned["name"], cleaned["trigger"]
        rule.store = self._stores.get(cleaned["store"])
        rule.days, rule.position = cleaned["days"], cleaned["position"]
        rule.conditions = {
            name: value
            for name, condition in CONDITIONS.items()
            if (value := _stored(condition.kind, cleaned[name])) not in (None, "", [])
        }
        rule.actions = _actions(cleaned)

    @property
    def head(self) -> list[forms.BoundField]:
        """The fields that say when."""
        return [self[name] for name in ("name", "trigger", "days", "store", "position")]

    @property
    def groups(self) -> list[Group]:
        """The conditions, by what they are about."""
        return [
            self._group(title, [name for name, one in CONDITIONS.items() if one.about == about])
            for about, title in _TITLES.items()
        ]

    @property
    def acts(self) -> list[forms.BoundField]:
        """The fields that say what is done."""
        return [self[name] for name in _ACTS]

    def _group(self, title: "str | Promise", names: list[str]) -> Group:
        fields = [self[name] for name in names]
        is_open = any(one.value() not in (None, "", []) or one.errors for one in fields)
        lists = [one for one in fields if isinstance(one.field, forms.MultipleChoiceField)]
        rest = [one for one in fields if one not in lists]
        return Group(title=title, fields=rest, lists=lists, is_open=is_open)


def _field(kind: Kind, label: Any, choices: Choices) -> forms.Field:
    """Return the field in which a condition of a kind is entered; empty does not ask."""
    if kind is Kind.AMOUNT:
        field: forms.Field = forms.DecimalField(
            label=label,
            required=False,
            max_digits=19,
            decimal_places=4,
            validators=[MinValueValidator(Decimal(0))],
            help_text=_("In the store's currency."),
        )
    elif kind in (Kind.COUNT, Kind.PERCENT):
        most = 100 if kind is Kind.PERCENT else MOST_COUNT
        bounds = [MinValueValidator(0), MaxValueValidator(most)]
        field = forms.IntegerField(label=label, required=False, validators=bounds)
    elif kind is Kind.YES_NO:
        field = _choice(label, _("Does not matter"), [("yes", _("Yes")), ("no", _("No"))])
    elif kind is Kind.LEVEL:
        field = _choice(label, _("Does not matter"), Level.choices)
    elif kind in (Kind.REASONS, Kind.GRADES):
        widget = forms.CheckboxSelectMultiple
        field = forms.MultipleChoiceField(
            label=label, required=False, choices=choices, widget=widget
        )
        field.css = "field--inline"  # type: ignore[attr-defined]
    else:
        words = _("Two-letter codes such as DE, separated by commas.")
        field = forms.CharField(
            label=label,
            required=False,
            max_length=500,
            help_text=words if kind is Kind.COUNTRIES else _("Separated by commas."),
        )
    if kind is Kind.PERCENT:
        field.suffix = "%"  # type: ignore[attr-defined]
    return field


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _stored(kind: Kind, value: Any) -> Any:
    """Return what a rule keeps of an entered condition; None, "" or [] for nothing."""
    if value is None:
        return None
    if kind is Kind.AMOUNT:
        return f"{value:f}"
    if kind is Kind.YES_NO:
        return {"yes": True, "no": False}.get(value)
    if kind is Kind.COUNTRIES:
        return [one.upper() for one in _split(value)]
    if kind is Kind.TAGS:
        return ["-".join(one.lower().split()) for one in _split(value)]
    return value


def _entered(kind: Kind, value: Any) -> Any:
    """Return how a kept condition is entered."""
    if kind is Kind.YES_NO:
        return "yes" if value else "no"
    if kind in LISTS and kind in (Kind.COUNTRIES, Kind.TAGS):
        return ", ".join(value)
    return value


def _actions(cleaned: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the acts that were chosen, with what each needs."""
    told: dict[str, dict[str, Any]] = {
        "approve": {},
        "decline": {"reason": cleaned["decline"], "message": cleaned["decline_message"]},
        "restock": {"grades": cleaned["restock_grades"]},
        "refund": {"pieces": cleaned["refund"]},
        "expire": {"how": cleaned["expire"], "message": cleaned["expire_message"]},
        "close": {},
        "ask": {"text": cleaned["ask_text"]},
        "tag": {"tags": _stored(Kind.TAGS, cleaned["tag"])},
        "assign": {"user": int(cleaned["assign"] or 0)},
        "remind": {},
        "notify": {"to": cleaned["notify"], "text": cleaned["notify_text"]},
    }
    return {name: what for name, what in told.items() if cleaned[name]}


def _initial(rule: AutomationRule) -> dict[str, Any]:
    """Return what the form of a rule shows before somebody types."""
    shown: dict[str, Any] = {
        "name": rule.name,
        "trigger": rule.trigger,
        "days": rule.days,
        "store": str(rule.store_id or ""),
        "position": rule.position,
    }
    for name, value in rule.conditions.items():
        if name != CURRENCY and name in CONDITIONS:
            shown[name] = _entered(CONDITIONS[name].kind, value)
    for name, what in rule.actions.items():
        shown |= _entered_action(name, what)
    return shown


def _entered_action(name: str, what: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "decline": {"decline": what.get("reason"), "decline_message": what.get("message")},
        "restock": {"restock": True, "restock_grades": what.get("grades")},
        "refund": {"refund": what.get("pieces")},
        "expire": {"expire": what.get("how"), "expire_message": what.get("message")},
        "ask": {"ask": True, "ask_text": what.get("text")},
        "tag": {"tag": ", ".join(what.get("tags", ()))},
        "assign": {"assign": str(what.get("user", ""))},
        "notify": {"notify": what.get("to"), "notify_text": what.get("text")},
    }
    return fields.get(name, {name: True})
