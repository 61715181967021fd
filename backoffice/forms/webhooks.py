"""The forms of a webhook subscription; the verb checks what they say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.errors import ActForm
from returns.models import WebhookSubscription, WebhookTopic


class SubscriptionForm(ActForm):
    """Where to, and what of it."""

    address = forms.CharField(
        label=_("Address"),
        help_text=_("Where the messages go, as in https://example.com/webhooks."),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        help_text=_("For you, and sent along. Letters, digits, - and _."),
    )
    filter = forms.CharField(
        label=_("Filter"),
        required=False,
        help_text=_("Which messages to send, as in status:open. Empty for all."),
    )
    include_fields = forms.CharField(
        label=_("Fields"),
        required=False,
        help_text=_("Which fields of a message to send, as in id, name, order.id. Empty for all."),
    )

    def clean_include_fields(self) -> list[str]:
        """Take the fields apart at commas and spaces."""
        return str(self.cleaned_data["include_fields"]).replace(",", " ").split()

    @staticmethod
    def initial_of(subscription: WebhookSubscription) -> dict[str, Any]:
        """Return what the form shows of a subscription."""
        return {
            "address": subscription.address,
            "name": subscription.name,
            "filter": subscription.filter,
            "include_fields": ", ".join(subscription.include_fields),
        }


class NewSubscriptionForm(SubscriptionForm):
    """The topic comes first, and never changes afterwards."""

    topic = forms.ChoiceField(label=_("Topic"), choices=WebhookTopic)
    field_order = ("topic", "address", "name", "filter", "include_fields")
