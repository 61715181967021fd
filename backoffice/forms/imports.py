"""The form with which staff upload a file of orders."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.imports import runs
from orders.imports.formats import Format
from orders.models import Store


class ImportForm(forms.Form):
    """A file, what kind it is, and the store whose orders are in it."""

    store = forms.ChoiceField(label=gettext_lazy("Store"))
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Format.choices)
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.json,.jsonl,.gz"}),
    )

    def __init__(self, *args: Any, stores: Sequence[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = {store.code: store for store in stores}
        choice = self.fields["store"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = [(store.code, store.name) for store in stores]
        limit = filesizeformat(settings.IMPORT_LARGEST_FILE)
        self.fields["file"].help_text = _("Plain or gzip, at most %(limit)s.") % {"limit": limit}

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse a file that is too large."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        runs.check_size(file.size or 0)
        return file

    @property
    def chosen_store(self) -> Store:
        """The store of a valid form."""
        return self.stores[self.cleaned_data["store"]]

    @property
    def chosen_format(self) -> Format:
        """The format of a valid form."""
        return Format(self.cleaned_data["format"])
