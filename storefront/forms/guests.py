"""Looking an order up without signing in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.guest_access import CODE_DIGITS


class LookUpForm(forms.Form):
    """The two things that a guest knows of an order."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=100,
        help_text=_("It is in the mail that confirmed your order, such as #1001."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The one you gave with the order."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The code from the mail; spaces and hyphens do not matter."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].css = "field--code"  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        """Return the digits; anything but six of them cannot be a code."""
        code = "".join(part for part in self.cleaned_data["code"] if part not in " -\u2013\u00a0")
        if len(code) != CODE_DIGITS or not (code.isascii() and code.isdigit()):
            raise forms.ValidationError(_("Enter the 6 digits from the mail."), code="invalid")
        return code
