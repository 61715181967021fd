"""The forms about why things come back."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from backoffice.forms.filters import DateInput
from backoffice.forms.settings import HANDLE_HELP, NamedForm, look
from orders.imports.source import UnreadableFile
from returns.models import Resolution, ReturnReason
from returns.reasons import csv_file
from returns.reasons.csv_file import InvalidReasons, Report

HINT_LENGTH = 200


class ReasonForm(NamedForm):
    """A return reason with its names and hints, and what it brings along."""

    own_fields = (
        "parent",
        "needs_note",
        "needs_photo",
        "free_of_fees",
        "resolutions",
        "window_days",
        "offered_from",
        "offered_until",
    )
    resolutions = forms.MultipleChoiceField(
        label=_("What may be had for it"),
        choices=Resolution.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As far as the policy offers it. None chosen: all of that."),
    )

    class Meta:
        model = ReturnReason
        fields = (
            "handle",
            "position",
            "active",
            "parent",
            "needs_note",
            "needs_photo",
            "free_of_fees",
            "resolutions",
            "window_days",
            "offered_from",
            "offered_until",
        )
        help_texts = HANDLE_HELP
        widgets = {"offered_from": DateInput, "offered_until": DateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = ReturnReason.objects.filter(parent=None).exclude(pk=self.instance.pk)
        parent = self.fields["parent"]
        if isinstance(parent, forms.ModelChoiceField):
            parent.queryset, parent.empty_label = above, str(_("nothing: it stands at the top"))
        for code, language in settings.LANGUAGES:
            self.fields[f"hint_{code}"] = forms.CharField(
                label=_("Hint (%(language)s)") % {"language": language},
                max_length=HINT_LENGTH,
                required=False,
                initial=self.instance.hints.get(code, ""),
            )
        self._put_hints_below_names()
        short = {"css": "field--short"}
        look(
            self,
            {
                "window_days": {"suffix": _("days"), **short},
                "offered_from": short,
                "offered_until": short,
                "resolutions": {"css": "field--inline"},
            },
        )

    def _put_hints_below_names(self) -> None:
        order = [name for name in self.fields if not name.startswith("hint_")]
        for code, _language in settings.LANGUAGES:
            order.insert(order.index(f"name_{code}") + 1, f"hint_{code}")
        self.order_fields(order)

    def save(self, commit: bool = True) -> Any:
        """Save with the hints that were entered; hints in other languages stay."""
        entered = {code: self.cleaned_data[f"hint_{code}"] for code, _name in settings.LANGUAGES}
        hints = {**self.instance.hints, **entered}
        self.instance.hints = {code: hint for code, hint in hints.items() if hint}
        return super().save(commit)


class ReasonsFileForm(forms.Form):
    """A CSV file of reasons."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
        help_text=_("CSV with reason_key, glossary_key_reason, name.en, name.de and others."),
    )

    def load(self, actor: Actor) -> Report | None:
        """Bring the reasons in; None, with the form saying why, when anything is wrong."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size != len(file.read()):
            self.add_error("file", _("The file is too large for a list of reasons."))
            return None
        try:
            return csv_file.load(file, actor=actor)
        except UnreadableFile as error:
            self.add_error("file", str(error))
        except InvalidReasons as error:
            for fault in error.faults:
                self.add_error("file", str(fault))
        return None
