"""The form for what staff put on a return for each other."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.forms.errors import ActForm
from returns.models import Return


class MarksForm(ActForm):
    """Tags of a return and whose work it is."""

    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=1200, help_text=_("Separated by commas.")
    )

    def __init__(self, *args: Any, return_: Return, members: Sequence[User], **kwargs: Any) -> None:
        kwargs["initial"] = {
            "assignee": str(return_.assignee_id or ""),
            "tags": ", ".join(return_.tags),
        }
        super().__init__(*args, **kwargs)
        self._members = {str(one.pk): one for one in members}
        names = [(key, str(one)) for key, one in self._members.items()]
        field = self.fields["assignee"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Nobody")), *names]

    @property
    def member(self) -> User | None:
        """Whose work it is to be."""
        return self._members.get(self.cleaned_data["assignee"])

    @property
    def wanted(self) -> list[str]:
        """The tags that it is to have."""
        return [one for one in self.cleaned_data["tags"].split(",") if one.strip()]
