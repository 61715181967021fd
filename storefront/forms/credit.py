"""Store credit: the code that opens a guest's account, and what the buyer wants back."""

import uuid
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models.fields import AMOUNT_DIGITS

# The field on the page that asks for a return; its values are those of RefundTo.
REFUND_TO: Final = "refund_to"


class CreditPaymentForm(forms.Form):
    """What a buyer was shown and agreed to: so much store credit for a replacement, once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    amount = forms.DecimalField(
        widget=forms.HiddenInput,
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
    )


class CreditCodeForm(forms.Form):
    """The code from the mail; case, spaces and hyphens do not matter."""

    code = forms.CharField(
        label=_("Code from the mail"),
        max_length=60,
        help_text=_("Five groups of four letters and digits."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )
