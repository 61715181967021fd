"""How many pieces of what was not sent yet are to be canceled."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from returns.cancelling import Choice
from returns.errors import ReturnError


class CancelItemsForm(forms.Form):
    """A number of pieces for each line that can be canceled; what is possible, the verb says."""

    use_required_attribute = False

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        for choice in choices:
            self.fields[f"line-{choice.line.pk}"] = forms.IntegerField(
                label=_("How many?"),
                min_value=0,
                max_value=choice.left,
                initial=choice.left if len(choices) == 1 else 0,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse to cancel nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(f"line-{one.line.pk}") for one in self.choices):
            raise forms.ValidationError(_("Choose at least one item."), code="nothing")
        return cleaned

    @property
    def quantities(self) -> dict[int, int]:
        """The chosen pieces by order line."""
        said = {one.line.pk: self.cleaned_data.get(f"line-{one.line.pk}") for one in self.choices}
        return {line: count for line, count in said.items() if count}

    @property
    def request_key(self) -> uuid.UUID:
        """The key that the page came with; a new one for a page without."""
        return self.cleaned_data.get("key") or uuid.uuid4()

    def attach(self, error: ReturnError) -> None:
        """Put an error of the domain next to the field it is about."""
        name = f"line-{error.field[1]}" if len(error.field) > 1 else ""
        self.add_error(name if name in self.fields else None, error.message)
