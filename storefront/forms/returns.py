"""The one page on which a return is asked for: a form per item that can go back."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.utils.datastructures import MultiValueDict

from orders.models import FulfillmentLine, Order
from returns import eligibility, resolutions
from returns.eligibility import Item
from returns.errors import ReturnError
from returns.exchanges import requests
from returns.lifecycle import ExchangeRequest
from returns.models import RefundTo, Resolution, ReturnReason
from returns.models.policies import ReturnTerms
from returns.policies import terms as terms_of
from returns.policies.terms import Wish
from returns.requests import LineRequest
from storefront.forms.credit import REFUND_TO
from storefront.forms.items import ANSWER, SELECTED, ItemForm
from storefront.swaps import Choice

# What was typed, by field: as the session keeps it from one step to the next.
Typed = dict[str, list[str]]

# Which field of an item's form a word of ReturnError.field means.
FIELDS = {
    "quantity": "quantity",
    "reason": "reason",
    "customer_note": "note",
    "swap": "swap",
    "resolution": "swap",
    "photos": "new_photos",
}


class ReturnForm:
    """What the buyer says about every item of an order that can go back."""

    def __init__(
        self,
        items: Sequence[Item],
        reasons: Sequence[ReturnReason],
        *,
        data: MultiValueDict[str, str] | None = None,
        swaps: Mapping[int, Sequence[Choice]] | None = None,
        order: Order | None = None,
        photos: Collection[str] = (),
    ) -> None:
        """Ask about items. order: so that of each only reasons are offered that are in time.

        photos: ids of the order's photos that are there and not sent yet.
        """
        self.data = data
        self._free = {reason.handle for reason in reasons if reason.free_of_fees}
        self.errors = _gone(items, data)
        self.forms = [
            ItemForm(
                item,
                item.fulfillment_line,
                eligibility.reasons_for(item, reasons, order) if order else reasons,
                data=data,
                order=order,
                photos=photos,
                swaps=(swaps or {}).get(item.fulfillment_line.pk, ()),
            )
            for item in items
            if item.returnable and item.fulfillment_line
        ]

    @cached_property
    def chosen(self) -> list[ItemForm]:
        """The forms of the items whose box is set."""
        return [form for form in self.forms if form.is_chosen]

    @property
    def is_valid(self) -> bool:
        """Whether nothing is known to be wrong."""
        return not self.errors and all(form.is_valid() for form in self.chosen)

    @property
    def typed(self) -> Typed:
        """What was typed in the fields of this form."""
        if self.data is None:
            return {}
        names = {form.add_prefix(name) for form in self.forms for name in form.fields}
        names.add(REFUND_TO)
        answers = tuple(form.add_prefix(ANSWER) for form in self.forms)
        names |= {form.photos_name for form in self.forms}
        names |= {name for name in self.data if name.startswith(answers)}
        return {name: self.data.getlist(name) for name in names if name in self.data}

    @property
    def refund_to(self) -> str:
        """What the buyer wants back, as it was chosen; whether it is offered, the verb says."""
        said = self.data.get(REFUND_TO) if self.data is not None else None
        return said or (RefundTo.STORE_CREDIT if self._brings_credit else RefundTo.ORIGINAL).value

    @property
    def _brings_credit(self) -> bool:
        """Whether credit is all that may be had for what is chosen and brings something back."""
        paid_back = [form for form in self.chosen if not form.wanted]
        return bool(paid_back) and all(
            Resolution.CREDIT in form.may and Resolution.MONEY not in form.may for form in paid_back
        )

    @property
    def parcels(self) -> list[tuple[FulfillmentLine, int]]:
        """What to estimate: fulfilment lines and pieces, as far as they are possible."""
        return [(form.parcel, form.pieces) for form in self.chosen if form.pieces]

    @property
    def free(self) -> set[int]:
        """The chosen fulfilment lines whose reason is free of fees, by primary key."""
        return {form.parcel.pk for form in self.chosen if form["reason"].value() in self._free}

    @property
    def reasons(self) -> list[str]:
        """The reasons (handles) of `parcels`, in their order."""
        return [str(form["reason"].value() or "") for form in self.chosen if form.pieces]

    def said(self, parcels: Sequence[FulfillmentLine]) -> dict[int, Wish]:
        """Return reason and resolution of `parcels`, by fulfilment line; one query for swaps.

        parcels: all that was sent of the order, with `order_line`.
        """
        forms = [form for form in self.chosen if form.pieces]
        lines = [
            LineRequest(fulfillment_line_id=form.parcel.pk, quantity=form.pieces, reason="")
            for form in forms
        ]
        swapped = requests.resolutions_of(self.swapped_parcels(), lines, parcels)
        return {
            form.parcel.pk: Wish(
                reason=str(form["reason"].value() or ""),
                resolution=resolutions.wanted(
                    repair=form.wants_repair,
                    replaced_by=swapped.get(index),
                    refund_to=self.refund_to,
                )
                or "",
            )
            for index, form in enumerate(forms)
        }

    def terms(self, order: Order, said: Mapping[int, Wish]) -> ReturnTerms:
        """Return the terms of what is chosen, together; the order's while nothing is."""
        chosen = [(parcel.order_line, said[parcel.pk]) for parcel, _count in self.parcels]
        each = terms_of.of_lines(order, chosen)
        return terms_of.together(each) if each else terms_of.of_order(order)

    def wishes(self) -> list[LineRequest]:
        """Return what was chosen, as the verb is told; without items that cannot be read."""
        return [form.wish() for form in self.chosen if form.is_valid()]

    def exchanges(self) -> list[ExchangeRequest]:
        """Return what is wanted instead of what `wishes` says, as the verb is told."""
        return _exchanges([form for form in self.chosen if form.is_valid()])

    def swapped_parcels(self) -> list[ExchangeRequest]:
        """Return what is wanted instead of `parcels`, for the estimate."""
        return _exchanges([form for form in self.chosen if form.pieces])

    def add(self, error: ReturnError, wishes: Sequence[LineRequest]) -> None:
        """Put an error of the domain about `wishes` next to the item and field it is about."""
        where = error.field
        if len(where) > 1 and where[0] == "exchanges":
            replaced = self.exchanges()[int(where[1])].replaces
            where = ("lines", str(replaced), "swap")
        if len(where) > 1 and where[0] == "lines":
            key = wishes[int(where[1])].fulfillment_line_id
            form = next((form for form in self.chosen if form.parcel.pk == key), None)
            if form is not None:
                name = _field_name(where[2:])
                form.add_error(name, error.message)
                return
        self.errors.append(error.message)

    def refuse_files(self, wrong: Mapping[int, Sequence[str]]) -> None:
        """Say what was wrong with files that came for items, by fulfilment line."""
        chosen = {form.parcel.pk: form for form in self.chosen}
        for parcel, messages in wrong.items():
            for message in messages:
                if parcel in chosen:
                    chosen[parcel].add_error("new_photos", message)
                else:
                    self.errors.append(message)

    def all_errors(self) -> list[dict[str, Any]]:
        """Return every error for the summary, with its item and where it is on the page."""
        found: list[dict[str, Any]] = [{"message": message} for message in self.errors]
        for form in self.chosen:
            for name, messages in form.errors.items():
                target = f"#{form[name].id_for_label}"
                title = form.item.order_line.title
                found += [{"message": each, "about": title, "url": target} for each in messages]
        return found


def _field_name(path: Sequence[str]) -> str:
    """Return the field of an item's form that an error of the domain is about."""
    if len(path) > 1 and path[0] == "answers":
        return f"{ANSWER}{path[1]}"
    return FIELDS.get(path[0], SELECTED) if path else SELECTED


def _exchanges(forms: Sequence[ItemForm]) -> list[ExchangeRequest]:
    return [
        ExchangeRequest(variant_id=form.wanted_variant, quantity=form.pieces, replaces=index)
        for index, form in enumerate(forms)
        if form.wanted_variant is not None
    ]


def _gone(items: Sequence[Item], data: MultiValueDict[str, str] | None) -> list[str]:
    """Say which chosen items cannot go back any more, and why: somebody was quicker."""
    chosen = set(data.getlist(SELECTED)) if data is not None else set()
    return [
        f"{item.order_line.title}: {', '.join(item.messages)}"
        for item in items
        if item.fulfillment_line and not item.returnable and str(item.fulfillment_line.pk) in chosen
    ]
