"""The forms of store credit: adding, taking, taking back."""

import uuid
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.acts import note_field
from backoffice.forms.errors import ActForm
from backoffice.forms.filters import DateInput, ListForm
from orders import days
from orders.models.fields import AMOUNT_DIGITS
from returns.store_credit.ledger import NOTE_LENGTH


class CreditListForm(ListForm):
    """What the list of accounts is narrowed to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["since"], self.fields["until"]


class TakeBackForm(ActForm):
    """Why an entry is taken back."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    note = note_field(
        _("Reason"),
        max_length=NOTE_LENGTH,
        help_text=_("Kept with the entry, for staff only."),
    )


class AmountForm(TakeBackForm):
    """How much is added or taken by hand, and why."""

    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].prefix = currency  # type: ignore[attr-defined]
        self.fields["amount"].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(["key", "amount", "last_day", "note"])


class AddForm(AmountForm):
    """How much is added, until when it is valid, and why."""

    last_day = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=DateInput,
        help_text=_("The last day on which it can be spent. Empty for no end."),
    )

    def field_name(self, path: Any) -> str | None:
        """Return the field that an error's path is about."""
        return "last_day" if path == ("expires_at",) else super().field_name(path)

    def expires_at(self, zone: ZoneInfo) -> datetime | None:
        """Return the end of the chosen day in the store's zone."""
        day: date | None = self.cleaned_data["last_day"]
        return days.ends(day, zone) if day else None
