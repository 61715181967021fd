"""The form of a rule on top of a policy, drawn from the tables of `returns.policies.rules.schema`.

What was typed goes to the schema as plain data, as a file's content does, and its answers come back
to the fields they are about: the form has no rule of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings as site
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.money import rounded
from returns.policies.rules.schema import (
    CONDITIONS,
    NAME_LENGTH,
    SETTINGS,
    Problem,
    Rule,
    rule_from,
)
from returns.policies.rules.values import TEXT_LENGTH, Kind, Spec, plain_value

_FLAGS = (
    ("", gettext_lazy("not set here")),
    ("yes", gettext_lazy("yes")),
    ("no", gettext_lazy("no")),
)
NONE = "_none"

# The sections of the page: heading, and the names of conditions or settings.
SECTIONS: Final[Sequence[tuple[str, "str | Promise", Sequence[str]]]] = (
    (
        "conditions",
        gettext_lazy("Which goods"),
        (
            *("products", "product_types", "vendors", "tags"),
            *("price_from", "price_until", "discount_from", "discount_until"),
        ),
    ),
    (
        "conditions",
        gettext_lazy("Which buyers"),
        ("countries", "regions", "customer_groups", "customer_tags", "channels"),
    ),
    (
        "conditions",
        gettext_lazy("When and why"),
        ("bought_from", "bought_until", "reasons", "resolutions"),
    ),
    ("settings", gettext_lazy("Whether goods go back"), ("returnable", "returnable_text")),
    (
        "settings",
        gettext_lazy("Until when"),
        ("window_days", "window_start", "transit_days", "until", "next_business_day"),
    ),
    (
        "settings",
        gettext_lazy("What buyers may have"),
        ("offers_money", "offers_credit", "exchanges", "offers_replacement", "offers_repair"),
    ),
    (
        "settings",
        gettext_lazy("Exchange and store credit"),
        (
            *("instant_exchange", "reservation_hours"),
            *("credit_bonus_percent", "credit_bonus_amount", "credit_valid_days"),
        ),
    ),
    (
        "settings",
        gettext_lazy("Fees and delivery cost"),
        ("restocking_fee_percent", "return_shipping_fee", "shipping_refund"),
    ),
    (
        "settings",
        gettext_lazy("How it goes on"),
        (
            *("auto_approve", "comment_needed", "photos_needed", "keep_item_below"),
            *("days_to_send", "label", "location"),
        ),
    ),
    ("settings", gettext_lazy("Before it is sent"), ("cancel_unsent", "cancel_minutes")),
)


class RuleForm(forms.Form):
    """A rule: fields are named as its conditions and settings are."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    active = forms.BooleanField(label=gettext_lazy("Switched on"), required=False, initial=True)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), required=False)
    valid_until = forms.DateField(label=gettext_lazy("Valid until"), required=False)

    def __init__(
        self,
        *args: Any,
        key: str,
        currency: str,
        version: int,
        rule: Rule | None = None,
        reasons: Iterable[tuple[str, str]] = (),
        locations: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        """Draw the form.

        key: of the rule. version: the one that is looked at. reasons: handle and name of each.
        locations: code and name of each.
        """
        super().__init__(*args, **kwargs)
        self.key = key
        self.rule: Rule | None = None
        self.initial["base"] = version
        for name in ("valid_from", "valid_until"):
            self.fields[name].widget = _day_input()
            self.fields[name].css = "field--short"  # type: ignore[attr-defined]
        for specs in (CONDITIONS, SETTINGS):
            for name, spec in specs.items():
                self.fields.update(_fields(name, spec, currency))
        known = list(reasons)
        named = rule.conditions.get("reasons", ()) if rule else ()
        lost = [(handle, handle) for handle in named if handle not in dict(known)]
        self.fields["reasons"] = forms.MultipleChoiceField(
            label=_("Return reason"),
            required=False,
            choices=[*known, *lost],
            widget=forms.CheckboxSelectMultiple,
        )
        place = rule.settings.get("location", "") if rule else ""
        places = {"": _("not set here"), **({place: place} if place else {}), **dict(locations)}
        self.fields["location"] = forms.ChoiceField(
            label=_("Goes back to location"), required=False, choices=list(places.items())
        )
        if rule is not None:
            self.initial.update(_initial(rule, currency))

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The fields under their headings."""
        return [
            {
                "half": half,
                "title": title,
                "fields": [
                    self[field]
                    for name in names
                    for field in (name, *_more(name))
                    if field in self.fields
                ],
            }
            for half, title, names in SECTIONS
        ]

    def clean(self) -> dict[str, Any]:
        """Have the schema read what was typed."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        plain = {
            "name": cleaned["name"],
            "active": cleaned["active"],
            "valid_from": plain_value(cleaned["valid_from"]),
            "valid_until": plain_value(cleaned["valid_until"]),
            "conditions": _typed(CONDITIONS, cleaned),
            "settings": _typed(SETTINGS, cleaned),
        }
        read = rule_from(plain, key=self.key)
        if isinstance(read, Rule):
            self.rule = read
        else:
            self._attach(read)
        return cleaned

    def _attach(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            name = str(problem.path[-1]) if problem.path else ""
            if name in TEXTS_OF:
                name = TEXTS_OF[name]
            self.add_error(name if name in self.fields else None, problem.message)


def _text_name(name: str, code: str) -> str:
    return f"{name}_{code}"


TEXTS_OF: Final[Mapping[str, str]] = {
    name: _text_name(name, site.LANGUAGE_CODE)
    for name, spec in SETTINGS.items()
    if spec.kind == Kind.TEXTS
}


def _more(name: str) -> list[str]:
    """Return the names of the fields that a setting has beside its own."""
    return [name + NONE, *(_text_name(name, code) for code, _language in site.LANGUAGES)]


def _day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _fields(name: str, spec: Spec, currency: str) -> dict[str, forms.Field]:
    """Return the field of a condition or setting, and what belongs to it."""
    label = str(spec.label)
    label = label[:1].upper() + label[1:]
    if spec.kind == Kind.TEXTS:
        return {
            _text_name(name, code): forms.CharField(
                label=f"{label} ({language})", max_length=TEXT_LENGTH, required=False
            )
            for code, language in site.LANGUAGES
        }
    field = _field(spec)
    field.label, field.required, field.help_text = label, False, str(spec.hint)
    _look(field, spec, currency)
    fields: dict[str, forms.Field] = {name: field}
    if spec.none:
        words = _("%(setting)s: %(none)s") % {"setting": label, "none": spec.none}
        fields[name + NONE] = forms.BooleanField(label=words, required=False)
    return fields


def _field(spec: Spec) -> forms.Field:
    choices = spec.choices.choices if spec.choices else []
    makers: dict[Kind, Callable[[], forms.Field]] = {
        Kind.WORD: forms.CharField,
        Kind.WORDS: lambda: forms.CharField(widget=forms.Textarea(attrs={"rows": 2})),
        Kind.DAY: lambda: forms.DateField(widget=_day_input()),
        Kind.COUNT: forms.IntegerField,
        Kind.FLAG: lambda: forms.ChoiceField(choices=_FLAGS),
        Kind.CHOICES: lambda: forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple
        ),
        Kind.CHOICE: lambda: forms.ChoiceField(choices=[("", _("not set here")), *choices]),
    }
    return makers.get(spec.kind, forms.DecimalField)()


def _look(field: forms.Field, spec: Spec, currency: str) -> None:
    looks: dict[Kind, dict[str, Any]] = {
        Kind.AMOUNT: {"prefix": currency, "css": "field--short"},
        Kind.PERCENT: {"suffix": "%", "css": "field--short"},
        Kind.COUNT: {"suffix": spec.unit, "css": "field--short"},
        Kind.DAY: {"css": "field--short"},
    }
    for attribute, value in looks.get(spec.kind, {}).items():
        setattr(field, attribute, value)


def _initial(rule: Rule, currency: str) -> dict[str, Any]:
    """Return what the fields show of a rule."""
    found: dict[str, Any] = {
        "name": rule.name,
        "active": rule.active,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
    }
    for specs, values in ((CONDITIONS, rule.conditions), (SETTINGS, rule.settings)):
        for name, value in values.items():
            found.update(_shown(name, specs[name], value, currency))
    found["reasons"] = list(rule.conditions.get("reasons", ()))
    return found


def _shown(name: str, spec: Spec, value: Any, currency: str) -> dict[str, Any]:
    if value is None:
        return {name + NONE: True}
    if spec.kind == Kind.TEXTS:
        return {_text_name(name, code): text for code, text in value.items()}
    shown: dict[Kind, Callable[[], Any]] = {
        Kind.WORDS: lambda: "\n".join(value),
        Kind.CHOICES: lambda: list(value),
        Kind.AMOUNT: lambda: rounded(value, currency),
        Kind.FLAG: lambda: "yes" if value else "no",
    }
    return {name: shown.get(spec.kind, lambda: value)()}


def _typed(specs: Mapping[str, Spec], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the schema reads it; what was left empty is not set."""
    plain: dict[str, Any] = {}
    for name, spec in specs.items():
        value: Any
        if spec.kind == Kind.TEXTS:
            codes = [code for code, _language in site.LANGUAGES]
            value = {c: t for c in codes if (t := cleaned.get(_text_name(name, c)))}
        else:
            value = cleaned.get(name)
        if spec.kind == Kind.WORDS and isinstance(value, str):
            value = _words(value, is_codes=name == "countries")
        if cleaned.get(name + NONE):
            plain[name] = None
        elif value not in (None, "", [], {}):
            plain[name] = plain_value(value)
    return plain


def _words(typed: str, *, is_codes: bool) -> list[str]:
    """Return words, one per line or parted by semicolons; codes by commas and spaces, too."""
    text = typed.replace(";", "\n")
    if is_codes:
        text = text.replace(",", "\n").replace(" ", "\n").upper()
    return [word.strip() for word in text.splitlines() if word.strip()]
