"""What somebody fills in who withdraws: no more than name, contract and where the receipt goes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import OrderLine
from returns.models import WithdrawalFunction
from returns.models.withdrawals import ITEMS_LENGTH, NAME_LENGTH, REFERENCE_LENGTH


def _name() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


def _email() -> forms.EmailField:
    return forms.EmailField(
        label=gettext_lazy("E-mail address for the confirmation"),
        max_length=254,
        help_text=gettext_lazy("Best the one you gave with the order: then we find it at once."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class WithdrawForm(forms.Form):
    """For somebody who is not known. Nothing here says whether an order exists."""

    name = _name()
    store = forms.ChoiceField(label=gettext_lazy("Shop"))
    number = forms.CharField(
        label=gettext_lazy("Order number"),
        max_length=REFERENCE_LENGTH,
        help_text=gettext_lazy(
            "Or what else tells us which contract you mean, such as an invoice number."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    items = forms.CharField(
        label=gettext_lazy("Only some of the items?"),
        required=False,
        max_length=ITEMS_LENGTH,
        help_text=gettext_lazy("Then name them and how many. Leave it empty for everything."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    email = _email()

    def __init__(self, *args: Any, offered: Sequence[WithdrawalFunction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = [(function.store.code, function.store.name) for function in offered]
        if len(stores) == 1:
            del self.fields["store"]
        elif isinstance(self.fields["store"], forms.ChoiceField):
            self.fields["store"].choices = [("", _("Choose")), *stores]
        self.stores = dict(stores)

    @property
    def store_code(self) -> str:
        """The code of the store that was chosen, or of the only one."""
        return str(self.cleaned_data.get("store") or next(iter(self.stores)))


class WithdrawOrderForm(forms.Form):
    """For a buyer who is known, about one of their orders: how many of each item.

    name and email: what is known already is not asked again.
    """

    name = _name()
    email = _email()

    def __init__(
        self, *args: Any, lines: Sequence[OrderLine], name: str, email: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for field, known in (("name", name), ("email", email)):
            if known:
                del self.fields[field]
        for line in lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=_("How many?"), min_value=0, max_value=line.quantity, initial=line.quantity
            )

    def clean(self) -> dict[str, Any]:
        """Refuse a withdrawal from nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(f"line-{line.pk}") for line in self.lines):
            raise forms.ValidationError(_("Choose at least one item."), code="nothing")
        return cleaned

    @property
    def pieces(self) -> list[tuple[OrderLine, int]]:
        """The chosen lines with pieces."""
        chosen = [(line, self.cleaned_data[f"line-{line.pk}"]) for line in self.lines]
        return [(line, count) for line, count in chosen if count]

    @property
    def is_whole(self) -> bool:
        """Whether everything that was ordered is chosen."""
        return [(line, line.quantity) for line in self.lines] == self.pieces
