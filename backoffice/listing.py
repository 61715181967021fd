"""What every list shares: addresses that keep the filters, chips of set filters, page links."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from orders.models import Store
from orders.pagination import Page
from returns.queries import MOST_COUNTED


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter that is set, and the list's address without it."""

    label: str
    remove_url: str


def address(request: HttpRequest, changes: Mapping[str, str]) -> str:
    """Return the list's address with some parameters changed ("" removes one), on its first page.

    Empty parameters are left out, so that addresses can be read and shared.
    """
    parameters = request.GET.copy()
    parameters.pop("cursor", None)
    for name, value in changes.items():
        parameters[name] = value
    for name in [name for name, value in parameters.items() if not value]:
        del parameters[name]
    query = parameters.urlencode()
    return f"{request.path}?{query}" if query else request.path


def page_links(request: HttpRequest, page: Page[Any]) -> dict[str, str]:
    """Return `previous_url` and `next_url` for the pagination; "" at the ends."""
    return {
        "previous_url": page.previous and address(request, {"cursor": page.previous}),
        "next_url": page.next and address(request, {"cursor": page.next}),
    }


def chips(request: HttpRequest, form: forms.Form, names: list[str]) -> list[Chip]:
    """Return a chip for each valid filter of `names` that is set, in words."""
    found = []
    for name in names:
        value = form.cleaned_data.get(name)
        if value:
            label = f"{form.fields[name].label}: {_words(form, name, value)}"
            found.append(Chip(label=label, remove_url=address(request, {name: ""})))
    return found


def _words(form: forms.Form, name: str, value: Any) -> str:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field.widget.choices}
        return labels[str(value)]
    return str(form[name].value())


def share(stores: Iterable[Store], rows: Iterable[Any]) -> None:
    """Give all rows of a store the same loaded one, instead of one each."""
    by_id = {store.pk: store for store in stores}
    for row in rows:
        if row.store_id in by_id:
            row.store = by_id[row.store_id]


def urls(view: str, rows: Iterable[models.Model]) -> list[str]:
    """Return the addresses of the pages of rows, by primary key; worked out but once for all."""
    before, after = reverse(view, args=[0]).rsplit("0", 1)
    return [f"{before}{row.pk}{after}" for row in rows]


def count_label(count: int) -> str:
    """Return a count in words: beyond what is counted, `99+`."""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
