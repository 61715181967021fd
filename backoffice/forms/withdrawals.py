"""The forms about withdrawals: the list's filters, the acts on one, and the settings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.articles import describe
from backoffice.forms.acts import note_field
from backoffice.forms.errors import ActForm
from backoffice.forms.filters import ListForm
from orders.models import Order, Product
from orders.money import rounded
from returns.eligibility import Item
from returns.models import (
    WithdrawalExemption,
    WithdrawalFlag,
    WithdrawalFunction,
    WithdrawalState,
)
from returns.models.withdrawals import NOTE_LENGTH
from returns.withdrawals import words
from returns.withdrawals.due import Filters


class Money(TextChoices):
    """What the list can be narrowed to by the money that is due."""

    OPEN = "open", gettext_lazy("Not paid back")
    OVERDUE = "overdue", gettext_lazy("Overdue")


class WithdrawalListForm(ListForm):
    """What the list of withdrawals is narrowed to."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Any state")), *WithdrawalState.choices],
    )
    flag = forms.ChoiceField(
        label=gettext_lazy("Flag"),
        required=False,
        choices=[("", gettext_lazy("Any flag")), *WithdrawalFlag.choices],
    )
    money = forms.ChoiceField(
        label=gettext_lazy("Refund"),
        required=False,
        choices=[("", gettext_lazy("Any")), *Money.choices],
    )

    def __init__(self, data: QueryDict, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.order_fields(["q", "state", "flag", "money", "store", "since", "until"])

    @property
    def filters(self) -> Filters:
        """The valid part of what was asked for."""
        chosen = self.cleaned_data
        return Filters(
            state=chosen.get("state", ""),
            flag=chosen.get("flag", ""),
            money=chosen.get("money", ""),
            store=self.chosen_store,
            since=chosen.get("since"),
            until=chosen.get("until"),
            words=chosen.get("q", ""),
            zone=self.zone,
        )


class MatchForm(ActForm):
    """Which of the orders that were found a statement is about."""

    order = forms.ChoiceField(label=gettext_lazy("Order"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, orders: Sequence[tuple[Order, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.orders = {str(order.pk): order for order, _words in orders}
        if isinstance(self.fields["order"], forms.ChoiceField):
            self.fields["order"].choices = [(str(order.pk), told) for order, told in orders]

    @property
    def chosen(self) -> Order:
        """The chosen order."""
        return self.orders[self.cleaned_data["order"]]


class SettleForm(ActForm):
    """What became of a statement."""

    note = note_field(
        gettext_lazy("What became of it"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=gettext_lazy("Kept with the statement, for staff and for the report."),
    )


class PiecesForm(ActForm):
    """How many pieces of each item go back."""

    def __init__(self, *args: Any, items: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = [item for item in items if item.returnable_with_override]
        for item in self.items:
            self.fields[self._key(item)] = forms.IntegerField(
                label=_("Pieces"), min_value=0, max_value=item.free_quantity, initial=0
            )

    def _key(self, item: Item) -> str:
        return f"item-{item.fulfillment_line.pk if item.fulfillment_line else 0}"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The items with their fields."""
        return [
            {
                "article": describe(item.order_line, item.parts),
                "most": item.free_quantity,
                "field": self[self._key(item)],
            }
            for item in self.items
        ]

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """What was chosen: fulfilment lines by primary key, and pieces."""
        return [
            (item.fulfillment_line.pk, count)
            for item in self.items
            if item.fulfillment_line and (count := self.cleaned_data[self._key(item)])
        ]


class FunctionForm(forms.ModelForm):
    """The withdrawal function of a store, with the words of link and button per language."""

    class Meta:
        model = WithdrawalFunction
        fields = (
            "enabled",
            "days",
            "transit_days",
            "buyer_pays_return",
            "waits_for_goods",
            "standard_delivery_cost",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = self.instance.store.currency
        if (cost := self.instance.standard_delivery_cost) is not None:
            self.initial["standard_delivery_cost"] = rounded(cost, currency)
        for name, look in (
            ("days", {"suffix": _("days")}),
            ("transit_days", {"suffix": _("days")}),
            ("standard_delivery_cost", {"prefix": currency}),
        ):
            for attribute, value in (*look.items(), ("css", "field--short")):
                setattr(self.fields[name], attribute, value)
        for language, usual in words.DEFAULTS.items():
            own = self.instance.words.get(language) or {}
            named = {"language": words.LANGUAGE_NAMES[language]}
            for kind, label in (("link", _("Link")), ("confirm", _("Button"))):
                self.fields[f"{kind}_{language}"] = forms.CharField(
                    label=f"{label} ({named['language']})",
                    max_length=100,
                    required=False,
                    initial=own.get(kind, ""),
                    widget=forms.TextInput(attrs={"placeholder": getattr(usual, kind)}),
                )

    def save(self, commit: bool = True) -> Any:
        """Save with the words that differ from the directive's."""
        entered = {
            language: {
                kind: said
                for kind in ("link", "confirm")
                if (said := self.cleaned_data[f"{kind}_{language}"])
                and said != getattr(usual, kind)
            }
            for language, usual in words.DEFAULTS.items()
        }
        self.instance.words = {language: own for language, own in entered.items() if own}
        return super().save(commit)


class ExemptionForm(forms.ModelForm):
    """A product without right of withdrawal, and why."""

    handle = forms.CharField(
        label=gettext_lazy("Product"),
        max_length=255,
        help_text=gettext_lazy("Its handle, as in linen-shirt."),
    )

    class Meta:
        model = WithdrawalExemption
        fields = ("handle", "reason", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["handle"] = self.instance.product.handle
            self.fields["handle"].disabled = True

    def clean_handle(self) -> str:
        """Find the product; each is exempt once."""
        handle = str(self.cleaned_data["handle"]).strip()
        product = Product.objects.filter(handle=handle).first()
        if product is None:
            raise ValidationError(_("There is no product with this handle."))
        others = WithdrawalExemption.objects.exclude(pk=self.instance.pk)
        if others.filter(product=product).exists():
            raise ValidationError(_("This product is exempt already."))
        self.instance.product = product
        return handle
