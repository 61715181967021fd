"""The form of the page that tries a policy out: an order that is in, or an invented one."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Store
from returns.models import Resolution
from returns.policies import freezing
from returns.policies.rules.evaluation import Purchase, folded
from returns.policies.terms import Wish
from returns.policies.trial import Invented


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget)


def _word(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=255, help_text=help_text)


class TrialForm(forms.Form):
    """Sent by GET, so that a trial has an address."""

    asked = ("order", "reason", "resolution")

    order = _word(_("Order"), _("The number of an order that is in. Empty to invent one."))
    reason = forms.ChoiceField(label=_("Return reason"), required=False)
    resolution = forms.ChoiceField(
        label=_("What the buyer wants"),
        required=False,
        choices=[("", _("nothing said yet")), *Resolution.choices],
    )
    day = _day(_("Bought on"))
    shipped = _day(_("Shipped on"))
    delivered = _day(_("Delivered on"))
    country = _word(_("Country of the buyer"))
    region = _word(_("Region of the buyer"))
    customer_group = _word(_("Customer group"))
    customer_tags = _word(_("Customer tags"), _("Parted by semicolons."))
    channel = _word(_("Sales channel"))
    product = _word(_("Product"), _("Its handle."))
    product_type = _word(_("Product type"))
    vendor = _word(_("Vendor"))
    tags = _word(_("Product tags"), _("Parted by semicolons."))
    price = forms.DecimalField(
        label=_("Price of a piece"), required=False, min_value=0, max_digits=19, decimal_places=4
    )
    discount = forms.DecimalField(
        label=_("Discount"), required=False, min_value=0, max_value=100, decimal_places=2
    )

    def __init__(
        self, *args: Any, store: Store, reasons: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        if isinstance(reason, forms.ChoiceField):
            reason.choices = [("", _("none given yet")), *reasons]
        looks = {"price": ("prefix", store.currency), "discount": ("suffix", "%")}
        for name, (side, text) in looks.items():
            setattr(self.fields[name], side, text)

    @property
    def invents(self) -> list[forms.BoundField]:
        """The fields of an invented order."""
        return [self[name] for name in self.fields if name not in self.asked]

    @property
    def wish(self) -> Wish:
        """What the buyer would say."""
        said = self.cleaned_data
        return Wish(reason=said["reason"], resolution=said["resolution"])

    def invented(self) -> Invented | None:
        """Return the invented order; None without the day on which it was bought."""
        said = self.cleaned_data
        if not said["day"]:
            return None

        def word(name: str) -> str:
            return str(said[name]).strip().casefold()

        return Invented(
            purchase=Purchase(
                day=said["day"],
                country=word("country"),
                region=word("region"),
                customer_group=word("customer_group"),
                customer_tags=folded(said["customer_tags"].split(";")),
                channel=word("channel"),
            ),
            piece=freezing.piece(
                product=said["product"],
                product_type=said["product_type"],
                vendor=said["vendor"],
                tags=said["tags"].split(";"),
                price=said["price"] or Decimal(0),
                discount=said["discount"] or Decimal(0),
            ),
            shipped=said["shipped"],
            delivered=said["delivered"],
        )
