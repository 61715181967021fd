"""The form of a question that a reason asks."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backoffice.forms.settings import HANDLE_HELP, NamedForm
from returns.models import ReasonQuestion

WORDING_LENGTH = 200


class QuestionForm(NamedForm):
    """A question with its wording, and the answers to choose from, in each language."""

    own_fields = ("kind", "required")

    class Meta:
        model = ReasonQuestion
        fields = ("handle", "position", "active", "kind", "required")
        help_texts = HANDLE_HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, language in settings.LANGUAGES:
            wording = self.fields[f"name_{code}"]
            wording.label = _("Question (%(language)s)") % {"language": language}
            self.fields[f"name_{code}"] = forms.CharField(
                label=wording.label,
                max_length=WORDING_LENGTH,
                required=wording.required,
                initial=wording.initial,
            )
            self.fields[f"options_{code}"] = forms.CharField(
                label=_("Answers to choose from (%(language)s)") % {"language": language},
                required=False,
                initial="\n".join(self.instance.options.get(code, ())),
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One on each line, in the same order in each language."),
            )
        wordings = [f"name_{code}" for code, _language in settings.LANGUAGES]
        options = [f"options_{code}" for code, _language in settings.LANGUAGES]
        self.order_fields(["handle", *wordings, "kind", *options, "required", "position", "active"])

    def _post_clean(self) -> None:
        """Let the model check the answers too; what it says is shown at their first field."""
        entered = {
            code: [line.strip() for line in self._typed(code).splitlines() if line.strip()]
            for code, _language in settings.LANGUAGES
        }
        kept = {**self.instance.options, **entered}
        self.instance.options = {code: options for code, options in kept.items() if options}
        super()._post_clean()  # type: ignore[misc]

    def _typed(self, code: str) -> str:
        return str(self.cleaned_data.get(f"options_{code}") or "")

    def _update_errors(self, errors: Any) -> None:
        if hasattr(errors, "error_dict") and "options" in errors.error_dict:
            first = f"options_{settings.LANGUAGE_CODE}"
            errors.error_dict[first] = errors.error_dict.pop("options")
        super()._update_errors(errors)  # type: ignore[misc]
