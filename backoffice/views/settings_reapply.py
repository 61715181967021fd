"""Settings: applying a store's policy to orders that are in."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import listing, rule_words
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.words import day_words
from orders.models import Store
from orders.pagination import paginate
from returns.errors import ReturnError
from returns.models import PolicyRun, PolicyRunStatus
from returns.policies import reapplying
from returns.policies.rules.schema import SETTINGS
from returns.policies.rules.values import value_of

# The years in which orders may be placed (orders/intake/field_checks.py), and room to spare.
_EARLIEST, _LATEST = 1990, 2200


class ReapplyForm(forms.Form):
    """Which orders: from the day on which they were placed to another, both included."""

    placed_from = forms.DateField(label=gettext_lazy("Orders placed from"))
    placed_until = forms.DateField(label=gettext_lazy("until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("placed_from"), cleaned.get("placed_until")
        if any(day and not _EARLIEST <= day.year <= _LATEST for day in (first, last)):
            raise ValidationError(_("No orders are placed in such a year."))
        if first and last and first > last:
            raise ValidationError(_("The last day lies before the first."))
        return cleaned


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def reapply(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask which orders it is about, and have worked out what would change; list earlier runs."""
    store = get_object_or_404(Store, pk=pk)
    timezone.activate(store.zone)
    today = timezone.now().astimezone(store.zone).date()
    usual = {"placed_from": today - timedelta(days=30), "placed_until": today}
    form = ReapplyForm(request.POST or None, initial=usual)
    if form.is_valid():
        run = reapplying.preview(
            store,
            form.cleaned_data["placed_from"],
            form.cleaned_data["placed_until"],
            actor=request.actor,
        )
        return redirect("backoffice:policy_run", store.pk, run.pk)
    page = paginate(
        PolicyRun.objects.filter(store=store).defer("examples"),
        ("-created_at", "-id"),
        cursor=request.GET.get("cursor", ""),
        size=10,
    )
    context = {
        "store": store,
        "form": form,
        "rows": [
            {"run": run, "url": reverse("backoffice:policy_run", args=[store.pk, run.pk])}
            for run in page.rows
        ],
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/rules/reapply.html", context, status=status)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def policy_run(request: StaffRequest, pk: int, run: int) -> HttpResponse:
    """Show what would change, or how far it is; a POST has it done."""
    found = get_object_or_404(PolicyRun.objects.select_related("store"), store=pk, pk=run)
    timezone.activate(found.store.zone)
    if request.method == "POST":
        try:
            reapplying.apply(found, actor=request.actor)
        except ReturnError as error:
            messages.error(request, error.message)
        return redirect("backoffice:policy_run", pk, run)
    context = {
        "run": found,
        "store": found.store,
        "days": _("%(first)s to %(last)s")
        % {"first": day_words(found.placed_from), "last": day_words(found.placed_until)},
        "counts": _counts(found),
        "rows": [_example(each, found.store.currency) for each in found.examples],
        "may_apply": found.status == PolicyRunStatus.PREVIEWED and found.changed_lines > 0,
        "url": request.path,
    }
    part = bool(request.headers.get("HX-Request"))
    template = "run_part.html" if part else "run.html"
    return render(request, f"backoffice/rules/{template}", context)


def _counts(run: PolicyRun) -> list[dict[str, Any]]:
    done = run.status in (PolicyRunStatus.APPLYING, PolicyRunStatus.DONE)
    orders = _("Orders changed") if done else _("Orders that change")
    lines = _("Lines changed") if done else _("Lines that change")
    return [
        {"label": _("Orders looked at"), "value": run.done},
        {"label": orders, "value": run.changed_orders},
        {"label": lines, "value": run.changed_lines},
    ]


def _example(example: dict[str, Any], currency: str) -> dict[str, Any]:
    changes = [
        {
            "label": rule_words.first_up(SETTINGS[name].label),
            "before": _words(name, before, currency),
            "after": _words(name, after, currency),
        }
        for name, before, after in example["differences"]
    ]
    return {
        "reference": example["reference"],
        "url": reverse("backoffice:order", args=[example["order"]]),
        "title": example["title"],
        "changes": changes,
        "by_reason": example["by_reason"],
    }


def _words(name: str, plain: Any, currency: str) -> str:
    """Return a setting's plain value in words; a dash for none."""
    if plain in ("", {}) or (plain is None and not SETTINGS[name].none):
        return "–"  # noqa: RUF001
    return rule_words.value_words(SETTINGS[name], value_of(SETTINGS[name], plain), currency)
