"""Putting what the domain refused next to the field it is about."""

from collections.abc import Sequence

from django import forms

from returns.errors import ReturnError


class ActForm(forms.Form):
    """A form whose answers go to a verb; texts and choices keep what was typed."""

    # A browser must not ask for what the verb may not need; the verb says what is missing.
    use_required_attribute = False

    def field_name(self, path: Sequence[str]) -> str | None:
        """Return the field that an error's path (as in ReturnError.field) is about; None: all."""
        return path[0] if path and path[0] in self.fields else None

    def attach(self, error: ReturnError) -> None:
        """Show what a verb refused at its field; nothing that was typed is lost."""
        self.add_error(self.field_name(error.field), error.message)
