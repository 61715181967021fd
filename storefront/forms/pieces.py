"""How many pieces of each line of an order somebody means."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from returns.errors import ReturnError


class PiecesForm(forms.Form):
    """A number of pieces for each line; what is possible, the verb says."""

    use_required_attribute = False

    def __init__(
        self, *args: Any, most: Mapping[int, int], is_all: bool = False, **kwargs: Any
    ) -> None:
        """Ask for pieces. most: by order line. is_all: begin with all of them; so with one line."""
        super().__init__(*args, **kwargs)
        self.most = most
        for line, count in most.items():
            self.fields[f"line-{line}"] = forms.IntegerField(
                label=_("How many?"),
                min_value=0,
                max_value=count,
                initial=count if is_all or len(most) == 1 else 0,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.get(f"line-{line}") for line in self.most):
            raise forms.ValidationError(_("Choose at least one item."), code="nothing")
        return cleaned

    @property
    def quantities(self) -> dict[int, int]:
        """The chosen pieces by order line."""
        said = {line: self.cleaned_data.get(f"line-{line}") for line in self.most}
        return {line: count for line, count in said.items() if count}

    def attach(self, error: ReturnError) -> None:
        """Put an error of the domain next to the field it is about."""
        name = f"line-{error.field[1]}" if len(error.field) > 1 else ""
        self.add_error(name if name in self.fields else None, error.message)
