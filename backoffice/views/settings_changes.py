"""Settings: who changed which of them when."""

import json
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice import listing
from backoffice.access import StaffRequest, staff
from backoffice.words import moment_words
from orders.pagination import paginate
from returns.models import SettingAct, SettingChange, SettingKind

_MODELS = {
    kind.value: next(model for model in apps.get_models() if model._meta.model_name == kind)
    for kind in SettingKind
}
_LOOKS = {
    SettingAct.ADDED: ("positive", "plus"),
    SettingAct.CHANGED: ("info", "edit"),
    SettingAct.REMOVED: ("critical", "minus"),
}


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def setting_changes(request: StaffRequest) -> HttpResponse:
    """List the changes of settings, newest first."""
    page = paginate(SettingChange.objects.all(), ("-id",), cursor=request.GET.get("cursor", ""))
    context = {
        "rows": [_row(change) for change in page.rows],
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/settings/changes.html", context)


def _row(change: SettingChange) -> dict[str, Any]:
    tone, icon = _LOOKS[SettingAct(change.act)]
    details = [_words(change, name, *values) for name, values in change.changes.items()]
    return {
        "subject": change.subject,
        "kind": change.get_kind_display(),
        "act": change.get_act_display(),
        "tone": tone,
        "icon": icon,
        # What was added or removed says itself what it was; a change says what of it.
        "details": details if change.act == SettingAct.CHANGED else [],
        "who": change.actor_name,
        "when": moment_words(change.at),
        "iso": change.at.isoformat(),
    }


def _words(change: SettingChange, name: str, before: Any, after: Any) -> str:
    """Return a column's change in words; a column that is no more goes by its name."""
    label, choices = name, {}
    try:
        field = _MODELS[change.kind]._meta.get_field(name)
    except FieldDoesNotExist:
        pass
    else:
        label = str(getattr(field, "verbose_name", name))
        choices = dict(getattr(field, "flatchoices", None) or ())
    old, new = (_value(value, choices) for value in (before, after))
    return f"{label}: {old} → {new}"


def _value(value: Any, choices: dict[Any, Any]) -> str:
    if value is None or value in ("", [], {}):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(choices.get(value, value))
