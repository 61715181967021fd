"""How many pieces of what was not sent yet are to be canceled."""

import uuid

from django import forms

from storefront.forms.pieces import PiecesForm


class CancelItemsForm(PiecesForm):
    """A number of pieces for each line that can be canceled."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    @property
    def request_key(self) -> uuid.UUID:
        """The key that the page came with; a new one for a page without."""
        return self.cleaned_data.get("key") or uuid.uuid4()
