"""The form with which staff write to a buyer."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from backoffice.forms.acts import note_field
from backoffice.forms.errors import ActForm

ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif"


class MessageForm(ActForm):
    """Words to the buyer, and a photo."""

    message = note_field(_("Message to the buyer"), required=False)
    photo = forms.FileField(
        label=_("Photo"), required=False, widget=forms.FileInput(attrs={"accept": ACCEPTED})
    )

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, may_show: bool = True, **kwargs: Any
    ) -> None:
        """Read what was typed. may_show: whether a photo can be added now."""
        super().__init__(data, **kwargs)
        if not may_show:
            del self.fields["photo"]

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field for an error about the words or the photo."""
        name = {"body": "message", "photos": "photo"}.get(path[0] if path else "", "")
        return name if name in self.fields else super().field_name(path)
