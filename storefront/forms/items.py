"""The questions about one item that may go back."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from orders.models import FulfillmentLine, Order
from returns import resolutions
from returns.eligibility import Item
from returns.models import Resolution, ReturnReason
from returns.models.reasons import as_choices
from returns.policies import terms as terms_of
from returns.reasons import questions
from returns.requests import CUSTOMER_NOTE_LENGTH, LineRequest
from storefront.swaps import Choice
from storefront.uploads import FilesInput, photos_name

SELECTED = "selected"
# What the buyer wants of an item that is to be repaired; else the key of a variant, "" for money.
REPAIR = Resolution.REPAIR.value
# How the names of the fields of a reason's questions begin.
ANSWER = "answer-"


class ItemBox(forms.CheckboxInput):
    """A box whose name all items share, with the item as its value: so one box sets them all."""

    def __init__(self, key: int) -> None:
        super().__init__(attrs={"value": str(key), "id": f"id_item-{key}-selected"})
        self.key = str(key)

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Mapping[str, Any], name: str
    ) -> bool:
        """Whether this item is among the chosen ones."""
        return isinstance(data, MultiValueDict) and self.key in data.getlist(name)


def reason_name(parcel: int) -> str:
    """Return the name under which the page sends the reason of an item."""
    return f"item-{parcel}-reason"


def _as_key(typed: str) -> int | None:
    """Return the primary key that was typed; None when no row can have it."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None


class SwapField(forms.ChoiceField):
    """What is wanted instead. Whether it can still be had, the domain says, in its own words."""

    def valid_value(self, value: Any) -> bool:
        """Whether it is the key of something, a repair, or nothing."""
        return value == REPAIR or _as_key(str(value)) is not None


class ItemForm(forms.Form):
    """What the buyer says about one item. Of items that are not chosen nothing is asked."""

    use_required_attribute = False

    selected = forms.BooleanField(required=False)
    quantity = forms.IntegerField(label=_("How many"), required=False)
    reason = forms.ChoiceField(label=_("Why does it go back?"), required=False)
    swap = SwapField(
        label=_("What would you like for it?"), required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In your own words"),
        help_text=_("Optional, unless you choose another reason."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": CUSTOMER_NOTE_LENGTH}),
    )

    new_photos = forms.FileField(label=_("Photos"), required=False, widget=FilesInput)

    def __init__(
        self,
        item: Item,
        parcel: FulfillmentLine,
        reasons: Sequence[ReturnReason],
        *,
        swaps: Sequence[Choice] = (),
        photos: Collection[str] = (),
        order: Order | None = None,
        **kwargs: Any,
    ) -> None:
        """Ask about an item. reasons: loaded `with_questions`; swaps: what it can be had for.

        photos: ids of the order's photos that are there and not sent yet. order: for the terms that
        the reason which is chosen makes; None for those without one.
        """
        super().__init__(prefix=f"item-{parcel.pk}", **kwargs)
        self.item = item
        self.parcel = parcel
        self.fields["selected"].widget = ItemBox(parcel.pk)
        # Told to the browser only; what is possible, the verb says, in its own words.
        quantity = self.fields["quantity"]
        quantity.min_value, quantity.max_value = 1, item.returnable_quantity  # type: ignore[attr-defined]
        quantity.initial = 1
        self.reasons = {reason.handle: reason for reason in reasons}
        self.terms = item.verdict.terms
        if order is not None:
            handle = self.chosen_reason.handle if self.chosen_reason else ""
            self.terms = terms_of.of_line(terms_of.of_order(order), item.order_line, handle)
        self.may = resolutions.offered(self.terms, self.chosen_reason)
        if self.terms.comment_needed:
            self.fields["note"].help_text = _("Please say in a few words why it goes back.")
        if self.needs_photo:
            self.fields["new_photos"].help_text = _("Please add at least one.")
        choices = [("", _("Choose a reason")), *as_choices(reasons)]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]
        self.swaps = {swap.value: swap.label for swap in swaps}
        self.again = {swap.value: swap.label for swap in swaps if swap.is_again}
        self.told_swaps = {swap.value: swap.told for swap in swaps}
        self.quick_swaps = {swap.value: swap.quick for swap in swaps if swap.quick}
        self.wishes = self._wishes()
        self.fields["swap"].choices = list(self.wishes.items())  # type: ignore[attr-defined]
        self.fields["swap"].initial = next(iter(self.wishes), "")
        self.fields["swap"].css = "field--inline"  # type: ignore[attr-defined]
        self.photos_name = photos_name(parcel.pk)
        said = self.data.getlist(self.photos_name) if isinstance(self.data, MultiValueDict) else []
        self.photos = [one for one in dict.fromkeys(said) if one in photos]
        self._ask_questions()

    def _wishes(self) -> dict[str, Any]:
        """Return what may be chosen, by its value; what is mostly wanted first."""
        found: dict[str, Any] = {}
        if Resolution.MONEY in self.may:
            found[""] = _("Money back")
        elif Resolution.CREDIT in self.may:
            found[""] = _("Store credit")
        found |= self.again
        if Resolution.REPAIR in self.may:
            found[REPAIR] = _("Repair: we repair it and send it back to you")
        return found | self.swaps

    @property
    def asks_wish(self) -> bool:
        """Whether there is anything to choose but the money back."""
        return list(self.wishes) not in ([], [""])

    @property
    def may_browse(self) -> bool:
        """Whether the buyer may have any other product."""
        return Resolution.ANY_PRODUCT in self.may and not self.item.parts

    @property
    def needs_photo(self) -> bool:
        """Whether a photo must come with it, by the policy or the reason that was chosen."""
        reason = self.chosen_reason
        return self.terms.photos_needed or (reason is not None and reason.needs_photo)

    def _ask_questions(self) -> None:
        """Add the questions of the reason that was chosen; whether all are answered, the verb says.

        Answers to the questions of another reason stay in the data, for whoever goes back to it.
        """
        reason = self.chosen_reason
        for question in questions.of_reason(reason) if reason else ():
            optional = "" if question.required else _("Optional.")
            options = [*question.options.items()]
            field: forms.Field = forms.CharField(
                widget=forms.Textarea(attrs={"rows": 2, "maxlength": questions.ANSWER_LENGTH})
            )
            if options:
                field = forms.ChoiceField(choices=options, widget=forms.RadioSelect)
                field.css = "field--inline"  # type: ignore[attr-defined]
            field.label, field.help_text, field.required = question.wording, optional, False
            self.fields[f"{ANSWER}{question.handle}"] = field

    @property
    def chosen_reason(self) -> ReturnReason | None:
        """The reason that was chosen, as far as it is offered."""
        said = self.data.get(self.add_prefix("reason")) if self.is_bound else ""
        return self.reasons.get(said or "")

    @property
    def answer_fields(self) -> list[BoundField]:
        """The fields of the questions of the reason that was chosen."""
        return [self[name] for name in self.fields if name.startswith(ANSWER)]

    @property
    def about(self) -> dict[str, Any]:
        """What else the page says about the reason that was chosen, and what the policy asks."""
        reason = self.chosen_reason
        needs_words = reason is not None and (reason.needs_note or self.terms.comment_needed)
        return {
            "hint": reason.hint if reason else "",
            "needs_photo": self.needs_photo,
            "needs_words": needs_words,
        }

    def add_prefix(self, field_name: str) -> str:
        """Return the name in the page; the boxes of all items share theirs."""
        return field_name if field_name == SELECTED else super().add_prefix(field_name)

    def full_clean(self) -> None:
        """Read what was typed; mistakes about an item that is not chosen do not count."""
        super().full_clean()
        if self.is_bound and not self.is_chosen:
            self.errors.clear()

    def clean_note(self) -> str:
        """Count a line break as one character, as the browser does."""
        return str(self.cleaned_data["note"]).replace("\r\n", "\n").strip()

    @property
    def is_chosen(self) -> bool:
        """Whether the box of this item is set."""
        return self.is_bound and bool(self["selected"].data)

    @property
    def pieces(self) -> int:
        """How many pieces to count in the estimate: what was typed, as far as it is possible."""
        try:
            typed = int(self["quantity"].value() or 0)
        except ValueError:
            typed = 0
        return max(0, min(typed, self.item.returnable_quantity)) if self.is_chosen else 0

    @property
    def wanted(self) -> str:
        """What is wanted: a value of the choices, as it was typed."""
        return str(self["swap"].value() or "") if self.is_chosen else ""

    @property
    def wanted_variant(self) -> int | None:
        """The variant that is wanted instead, as far as one can be read; None for money."""
        return _as_key(self.wanted)

    @property
    def wants_repair(self) -> bool:
        """Whether it is to be repaired."""
        return self.wanted == REPAIR

    def wish(self) -> LineRequest:
        """Return what was said, as the verb is told."""
        said = self.cleaned_data
        return LineRequest(
            fulfillment_line_id=self.parcel.pk,
            quantity=said.get("quantity") or 0,
            reason=said.get("reason") or "",
            customer_note=said.get("note") or "",
            answers={
                name.removeprefix(ANSWER): said.get(name) or ""
                for name in self.fields
                if name.startswith(ANSWER)
            },
            photos=tuple(self.photos),
            repair=self.wants_repair,
        )
