"""Forms about programs that buyers sign in with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class LinesField(forms.CharField):
    """Addresses, one in a line; a list of those that are not empty."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})

    def clean(self, value: Any) -> list[str]:
        """Return the lines."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class ProgramForm(forms.Form):
    """A new program that buyers sign in with."""

    name = forms.CharField(label=_("Name"), max_length=100)
    redirect_uris = LinesField(
        label=_("Where buyers come back to"),
        max_length=2000,
        help_text=_("One address a line, as in https://shop.example/account/authorize."),
    )
    logout_uris = LinesField(
        label=_("Where they come back to after signing out"),
        max_length=2000,
        required=False,
        help_text=_("One address a line."),
    )
    origins = LinesField(
        label=_("Pages that call the API themselves"),
        max_length=2000,
        required=False,
        help_text=_("One origin a line, as in https://shop.example. Empty for a server or an app."),
    )
    is_confidential = forms.BooleanField(
        label=_("It runs on a server and keeps a secret"), required=False
    )
