"""Returning a gift: its code, and who returns it."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from returns.errors import ReturnError


class GiftCodeForm(forms.Form):
    """The code on the gift receipt; case, spaces and hyphens do not matter."""

    code = forms.CharField(
        label=_("Gift code"),
        max_length=60,
        help_text=_("Three groups of four letters and digits, on the gift receipt."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


def _words(label: Any, name: str, most: int, **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": name})
    return forms.CharField(label=label, max_length=most, widget=widget, **more)


class RecipientForm(forms.Form):
    """Who returns a gift: where the credit goes, and what the parcel comes from."""

    use_required_attribute = False

    name = _words(_("Your name"), "name", 200)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The slip and your store credit go there. Whoever gave it gets no mail."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    line1 = _words(_("Street and number"), "address-line1", 200, required=False)
    postal_code = _words(_("Postal code"), "postal-code", 20, required=False)
    city = _words(_("City"), "address-level2", 100, required=False)

    ADDRESS: Final = ("line1", "postal_code", "city")

    @property
    def who(self) -> list[Any]:
        """The fields that are needed."""
        return [self["name"], self["email"]]

    @property
    def where(self) -> list[Any]:
        """The fields of the address, which nobody has to give."""
        return [self[name] for name in self.ADDRESS]

    def address(self, country: str) -> dict[str, str]:
        """Return what was entered, with the keys of `orders.addresses`; {} for nothing."""
        found = {name: self.cleaned_data[name] for name in self.ADDRESS}
        return {**found, "country": country} if any(found.values()) else {}

    def attach(self, error: ReturnError) -> bool:
        """Put an error of the domain next to the field it is about; whether there is one."""
        name = error.field[0] if error.field else ""
        if name in self.fields:
            self.add_error(name, error.message)
        return name in self.fields

    def all_errors(self) -> list[Mapping[str, Any]]:
        """Return every error for the summary of the page."""
        return [
            {"message": message, "about": self[name].label, "url": f"#{self[name].id_for_label}"}
            for name, messages in self.errors.items()
            for message in messages
        ]
