"""Forms about programs that call the APIs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Scope


class ClientForm(forms.Form):
    """A new API client."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The timeline of a return calls the program so."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=_("Days until the token expires"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Empty for a token that stays valid until it is revoked."),
    )
