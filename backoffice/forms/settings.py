"""The forms of the settings; what they hold is validated by the models."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from orders.models import Location, Store
from orders.money import is_currency, rounded
from orders.time_zones import offered
from returns.models import Grade, ReturnPolicy
from returns.models.policies import FulfillmentState

ADDRESS = ("company", "line1", "line2", "postal_code", "city", "region", "country")


def look(form: forms.BaseForm, looks: dict[str, dict[str, Any]]) -> None:
    """Give fields their looks (css, prefix, suffix), as `docs/look.md` says."""
    for name, look in looks.items():
        for attribute, value in look.items():
            setattr(form.fields[name], attribute, value)


class PolicyForm(forms.ModelForm):
    """The terms of a store for the orders that come in from now on."""

    returnable_states = forms.MultipleChoiceField(
        label=_("What may go back is"),
        choices=FulfillmentState.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = ReturnPolicy
        fields = (
            "window_days",
            "window_start",
            "returnable_states",
            "restocking_fee_percent",
            "return_shipping_fee",
            "shipping_refund",
            "transit_days",
            "next_business_day",
            "days_to_send",
            "comment_needed",
            "photos_needed",
            "auto_approve",
            "offers_money",
            "offers_credit",
            "exchanges",
            "offers_replacement",
            "offers_repair",
            "credit_bonus_percent",
            "credit_bonus_amount",
            "credit_valid_days",
            "keep_item_below",
            "label",
            "instant_exchange",
            "reservation_hours",
            "cancel_unsent",
            "cancel_minutes",
            "instructions",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = self.instance.store.currency
        for name in ("return_shipping_fee", "credit_bonus_amount", "keep_item_below"):
            if (amount := getattr(self.instance, name)) is not None:
                self.initial[name] = rounded(Decimal(amount), currency)
        self.fields["transit_days"].required = False
        short = {"css": "field--short"}
        look(
            self,
            {
                "window_days": {"suffix": _("days"), **short},
                "transit_days": {"suffix": _("days"), **short},
                "days_to_send": {"suffix": _("days"), **short},
                "reservation_hours": {"suffix": _("hours"), **short},
                "cancel_minutes": {"suffix": _("minutes"), **short},
                "restocking_fee_percent": {"suffix": "%", **short},
                "return_shipping_fee": {"prefix": currency, **short},
                "credit_bonus_percent": {"suffix": "%", **short},
                "credit_bonus_amount": {"prefix": currency, **short},
                "credit_valid_days": {"suffix": _("days"), **short},
                "keep_item_below": {"prefix": currency, **short},
                "returnable_states": {"css": "field--inline"},
            },
        )

    def clean_transit_days(self) -> int:
        """Take none for empty."""
        return int(self.cleaned_data["transit_days"] or 0)


class NamedForm(forms.ModelForm):
    """Something with a name in each language of the sites."""

    # What stands between the names and "offered".
    own_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["handle"].disabled = True
        for code, language in settings.LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name (%(language)s)") % {"language": language},
                max_length=100,
                required=code == settings.LANGUAGE_CODE,
                initial=self.instance.names.get(code, ""),
            )
        names = [f"name_{code}" for code, _language in settings.LANGUAGES]
        self.order_fields(["handle", *names, "position", *self.own_fields, "active"])
        look(self, {"position": {"css": "field--short"}})

    def save(self, commit: bool = True) -> Any:
        """Save with the names that were entered; names in other languages stay."""
        entered = {code: self.cleaned_data[f"name_{code}"] for code, _name in settings.LANGUAGES}
        names = {**self.instance.names, **entered}
        self.instance.names = {code: name for code, name in names.items() if name}
        return super().save(commit)


HANDLE_HELP = {"handle": _("What APIs and imports call it. It cannot be changed later.")}


class GradeForm(NamedForm):
    """A grade with its names, and what usually becomes of pieces in that condition."""

    own_fields = ("disposition",)

    class Meta:
        model = Grade
        fields = ("handle", "position", "active", "disposition")
        help_texts = {**HANDLE_HELP, "position": _("The better the condition, the smaller.")}


class LocationForm(forms.ModelForm):
    """A place that goods lie at and come back to."""

    class Meta:
        model = Location
        fields = ("code", "name", "accepts_returns", *ADDRESS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _fix_code(self)


class StoreForm(forms.ModelForm):
    """A shop front: its currency, language, time zone, paper and sender."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Store
        fields = (
            "code",
            "name",
            "email",
            "language",
            "currency",
            "time_zone",
            "page_size",
            "return_location",
            "refund_split",
            "decide_days",
            "refund_days",
            *ADDRESS,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _fix_code(self)
        _offer_zones(self)
        places = self.fields["return_location"]
        if isinstance(places, forms.ModelChoiceField):
            places.queryset = Location.objects.filter(accepts_returns=True)
            places.empty_label = str(_("Nowhere yet"))
        self.fields["language"].help_text = _("Of orders that do not say theirs, such as en or de.")
        short = ("currency", "language", "decide_days", "refund_days")
        look(self, {name: {"css": "field--short"} for name in short})

    def clean_currency(self) -> str:
        """Refuse what is no currency."""
        currency = str(self.cleaned_data["currency"]).upper()
        if not is_currency(currency):
            raise ValidationError(_("Unknown currency."))
        return currency


def _offer_zones(form: forms.BaseModelForm) -> None:
    """Offer today's time zones, and the one that the store has, by whatever name it has it."""
    zones = form.fields["time_zone"]
    if isinstance(zones, forms.ChoiceField):
        names = dict.fromkeys((*offered(), form.instance.time_zone))
        zones.choices = [(name, name) for name in names]


def _fix_code(form: forms.BaseModelForm) -> None:
    """Let a code be chosen once: imports name stores and locations by it."""
    form.fields["code"].help_text = _("What imports call it. It cannot be changed later.")
    form.fields["code"].disabled = bool(form.instance.pk)


class MemberForm(forms.Form):
    """Somebody who works here."""

    email = forms.EmailField(label=_("E-mail address"), help_text=_("A code to sign in goes here."))
    name = forms.CharField(label=_("Name"), max_length=200)
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(
        label=_("May sign in"), required=False, initial=True, help_text=_("Off for who has left.")
    )

    def __init__(self, *args: Any, member: User | None = None, **kwargs: Any) -> None:
        if member:
            kwargs["initial"] = {
                "email": member.email,
                "name": member.name,
                "roles": member.roles,
                "is_active": member.is_active,
            }
        super().__init__(*args, **kwargs)
        if member:
            self.fields["email"].disabled = True
        else:
            del self.fields["is_active"]
