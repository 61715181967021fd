"""The form with which a buyer says that a parcel was handed in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from returns.errors import ReturnError
from returns.parcels import tracking
from returns.parcels.tracking import Tracking
from returns.parcels.ways_back import WayBack

PARCEL, WAY = "parcel", "way"


class SentForm(forms.Form):
    """Which parcel it was, and its number if there is one."""

    use_required_attribute = False

    what = forms.ChoiceField(
        label=gettext_lazy("What did you hand in?"), widget=forms.RadioSelect, required=True
    )
    number = forms.CharField(
        label=gettext_lazy("Tracking number"),
        required=False,
        help_text=gettext_lazy("It is on the receipt from the counter. Without one, leave it out."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"), required=False)

    def __init__(
        self, *args: Any, ways: Sequence[WayBack], chosen: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        what, carrier = self.fields["what"], self.fields["carrier"]
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 - for the type checker
        assert isinstance(carrier, forms.ChoiceField)  # noqa: S101
        options = _options(ways)
        what.choices = options
        what.initial = chosen or options[0][0]
        if len(options) == 1:
            what.widget = forms.HiddenInput()
        carrier.choices = [("", _("I do not know")), *tracking.choices()]

    @property
    def parcel_id(self) -> int | None:
        """The parcel that was chosen; None for a new one."""
        kind, _sep, key = self.cleaned_data["what"].partition("-")
        return int(key) if kind == PARCEL else None

    @property
    def work_id(self) -> int | None:
        """The way that a new parcel takes."""
        kind, _sep, key = self.cleaned_data["what"].partition("-")
        return int(key) if kind == WAY else None

    @property
    def tracking(self) -> Tracking:
        """What was said of its tracking."""
        return Tracking(number=self.cleaned_data["number"], carrier=self.cleaned_data["carrier"])

    def attach(self, error: ReturnError) -> None:
        """Show what the verb refused at its field."""
        name = error.field[1] if error.field[:1] == ("tracking",) else "what"
        self.add_error(name if name in self.fields else None, error.message)


def option(parcel_id: int) -> str:
    """Return the choice that means a parcel."""
    return f"{PARCEL}-{parcel_id}"


def _options(ways: Sequence[WayBack]) -> list[tuple[str, str]]:
    """Return what can have been handed in: announced parcels, and a new one for each place."""
    found = []
    for way in ways:
        to = _(" to %(place)s") % {"place": way.name} if len(ways) > 1 and way.name else ""
        found += [
            (option(parcel.pk), _("Parcel %(number)s") % {"number": parcel.number} + to)
            for parcel in way.parcels
            if parcel.is_to_be_sent
        ]
        new = _("Another parcel") if way.parcels else _("A parcel")
        found.append((f"{WAY}-{way.pk}", new + to))
    return found
