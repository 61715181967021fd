"""The forms of paying back: for a return, and for an order without one."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.articles import paid_without_return
from backoffice.forms.acts import QuantitiesForm, QuantityRow, note_field
from orders.models import OrderLine
from orders.models.fields import AMOUNT_DIGITS
from returns.acts import NOTE_LENGTH


@dataclass(frozen=True, kw_only=True)
class RefundRow(QuantityRow):
    """Pieces to be paid back, beside how many there are (`count`) and what is special of them."""

    count: int
    about: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Of a line of an order: pieces that were sent, and those of them that a return holds."""

    sent: int = 0
    returning: int = 0


class RefundForm(QuantitiesForm):
    """What is paid back for a return: pieces, shipping, and another amount if wanted."""

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
    over_reason = note_field(
        _("Reason to pay more than is left"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_(
            "Needed when the amount is more than is left on the payments. What is more goes to no "
            "payment: you pay it by hand, or it becomes store credit. Kept with the refund and on "
            "the timeline, for staff only."
        ),
    )
    reference = forms.CharField(
        label=_("Reference of the payment"),
        required=False,
        max_length=200,
        help_text=_("When you pay by hand, as in the number of a bank transfer."),
    )

    def __init__(
        self,
        *args: Any,
        currency: str,
        payments: Mapping[int, str],
        may_exceed: bool,
        **kwargs: Any,
    ) -> None:
        """Take the order's payments too: how each is called, by primary key.

        may_exceed: whether this person may pay more than is left on them.
        """
        super().__init__(*args, **kwargs)
        if not may_exceed:
            del self.fields["over_reason"]
        self.payments = payments if len(payments) > 1 else {}
        for payment, name in self.payments.items():
            self.fields[f"part-{payment}"] = self._part_field(name, currency)
        self.fields["note"].help_text = _("Kept with the refund, for staff only.")
        for name in ("shipping", "amount", "to_credit"):
            self.fields[name].prefix = currency  # type: ignore[attr-defined]
            self.fields[name].css = "field--short"  # type: ignore[attr-defined]
        self.order_fields(
            ["key", "shipping", "amount", "over_reason", "to_credit", "reference", "note"]
        )

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

    @property
    def reviewed(self) -> dict[str, Any]:
        """What the verb is told: exactly what the review showed."""
        return {
            "key": self.cleaned_data["key"],
            "quantities": self.quantities,
            "amount": self.cleaned_data["reviewed_amount"],
            "shipping": self.cleaned_data["reviewed_shipping"],
            "parts": self.parts,
            "to_credit": self.cleaned_data["reviewed_credit"],
            "over_reason": self.why_over,
            "note": self.cleaned_data["note"],
            "reference": self.cleaned_data["reference"],
        }

    @property
    def why_over(self) -> str:
        """Why more than is left is paid; "" also when this person may not."""
        return str(self.cleaned_data.get("over_reason", ""))

    @property
    def refund_rows(self) -> list[RefundRow]:
        """The lines with their fields, and what is told beside them."""
        rows = []
        for row in self.rows:
            count, about = self.told(row.line)
            rows.append(
                RefundRow(
                    line=row.line,
                    article=row.article,
                    field=row.field,
                    most=row.most,
                    count=count,
                    about=about,
                )
            )
        return rows

    def told(self, line: Any) -> tuple[int, str]:
        """Return how many pieces of a return's line were received, and what is missing."""
        words = [
            gettext("%(count)s missing") % {"count": line.missing_quantity}
            if line.missing_quantity
            else "",
            paid_without_return(self.sold(line)),
        ]
        return line.processed_quantity, " · ".join(filter(None, words))


class OrderRefundForm(RefundForm):
    """What is paid back on an order without a return."""

    def __init__(self, *args: Any, sent: Mapping[int, Sent], **kwargs: Any) -> None:
        """Take what was sent by order line too."""
        super().__init__(*args, **kwargs)
        self.sent = sent
        self.fields["to_credit"].help_text = _("Of the amount. Empty for none.")

    @staticmethod
    def sold(line: Any) -> OrderLine:
        """Return the line itself."""
        found: OrderLine = line
        return found

    def told(self, line: Any) -> tuple[int, str]:
        """Return how many pieces were bought, how many were not sent, and are in a return."""
        sent = self.sent.get(line.pk, Sent())
        unsent = line.quantity - sent.sent
        words = [
            gettext("%(count)s not sent") % {"count": unsent}
            if unsent > 0 and line.is_goods
            else "",
            gettext("%(count)s in a return") % {"count": sent.returning} if sent.returning else "",
            paid_without_return(line),
        ]
        return line.quantity, " · ".join(filter(None, words))
