"""The forms of the bench at which parcels are counted: one scan, one act."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.acts import ConfirmForm
from backoffice.forms.errors import ActForm
from orders.models import Location
from returns.barcodes import LONGEST
from returns.lifecycle import UnexpectedPieces
from returns.models import Grade
from returns.receiving.booking import PIECE_NOTE_LENGTH
from returns.receiving.scanning import TYPES, Handling

_PLAIN_TEXT = {
    "autocomplete": "off",
    "autocapitalize": "off",
    "autocorrect": "off",
    "spellcheck": "false",
}


def code_field(label: Any, **options: Any) -> forms.CharField:
    """Return the field that scanners type into; a phone's keyboard must change nothing."""
    widget = forms.TextInput(attrs={**_PLAIN_TEXT, "autofocus": True, "maxlength": LONGEST})
    return forms.CharField(label=label, required=False, widget=widget, strip=True, **options)


class SlipForm(ActForm):
    """What was scanned to begin with."""

    code = code_field(
        _("Scan the slip"),
        help_text=_("The bars or the QR code of the slip, or the tracking number of the parcel."),
    )


class GradeForm(ActForm):
    """In what condition the pieces are."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    grade = forms.ChoiceField(label=_("Condition"), widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, grades: Sequence[Grade], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grades = grades
        choice = self.fields["grade"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(grade.handle, grade.name) for grade in grades]
        choice.initial = choice.initial or (grades[0].handle if grades else "")
        choice.css = "field--inline"  # type: ignore[attr-defined]


class ScanForm(GradeForm):
    """One scan, with how the scanned pieces are; all but the code stays for the next one."""

    code = code_field(_("Scan an item"), help_text=_("SKU or barcode. Each scan is one piece."))
    line = forms.IntegerField(widget=forms.HiddenInput, required=False)
    type = forms.ChoiceField(
        label=_("What becomes of it"),
        required=False,
        choices=[("", _("As usual for the condition")), *[(t.value, t.label) for t in TYPES]],
    )
    location = forms.TypedChoiceField(
        label=_("Location"), required=False, coerce=int, empty_value=None
    )
    note = forms.CharField(
        label=_("Note about the piece"), required=False, max_length=PIECE_NOTE_LENGTH
    )

    def __init__(self, *args: Any, locations: Sequence[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(locations) > 1:
            choices = [("", _("The store's place for returns"))]
            place = self.fields["location"]
            if isinstance(place, forms.ChoiceField):
                place.choices = [*choices, *[(one.pk, one.name) for one in locations]]
        else:
            del self.fields["location"]
        self.order_fields(["key", "line", "code", "grade", "type", "location", "note"])

    @property
    def handling(self) -> Handling:
        """How the pieces are, of a valid form."""
        said = self.cleaned_data
        return Handling(
            grade=said["grade"],
            type=said["type"],
            location_id=said.get("location"),
            note=said["note"],
        )


class UnexpectedForm(GradeForm):
    """Something in the parcel that no scan knows."""

    title = forms.CharField(label=_("What is it?"), max_length=255, required=False)
    sku = forms.CharField(label=_("SKU or code"), max_length=100, required=False)
    quantity = forms.IntegerField(label=_("Pieces"), initial=1, min_value=1)
    note = forms.CharField(label=_("Note"), required=False, max_length=PIECE_NOTE_LENGTH)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quantity"].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(["key", "title", "sku", "quantity", "grade", "note"])

    @property
    def pieces(self) -> UnexpectedPieces:
        """What was found, of a valid form."""
        said = self.cleaned_data
        return UnexpectedPieces(
            title=said["title"],
            sku=said["sku"],
            quantity=said["quantity"],
            grade=said["grade"],
            note=said["note"],
        )


class PhotoForm(ActForm):
    """A photo of something on the bench."""

    photo = forms.FileField(
        label=_("Photo"),
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"}
        ),
        help_text=_("JPEG, PNG or WebP. Where and with what it was taken is not kept."),
    )


class FinishForm(ConfirmForm):
    """What becomes of pieces that were not scanned, and a note."""

    until = forms.IntegerField(widget=forms.HiddenInput)
    rest = forms.ChoiceField(
        label=_("Pieces that were not scanned"),
        widget=forms.RadioSelect,
        choices=[
            ("expected", _("may still come")),
            ("missing", _("are missing for good")),
        ],
        initial="expected",
        required=False,
    )

    def __init__(self, *args: Any, has_rest: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_rest:
            del self.fields["rest"]
        self.order_fields(["until", "rest", "note"])
