"""The kinds of pages that all settings have: a list, a form that saves one, one that removes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from backoffice.access import StaffRequest
from returns import setting_changes


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing in a list: its name, its page, and a text per further column."""

    label: str
    url: str
    cells: Sequence[object]


def list_page(
    request: StaffRequest,
    *,
    title: "str | Promise",
    lead: "str | Promise",
    columns: Sequence["str | Promise"],
    rows: Sequence[Row],
    new_url: str = "",
    new_label: "str | Promise" = "",
    more_url: str = "",
    more_label: "str | Promise" = "",
    more_icon: str = "upload",
) -> HttpResponse:
    """Show a list; columns: the headings, the first one that of the names.

    new_url and more_url: the pages that add one, and that do something else about them.
    """
    context = {
        "title": title,
        "lead": lead,
        "heading": columns[0],
        "columns": columns[1:],
        "rows": [
            {"row": row, "cells": list(zip(columns[1:], row.cells, strict=True))} for row in rows
        ],
        "new_url": new_url,
        "new_label": new_label,
        "more_url": more_url,
        "more_label": more_label,
        "more_icon": more_icon,
    }
    return render(request, "backoffice/settings/list.html", context)


def form_page(
    request: StaffRequest,
    form: forms.BaseForm,
    save: Callable[[], object] | None = None,
    *,
    title: str,
    back_url: str,
    back_label: "str | Promise",
    done: str,
    lead: "str | Promise" = "",
    remove_url: str = "",
    more_url: str = "",
    more_label: "str | Promise" = "",
) -> HttpResponse:
    """Show a form, or save it and go back to the list; `save` may add errors to the form.

    save: left out, the row that the form is about is saved, and who did so is kept.
    remove_url: the page that removes what the form is about, where that is possible. more_url: a
        page with more about it.
    """
    if form.is_valid():
        if save is not None:
            save()
        elif isinstance(form, forms.ModelForm):
            setting_changes.save(form.save(commit=False), actor=request.actor)
        if not form.errors:
            messages.success(request, done)
            return redirect(back_url)
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "lead": lead,
        "back_url": back_url,
        "back_label": back_label,
        "remove_url": remove_url,
        "more_url": more_url,
        "more_label": more_label,
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/settings/form.html", context, status=status)


def remove_page(
    request: StaffRequest,
    thing: models.Model,
    *,
    title: str,
    consequence: dict[str, str],
    submit_label: str,
    done: str,
    back_url: str,
    list_url: str,
) -> HttpResponse:
    """Ask whether to remove a setting, or remove it and go back to the list.

    consequence: `icon` and `text` of what will happen. back_url: the page of the setting.
    """
    if request.method == "POST":
        setting_changes.remove(thing, actor=request.actor)
        messages.success(request, done)
        return redirect(list_url)
    context = {
        "title": title,
        "lead": str(thing),
        "consequences": [consequence],
        "submit_label": submit_label,
        "cancel_url": back_url,
    }
    return render(request, "backoffice/settings/remove.html", context)
