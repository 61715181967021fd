"""The forms for parcels to the buyer: with refused goods, and with repaired ones."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.acts import QuantitiesForm, note_field
from returns.acts import NOTE_LENGTH


class ShipBackForm(QuantitiesForm):
    """What goes back to the buyer, why, and how it travels."""

    message = note_field(
        _("Message to the buyer"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Why you do not take it back. Goes into the mail to the buyer."),
    )
    carrier = forms.CharField(label=_("Carrier"), required=False, max_length=100)
    tracking_number = forms.CharField(label=_("Tracking number"), required=False, max_length=100)
    tracking_url = forms.URLField(
        label=_("Tracking link"), required=False, max_length=500, assume_scheme="https"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["note"]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields beside the pieces, as they stand on the page."""
        return [self[name] for name in ("message", "carrier", "tracking_number", "tracking_url")]

    @property
    def parcel(self) -> dict[str, Any]:
        """What was entered about the parcel, by argument of the verb."""
        names = ("message", "carrier", "tracking_number", "tracking_url")
        return {name: self.cleaned_data[name] for name in names}


class ShipRepairedForm(ShipBackForm):
    """What was repaired and goes back to the buyer, and how it travels."""

    message = note_field(
        _("Message to the buyer"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("What was done, if you want to say so. Goes into the mail to the buyer."),
    )
