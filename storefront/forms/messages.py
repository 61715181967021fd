"""The form with which a buyer writes about a return."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from returns.errors import ReturnError
from returns.evidence.messages import BODY_LENGTH
from storefront.uploads import FilesInput

PHOTOS, NEW_PHOTOS = "photos", "new_photos"


class MessageForm(forms.Form):
    """Words and photos. Whether they will do, the verb says, in its own words."""

    use_required_attribute = False

    body = forms.CharField(
        label=_("Your message"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": BODY_LENGTH}),
    )
    new_photos = forms.FileField(label=_("Photos"), required=False, widget=FilesInput)

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        known: Collection[str] = (),
        may_show: bool = True,
        **kwargs: Any,
    ) -> None:
        """Read what was typed. known: ids of photos that are there and not sent yet.

        may_show: whether photos can be added now.
        """
        super().__init__(data, **kwargs)
        said = data.getlist(PHOTOS) if data is not None else []
        self.photos = [one for one in dict.fromkeys(said) if one in known]
        if not may_show:
            del self.fields[NEW_PHOTOS]

    def clean_body(self) -> str:
        """Count a line break as one character, as the browser does."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").strip()

    def refuse(self, error: ReturnError) -> None:
        """Show what the verb refused at its field."""
        name = {"body": "body", "photos": NEW_PHOTOS}.get(error.field[0] if error.field else "")
        self.add_error(name if name in self.fields else None, error.message)
