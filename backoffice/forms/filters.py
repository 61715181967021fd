"""What lists can be narrowed to; read from the address, so that it can be shared."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import Store
from returns.models import ReturnReason, ReturnStatus
from returns.queries import Filters, Queue, Sort


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def _set_choices(field: forms.Field, choices: Sequence[tuple[str, Any]]) -> None:
    """Give a choice field the choices that are known only now."""
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


class ListForm(forms.Form):
    """What all lists are narrowed by: words, store, days."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    store = forms.ChoiceField(label=_("Store"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput)
    until = forms.DateField(label=_("To"), required=False, widget=DateInput)

    def __init__(self, *args: Any, stores: Sequence[Store], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = {store.code: store for store in stores}
        names = [(store.code, store.name) for store in stores]
        _set_choices(self.fields["store"], [("", _("Any store")), *names])
        self.fields["q"].widget.input_type = "search"

    def clean(self) -> dict[str, Any]:
        """Refuse a span of days that ends before it begins."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return cleaned

    @property
    def chosen_store(self) -> Store | None:
        """The store that the list is narrowed to."""
        return self.stores.get(self.cleaned_data.get("store", ""))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose days are meant: the chosen store's, or that of all if they share."""
        zones = {store.time_zone for store in self.stores.values()}
        if self.chosen_store:
            return self.chosen_store.zone
        return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")


def _optional(label: Any, choices: type[TextChoices]) -> list[tuple[str, Any]]:
    return [("", label), *choices.choices]


class ReturnListForm(ListForm):
    """What the list of returns is narrowed to, and its order."""

    queue = forms.ChoiceField(
        label=_("Queue"), required=False, choices=Queue.choices, widget=forms.HiddenInput
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=_optional(_("Any status"), ReturnStatus)
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=50)
    assignee = forms.ChoiceField(label=_("Assigned to"), required=False)
    sort = forms.ChoiceField(label=_("Sort by"), required=False, choices=Sort.choices)

    def __init__(
        self,
        data: QueryDict,
        *,
        reasons: Sequence[ReturnReason],
        members: Sequence[User] = (),
        **kwargs: Any,
    ) -> None:
        chosen = data.copy()
        # Queues begin with who waits longest.
        usual = Sort.OLDEST if chosen.get("queue") else Sort.NEWEST
        chosen["sort"] = chosen.get("sort") or usual
        super().__init__(chosen, **kwargs)
        names = [(reason.handle, reason.full_name) for reason in reasons]
        _set_choices(self.fields["reason"], [("", _("Any reason")), *names])
        people = [(str(member.pk), str(member)) for member in members]
        _set_choices(self.fields["assignee"], [("", _("Anybody")), *people])

    @property
    def filters(self) -> Filters:
        """The valid part of what was asked for."""
        chosen = self.cleaned_data
        return Filters(
            queue=chosen.get("queue", ""),
            status=chosen.get("status", ""),
            store=self.chosen_store,
            since=chosen.get("since"),
            until=chosen.get("until"),
            reason=chosen.get("reason", ""),
            tag="-".join(chosen.get("tag", "").lower().split()),
            assignee=chosen.get("assignee", ""),
            words=chosen.get("q", ""),
            zone=self.zone,
        )

    @property
    def order(self) -> Sort:
        """The chosen order, the usual one when it makes no sense."""
        return Sort(self.cleaned_data.get("sort") or Sort.NEWEST)
