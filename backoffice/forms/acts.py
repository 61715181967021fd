"""The forms of the acts on one return."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.articles import Article, describe
from backoffice.forms.errors import ActForm
from orders.models.fields import AMOUNT_DIGITS
from returns.acts import NOTE_LENGTH
from returns.models import DeclineReason, ReturnLine


def note_field(label: Any, **options: Any) -> forms.CharField:
    """Return a field for words of a few lines."""
    rows = {"rows": 2}
    return forms.CharField(label=label, widget=forms.Textarea(attrs=rows), **options)


class NoteForm(ActForm):
    """An internal note."""

    body = note_field(_("Internal note"), help_text=_("Only staff can read it."), required=False)


class ConfirmForm(ActForm):
    """Nothing but words for the timeline."""

    note = note_field(
        _("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Kept on the timeline, for staff only."),
    )


class WaiveForm(ActForm):
    """Why a fee is let go of."""

    reason = note_field(
        _("Reason"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Kept on the timeline, for staff only."),
    )


class DeclineForm(ActForm):
    """Why a request is refused, and what the buyer is told."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=DeclineReason.choices, widget=forms.RadioSelect
    )
    note = note_field(
        _("Message to the buyer"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Goes into the mail to the buyer. Needed when you chose another reason."),
    )


@dataclass(frozen=True, kw_only=True)
class QuantityRow:
    """An item and the field for its pieces."""

    line: ReturnLine
    field: BoundField
    most: int

    @property
    def article(self) -> Article:
        """What the pieces are of."""
        return describe(self.line.fulfillment_line.order_line)


class QuantitiesForm(ConfirmForm):
    """Pieces per line of a return, with a note."""

    def __init__(
        self,
        *args: Any,
        lines: Sequence[ReturnLine],
        most: Mapping[int, int],
        initial_quantities: Mapping[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if most.get(line.pk)]
        self.most = most
        for line in self.lines:
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=_("Pieces of %(title)s") % {"title": line.fulfillment_line.order_line.title},
                min_value=0,
                max_value=most[line.pk],
                initial=initial_quantities.get(line.pk, 0),
            )

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the line's field for an error at ("lines", primary key, ...)."""
        if path[:1] == ("lines",) and len(path) > 1:
            name = f"line-{path[1]}"
            return name if name in self.fields else None
        return super().field_name(path)

    @property
    def rows(self) -> list[QuantityRow]:
        """The lines with their fields, in their order."""
        return [
            QuantityRow(line=line, field=self[f"line-{line.pk}"], most=self.most[line.pk])
            for line in self.lines
        ]

    @property
    def more_fields(self) -> list[BoundField]:
        """The fields beside the pieces, as they stand on the page."""
        return [self["note"]]

    @property
    def quantities(self) -> dict[int, int]:
        """The entered pieces by return line."""
        return {line.pk: self.cleaned_data[f"line-{line.pk}"] for line in self.lines}


class RefundForm(QuantitiesForm):
    """What is paid back: pieces, shipping, and another amount than proposed if wanted."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    # What the review showed; paid as it stands, whatever the sums are by then.
    reviewed_amount = forms.DecimalField(widget=forms.HiddenInput, required=False)
    reviewed_shipping = forms.DecimalField(widget=forms.HiddenInput, required=False)
    reviewed_credit = forms.DecimalField(widget=forms.HiddenInput, required=False)
    shipping = forms.DecimalField(
        label=_("Shipping"),
        required=False,
        min_value=Decimal(0),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
        help_text=_("How much of the delivery cost goes back."),
    )
    amount = forms.DecimalField(
        label=_("Another amount"),
        required=False,
        min_value=Decimal(0),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
        help_text=_("Empty to pay back what is proposed."),
    )
    to_credit = forms.DecimalField(
        label=_("As store credit"),
        required=False,
        min_value=Decimal(0),
        max_digits=AMOUNT_DIGITS["max_digits"],
        decimal_places=AMOUNT_DIGITS["decimal_places"],
        help_text=_("Of the amount. Empty for what the buyer asked for; 0 for none."),
    )
    reference = forms.CharField(
        label=_("Reference of the payment"),
        required=False,
        max_length=200,
        help_text=_("When you pay by hand, as in the number of a bank transfer."),
    )

    def __init__(
        self, *args: Any, currency: str, payments: Mapping[int, str], **kwargs: Any
    ) -> None:
        """Take the order's payments too: how each is called, by primary key."""
        super().__init__(*args, **kwargs)
        self.payments = payments if len(payments) > 1 else {}
        for payment, name in self.payments.items():
            self.fields[f"part-{payment}"] = self._part_field(name, currency)
        self.fields["note"].help_text = _("Kept with the refund, for staff only.")
        for name in ("shipping", "amount", "to_credit"):
            self.fields[name].prefix = currency  # type: ignore[attr-defined]
            self.fields[name].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(["key", "shipping", "amount", "to_credit", "reference", "note"])

    @staticmethod
    def _part_field(name: str, currency: str) -> forms.DecimalField:
        field = forms.DecimalField(
            label=_("To %(payment)s") % {"payment": name},
            required=False,
            min_value=Decimal(0),
            max_digits=AMOUNT_DIGITS["max_digits"],
            decimal_places=AMOUNT_DIGITS["decimal_places"],
        )
        field.prefix = currency  # type: ignore[attr-defined]
        field.css = "field--short"  # type: ignore[attr-defined]
        return field

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the payment's field for an error at ("parts", primary key)."""
        if path[:1] == ("parts",):
            name = f"part-{path[-1]}"
            return name if name in self.fields else None
        return super().field_name(path)

    @property
    def part_fields(self) -> list[BoundField]:
        """The fields of an order with several payments: what goes to each; else none."""
        return [self[f"part-{payment}"] for payment in self.payments]

    @property
    def parts(self) -> dict[int, Decimal] | None:
        """What was entered by payment, an empty field as 0; None when all are empty."""
        found = {payment: self.cleaned_data[f"part-{payment}"] for payment in self.payments}
        if all(part is None for part in found.values()):
            return None
        return {payment: part or Decimal(0) for payment, part in found.items()}
