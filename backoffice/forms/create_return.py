"""The form with which staff create a return from an order."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from backoffice.articles import Article, describe
from backoffice.forms.acts import note_field
from backoffice.forms.errors import ActForm
from orders.models import BundleKind
from returns.acts import NOTE_LENGTH
from returns.eligibility import Item
from returns.lifecycle import ExchangeRequest, LineRequest
from returns.models import RefundTo, Resolution, ReturnReason
from returns.models.reasons import as_choices
from returns.policies import terms as terms_of
from returns.requests import CUSTOMER_NOTE_LENGTH


@dataclass(frozen=True, kw_only=True)
class Row:
    """An item that can go back, at least when the policy is set aside, with its fields."""

    item: Item
    article: Article
    most: int
    quantity: BoundField
    reason: BoundField
    note: BoundField
    wish: BoundField | None


class CreateReturnForm(ActForm):
    """Pieces, reason and words for each item; whether the policy counts; a note for staff."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    override_policy = forms.BooleanField(
        label=_("Set the return policy aside"),
        required=False,
        help_text=_("Takes back what the policy refuses. The timeline says so."),
    )
    refund_to = forms.ChoiceField(
        label=_("Refund to"),
        choices=RefundTo.choices,
        initial=RefundTo.ORIGINAL,
        widget=forms.RadioSelect,
    )
    note = note_field(_("Note"), required=False, max_length=NOTE_LENGTH)

    def __init__(
        self,
        *args: Any,
        items: Sequence[Item],
        reasons: Sequence[ReturnReason],
        offers_credit: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not offers_credit:
            del self.fields["refund_to"]
        self.items = [item for item in items if item.returnable_with_override]
        names = as_choices(reasons)
        for item in self.items:
            self._add_fields(item, [("", _("Choose a reason")), *names])
        if not _may_be_refused(self.items, reasons):
            del self.fields["override_policy"]

    def _add_fields(self, item: Item, reasons: Sequence[tuple[str, Any]]) -> None:
        key = self._key(item)
        self.fields[f"{key}-quantity"] = forms.IntegerField(
            label=_("Pieces"),
            min_value=0,
            max_value=item.free_quantity,
            initial=0,
        )
        self.fields[f"{key}-reason"] = forms.ChoiceField(
            label=_("Reason"), choices=reasons, required=False
        )
        self.fields[f"{key}-note"] = forms.CharField(
            label=_("The buyer's words"), required=False, max_length=CUSTOMER_NOTE_LENGTH
        )
        if wishes := _wishes(item):
            usual = ("", _("Money or store credit"))
            self.fields[f"{key}-wish"] = forms.ChoiceField(
                label=_("What the buyer gets"), choices=[usual, *wishes], required=False
            )

    def _key(self, item: Item) -> str:
        return f"item-{item.fulfillment_line.pk if item.fulfillment_line else 0}"

    @property
    def rows(self) -> Iterator[Row]:
        """The items with their fields, in the order's order."""
        for item in self.items:
            key = self._key(item)
            yield Row(
                item=item,
                article=describe(item.order_line, item.parts),
                most=item.free_quantity,
                quantity=self[f"{key}-quantity"],
                reason=self[f"{key}-reason"],
                note=self[f"{key}-note"],
                wish=self[f"{key}-wish"] if f"{key}-wish" in self.fields else None,
            )

    def _chosen(self) -> list[Item]:
        return [item for item in self.items if self.cleaned_data[f"{self._key(item)}-quantity"]]

    def wishes(self) -> list[LineRequest]:
        """Return what was chosen, in the order's order."""
        return [self._wish(item) for item in self._chosen()]

    def _wish(self, item: Item) -> LineRequest:
        key = self._key(item)
        return LineRequest(
            fulfillment_line_id=item.fulfillment_line.pk if item.fulfillment_line else 0,
            quantity=self.cleaned_data[f"{key}-quantity"],
            reason=self.cleaned_data[f"{key}-reason"],
            customer_note=self.cleaned_data[f"{key}-note"],
            repair=self._wanted(item) == Resolution.REPAIR,
        )

    def _wanted(self, item: Item) -> str:
        return str(self.cleaned_data.get(f"{self._key(item)}-wish", ""))

    def _replaced(self) -> list[tuple[int, Item]]:
        """Return the chosen items that are sent again, with their place among the chosen ones."""
        return [
            (index, item)
            for index, item in enumerate(self._chosen())
            if self._wanted(item) == Resolution.REPLACEMENT
        ]

    def exchanges(self) -> list[ExchangeRequest]:
        """Return the replacements for what `wishes` says."""
        return [
            ExchangeRequest(
                variant_id=item.order_line.variant_id or 0,
                quantity=self.cleaned_data[f"{self._key(item)}-quantity"],
                replaces=index,
            )
            for index, item in self._replaced()
        ]

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error at ("lines", index among the chosen, ...)."""
        if path[:1] == ("exchanges",) and len(path) > 1:
            return f"{self._key(self._replaced()[int(path[1])][1])}-wish"
        if path[:1] != ("lines",) or len(path) < 2:
            return super().field_name(path)
        key = self._key(self._chosen()[int(path[1])])
        names = {"reason": "reason", "customer_note": "note", "resolution": "wish"}
        name = f"{key}-{names.get(path[-1], 'quantity')}"
        return name if name in self.fields else f"{key}-quantity"


def _wishes(item: Item) -> list[tuple[str, Any]]:
    """Return what else than money the policy lets a buyer have, for some reason at least."""
    line = item.order_line
    each = [item.verdict.terms, *terms_of.for_reasons(item.verdict.terms, line)]
    can_be_sent = line.variant_id is not None and line.bundle_kind == BundleKind.NONE
    offered = {
        Resolution.REPLACEMENT: can_be_sent and any(terms.offers_replacement for terms in each),
        Resolution.REPAIR: any(terms.offers_repair for terms in each),
    }
    words = {
        Resolution.REPLACEMENT: _("Replacement: the same again"),
        Resolution.REPAIR: _("Repair"),
    }
    return [(wish.value, words[wish]) for wish, is_offered in offered.items() if is_offered]


def _may_be_refused(items: Sequence[Item], reasons: Sequence[ReturnReason]) -> bool:
    """Whether the policy, or what a reason says for it, refuses anything that can be chosen."""
    limited = any(reason.window_days is not None or reason.resolutions for reason in reasons)
    return limited or any(not item.returnable for item in items)
