"""Settings: the versions of a store's policy, what differs between two, and going back to one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import listing, rule_words
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from orders.models import Store
from orders.pagination import paginate
from returns.models import PolicyVersion, ReturnPolicy
from returns.policies import freezing, saving
from returns.policies.rules.comparison import ABSENT, Change, ChangeKind, Difference, compare
from returns.policies.rules.schema import CONDITIONS, SETTINGS

_LOOKS = {
    ChangeKind.ADDED: ("positive", "plus"),
    ChangeKind.REMOVED: ("critical", "minus"),
    ChangeKind.CHANGED: ("info", "edit"),
    ChangeKind.MOVED: ("neutral", "arrow-down"),
}


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def versions(request: StaffRequest, pk: int) -> HttpResponse:
    """List the versions of a store's policy, newest first: who changed what when."""
    store = get_object_or_404(Store, pk=pk)
    timezone.activate(store.zone)
    page = paginate(
        PolicyVersion.objects.filter(store=store).defer("content"),
        ("-number",),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "store": store,
        "rows": [
            {"version": each, "url": reverse("backoffice:version", args=[store.pk, each.number])}
            for each in page.rows
        ],
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/rules/versions.html", context)


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def version(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Show what a version changed against the one before it, or another one (`against`)."""
    store = get_object_or_404(Store, pk=pk)
    timezone.activate(store.zone)
    shown = get_object_or_404(PolicyVersion, store=store, number=number)
    asked = request.GET.get("against", "")
    other = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else number - 1
    against = PolicyVersion.objects.filter(store=store, number=other).first()
    latest = saving.latest(store.pk)
    context = {
        "store": store,
        "version": shown,
        "against": against,
        "changes": [_change(each, store) for each in _compare(against, shown)],
        "others": [each for each in _numbers(store) if each != number],
        "restore_url": reverse("backoffice:restore_version", args=[store.pk, number])
        if latest and latest.number != number
        else "",
    }
    return render(request, "backoffice/rules/version.html", context)


def _numbers(store: Store) -> list[int]:
    """Return the numbers of the latest versions."""
    found = PolicyVersion.objects.filter(store=store).order_by("-number")
    return list(found.values_list("number", flat=True)[:100])


def _compare(before: PolicyVersion | None, after: PolicyVersion) -> list[Change]:
    old = before.content if before else {"terms": {}, "instructions": "", "rules": []}
    return compare(
        old,
        after.content,
        rules_before=freezing.rules_of(old),
        rules_after=freezing.rules_of(after.content),
    )


def _change(change: Change, store: Store) -> dict[str, Any]:
    words = {
        ChangeKind.ADDED: _("added"),
        ChangeKind.REMOVED: _("removed"),
        ChangeKind.CHANGED: _("changed"),
        ChangeKind.MOVED: _("other place"),
    }
    tone, icon = _LOOKS[change.kind]
    return {
        "title": change.rule.name if change.rule else _("Default policy"),
        "tone": tone,
        "icon": icon,
        "words": words[change.kind],
        "rows": [_difference(each, store.currency) for each in change.differences],
    }


def _difference(found: Difference, currency: str) -> dict[str, str]:
    return {
        "label": rule_words.first_up(_label(found)),
        "before": _words(found, found.before, currency),
        "after": _words(found, found.after, currency),
    }


def _label(found: Difference) -> object:
    own = {
        "name": _("name"),
        "active": _("switched on"),
        "valid_from": _("valid from"),
        "valid_until": _("valid until"),
    }
    if found.half == "rule":
        return own[found.name]
    specs = CONDITIONS if found.half == "conditions" else SETTINGS
    if found.name in specs:
        return specs[found.name].label
    return ReturnPolicy._meta.get_field(found.name).verbose_name  # type: ignore[union-attr]


def _words(found: Difference, value: Any, currency: str) -> str:
    """Return a value in words; a dash for none."""
    specs = CONDITIONS if found.half == "conditions" else SETTINGS
    if value is ABSENT or value in ("", {}, ()) or (found.half == "rule" and value is None):
        return "–"  # noqa: RUF001
    if found.half != "rule" and found.name in specs:
        if value is None and not specs[found.name].none:
            return "–"  # noqa: RUF001
        return rule_words.value_words(specs[found.name], value, currency)
    return rule_words.plain_words(value)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def restore_version(request: StaffRequest, pk: int, number: int) -> HttpResponse:
    """Make everything as it was in a version, as a new one."""
    store = get_object_or_404(Store, pk=pk)
    get_object_or_404(PolicyVersion.objects.defer("content"), store=store, number=number)
    if request.method == "POST":
        saving.restore(store, number, actor=request.actor)
        messages.success(request, _("It is as in version %(number)s again.") % {"number": number})
        return redirect("backoffice:rules", store.pk)
    context = {
        "title": _("Go back to version %(number)s?") % {"number": number},
        "lead": store.name,
        "consequences": [
            {"icon": "refresh", "text": _("Default policy and rules become as they were then.")},
            {"icon": "info", "text": _("This is a new version: what is now can be had again.")},
            {"icon": "info", "text": _("Orders that are in keep the terms they came in with.")},
        ],
        "submit_label": _("Go back to it"),
        "cancel_url": reverse("backoffice:version", args=[store.pk, number]),
    }
    return render(request, "backoffice/settings/remove.html", context)
