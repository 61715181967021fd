"""The forms of the acts on replacements."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.articles import Article
from backoffice.forms.acts import ConfirmForm, QuantitiesForm
from backoffice.replacements import article_of
from orders.models import PaymentMethod
from orders.models.fields import AMOUNT_DIGITS
from returns.lifecycle import ExchangeRequest, Tracking
from returns.models import ReturnLine


class ExchangeQuantitiesForm(QuantitiesForm):
    """Pieces per replacement of a return, with a note."""

    path = "exchanges"
    has_reasons = False

    def article(self, line: Any) -> Article:
        """Return what a replacement's pieces are of."""
        return article_of(line)


class SendForm(ExchangeQuantitiesForm):
    """Which replacements are sent, and how they travel."""

    tracking_company = forms.CharField(label=_("Carrier"), required=False, max_length=100)
    tracking_number = forms.CharField(label=_("Tracking number"), required=False, max_length=100)
    tracking_url = forms.URLField(
        label=_("Tracking link"), required=False, max_length=500, assume_scheme="https"
    )

    @property
    def more_fields(self) -> list[BoundField]:
        """How the parcel travels, and the note."""
        names = ("tracking_company", "tracking_number", "tracking_url", "note")
        return [self[name] for name in names]

    @property
    def tracking(self) -> Tracking:
        """How the parcel travels."""
        return Tracking(
            company=self.cleaned_data["tracking_company"],
            number=self.cleaned_data["tracking_number"],
            url=self.cleaned_data["tracking_url"],
        )


class AddExchangeForm(ConfirmForm):
    """A replacement: which article, how many, in place of what, at what discount."""

    replaces = forms.ChoiceField(label=_("In place of"), required=False)
    sku = forms.CharField(
        label=_("SKU of the replacement"),
        max_length=100,
        help_text=_("Those of the same product that are in stock are suggested."),
        widget=forms.TextInput(attrs={"list": "offers", "autocomplete": "off"}),
    )
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, initial=1)
    discount = forms.DecimalField(
        label=_("Discount"),
        required=False,
        min_value=Decimal(0),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
        help_text=_("Off the price of all pieces. Empty for none."),
    )
    override_policy = forms.BooleanField(
        label=_("Set the return policy aside"),
        required=False,
        help_text=_("For other products, or more pieces than go back."),
    )

    def __init__(
        self, *args: Any, lines: Sequence[ReturnLine], currency: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        names = [
            (str(line.pk), f"{line.fulfillment_line.order_line}") for line in lines if line.quantity
        ]
        choices = [*names, ("", _("Nothing in particular"))]
        self.fields["replaces"].choices = choices  # type: ignore[attr-defined]
        self.fields["replaces"].initial = choices[0][0]
        self.fields["discount"].prefix = currency  # type: ignore[attr-defined]
        for name in ("quantity", "discount"):
            self.fields[name].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(["replaces", "sku", "quantity", "discount", "override_policy", "note"])

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error at ("exchanges", "0", ...)."""
        names = {"variant": "sku", "quantity": "quantity", "discount": "discount"}
        if path[:1] == ("exchanges",):
            return names.get(path[2], "replaces") if len(path) > 2 else None
        return super().field_name(path)

    def wish(self, variant_id: int) -> ExchangeRequest:
        """Return what was entered, as the verb is told."""
        said = self.cleaned_data
        return ExchangeRequest(
            variant_id=variant_id,
            quantity=said["quantity"],
            replaces=int(said["replaces"]) if said["replaces"] else None,
            discount=said["discount"] or Decimal(0),
        )


class PaymentForm(ConfirmForm):
    """What the buyer paid by hand."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=PaymentMethod.choices, initial=PaymentMethod.BANK_TRANSFER
    )
    reference = forms.CharField(
        label=_("Reference of the payment"),
        required=False,
        max_length=200,
        help_text=_("As in the number of a bank transfer."),
    )

    def __init__(self, *args: Any, currency: str, credit: Decimal, **kwargs: Any) -> None:
        """credit: what can be spent of the buyer's store credit, in `currency`; 0 offers none.

        What was sent is left to the verb: a second click comes when all is spent.
        """
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            (value, label)
            for value, label in PaymentMethod.choices
            if credit or self.is_bound or value != PaymentMethod.STORE_CREDIT
        ]
        self.fields["amount"].prefix = currency  # type: ignore[attr-defined]
        self.fields["amount"].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(["key", "amount", "method", "reference", "note"])
