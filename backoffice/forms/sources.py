"""The forms of a source of orders; the verbs check what they say."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from orders.models import CompletedMeans, OrderSource, SourceKind, Store


class SourceForm(forms.Form):
    """What can be changed of a source."""

    use_required_attribute = False

    name = forms.CharField(label=_("Name"), help_text=_("For you, as in Web shop Germany."))
    shop_domain = forms.CharField(
        label=_("Domain of the shop"),
        required=False,
        help_text=_(
            "Messages of another shop are refused. Shopify: the shop's own domain, as in"
            " example.myshopify.com."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    completed_means = forms.ChoiceField(
        label=_("What “completed” means"),
        choices=CompletedMeans,
        help_text=_("For WooCommerce, which does not tell when a parcel arrives."),
    )
    personalised_by = forms.CharField(
        label=_("Personalised by"),
        required=False,
        help_text=_(
            "Names of the options that make an item one to the buyer's order, as in Engraving,"
            " Initials."
        ),
    )

    def attach(self, error: ValidationError) -> None:
        """Show what a verb refused at its field."""
        known = {name: told for name, told in error.message_dict.items() if name in self.fields}
        self.add_error(None, ValidationError(known or error.messages))

    @staticmethod
    def initial_of(source: OrderSource) -> dict[str, Any]:
        """Return what the form shows of a source."""
        return {
            "name": source.name,
            "shop_domain": source.shop_domain,
            "completed_means": source.completed_means,
            "personalised_by": source.personalised_by,
        }


def _secret_field() -> forms.CharField:
    return forms.CharField(
        label=_("Secret"),
        required=False,
        help_text=_(
            "What the shop signs its messages with. Shopify shows it; for WooCommerce leave it"
            " empty, and one is made to be entered there."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class NewSourceForm(SourceForm):
    """Shop software and store come first, and never change afterwards."""

    kind = forms.ChoiceField(label=_("Shop software"), choices=SourceKind)
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.all())
    secret = _secret_field()
    field_order = (
        "kind",
        "store",
        "name",
        "shop_domain",
        "secret",
        "completed_means",
        "personalised_by",
    )


class SecretForm(SourceForm):
    """Another secret, and nothing else."""

    name = None  # type: ignore[assignment]
    shop_domain = None  # type: ignore[assignment]
    completed_means = None  # type: ignore[assignment]
    personalised_by = None  # type: ignore[assignment]
    secret = _secret_field()
