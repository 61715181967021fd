"""The forms about parcels back: announcing one, its label, how it is followed and how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.articles import Article, describe
from backoffice.forms.errors import ActForm
from returns.models import ParcelState, ReverseDelivery, ReverseFulfillmentLine
from returns.parcels import carriers, labels, tracking
from returns.parcels.deliveries import Label, Pieces, Tracking

# Grams: what carriers take as a parcel at most, twice over.
HEAVIEST = 70_000


def _set_choices(field: forms.Field, choices: Sequence[tuple[str, Any]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class TrackingForm(ActForm):
    """How a parcel can be followed."""

    number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    carrier = forms.ChoiceField(
        label=gettext_lazy("Carrier"),
        required=False,
        help_text=gettext_lazy("Left open, it is told from the number where that is certain."),
    )
    other_carrier = forms.CharField(
        label=gettext_lazy("Another carrier"),
        required=False,
        help_text=gettext_lazy("One that is not in the list."),
    )
    url = forms.CharField(
        label=gettext_lazy("Tracking link"),
        required=False,
        help_text=gettext_lazy("Empty for the carrier's own page."),
        widget=forms.URLInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_choices(self.fields["carrier"], [("", _("Not said")), *tracking.choices()])

    @property
    def tracking(self) -> Tracking:
        """What was entered, as the verbs are told."""
        return Tracking(
            number=self.cleaned_data["number"],
            carrier=self.cleaned_data["other_carrier"] or self.cleaned_data["carrier"],
            url=self.cleaned_data["url"],
        )

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error at ("tracking", ...)."""
        if path[:1] == ("tracking",) and len(path) > 1:
            is_other = path[1] == "carrier" and self.cleaned_data.get("other_carrier")
            return "other_carrier" if is_other else path[1]
        return super().field_name(path)


def tracking_initial(parcel: ReverseDelivery) -> dict[str, str]:
    """Return what the form about a parcel's tracking begins with."""
    known = tracking.known(Tracking(number=parcel.tracking_number, carrier=parcel.carrier))
    return {
        "number": parcel.tracking_number,
        "carrier": parcel.carrier,
        "other_carrier": "" if parcel.carrier else parcel.carrier_name,
        "url": "" if parcel.tracking_url == known.url else parcel.tracking_url,
    }


class LabelForm(ActForm):
    """Where a label comes from: a file, a link, or made here."""

    label = forms.FileField(
        label=gettext_lazy("Label as a file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png"}),
    )
    label_url = forms.CharField(
        label=gettext_lazy("Or a link to it"), required=False, widget=forms.URLInput
    )
    adapter = forms.ChoiceField(label=gettext_lazy("Or made here"), required=False)
    notify = forms.BooleanField(
        label=gettext_lazy("Mail the label to the buyer"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {
            carriers.OWN: _("An address label with barcode and QR code"),
            "karrio": _("Bought from the carrier"),
        }
        made = [(code, names.get(code, code)) for code in carriers.codes()]
        _set_choices(self.fields["adapter"], [("", _("No")), *made])
        limit = filesizeformat(labels.LARGEST)
        self.fields["label"].help_text = _("PDF or PNG, at most %(limit)s.") % {"limit": limit}

    @property
    def wish(self) -> Label:
        """What was entered, as the verbs are told."""
        return Label(
            file=self.cleaned_data["label"],
            url=self.cleaned_data["label_url"],
            adapter=self.cleaned_data["adapter"],
        )

    def clean_label(self) -> Any:
        """Leave an empty file to the verb, which says what is wrong with it."""
        return self.cleaned_data["label"] or None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line that can go into the parcel, with the field for its pieces."""

    article: Article
    field: BoundField
    most: int
    place: str


class ParcelForm(LabelForm, TrackingForm):
    """A new parcel: what is in it, its label, its tracking."""

    work = forms.TypedChoiceField(
        label=gettext_lazy("Goes to"), coerce=int, widget=forms.RadioSelect, required=True
    )
    weight_grams = forms.IntegerField(
        label=gettext_lazy("Weight"), required=False, min_value=1, max_value=HEAVIEST
    )

    def __init__(
        self,
        *args: Any,
        places: Mapping[int, str],
        lines: Sequence[ReverseFulfillmentLine],
        left: Mapping[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        self.lines = [line for line in lines if left.get(line.pk, 0) > 0]
        self.left = left
        _set_choices(self.fields["work"], [(str(key), name) for key, name in places.items()])
        self.fields["work"].initial = next(iter(places), None)
        if len(places) < 2:
            self.fields["work"].widget = forms.HiddenInput()
        look: dict[str, Any] = {"suffix": "g", "css": "field--short"}
        for name, value in look.items():
            setattr(self.fields["weight_grams"], name, value)
        for line in self.lines:
            sold = line.return_line.fulfillment_line.order_line
            is_usual = len(places) < 2
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=_("Pieces of %(title)s") % {"title": sold.title},
                min_value=0,
                max_value=left[line.pk],
                initial=left[line.pk] if is_usual else 0,
                required=False,
            )

    @property
    def rows(self) -> list[Row]:
        """The lines with their fields, in their order."""
        return [
            Row(
                article=describe(line.return_line.fulfillment_line.order_line),
                field=self[f"line-{line.pk}"],
                most=self.left[line.pk],
                place=self.places[line.reverse_fulfillment_id] if len(self.places) > 1 else "",
            )
            for line in self.lines
        ]

    @property
    def pieces(self) -> list[Pieces]:
        """What was entered to be in the parcel; nothing at all means everything."""
        entered = {line.pk: self.cleaned_data.get(f"line-{line.pk}") or 0 for line in self.lines}
        return [Pieces(line_id=key, quantity=count) for key, count in entered.items() if count]

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error at ("lines", number, ...)."""
        if path[:1] == ("lines",) and len(path) > 1:
            return f"line-{self.pieces[int(path[1])].line_id}"
        return super().field_name(path)


class StateForm(ActForm):
    """How far a parcel is."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=ParcelState.choices, widget=forms.RadioSelect
    )
