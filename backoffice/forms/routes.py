"""The form of a rule for which location takes goods back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Location, Product
from returns.models import ReturnRoute


class RouteForm(forms.ModelForm):
    """Store, what fits, and where it goes."""

    handle = forms.CharField(
        label=gettext_lazy("Product"),
        required=False,
        help_text=gettext_lazy("Its handle, as in linen-shirt. Empty for all."),
    )

    class Meta:
        model = ReturnRoute
        fields = ("store", "position", "handle", "product_type", "country", "location")
        help_texts = {"product_type": gettext_lazy("As the shop calls it. Empty for all.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = self.fields["location"]
        if isinstance(places, forms.ModelChoiceField):
            places.queryset = Location.objects.filter(accepts_returns=True)
        if self.instance.product:
            self.initial["handle"] = self.instance.product.handle
        for name in ("position", "country"):
            self.fields[name].css = "field--short"  # type: ignore[attr-defined]

    def clean_country(self) -> str:
        """Take small letters too."""
        return str(self.cleaned_data["country"]).upper()

    def clean_handle(self) -> str:
        """Find the product."""
        handle = self.cleaned_data["handle"].strip()
        self.instance.product = Product.objects.filter(handle=handle).first() if handle else None
        if handle and self.instance.product is None:
            raise ValidationError(_("There is no product with this handle."))
        return str(handle)
