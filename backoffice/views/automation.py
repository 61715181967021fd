"""Automation: the rules, one rule with its preview and what it did, and changing it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import automation_words
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url
from backoffice.forms.automation import RuleForm
from backoffice.words import amount_words, moment_words
from returns.automation import preview, rules
from returns.automation.ready_made import TEMPLATES, made_from
from returns.automation.timing import LOOK_BACK
from returns.errors import InvalidRule
from returns.models import AutomationRule, RuleRun, RunStatus

RUNS_SHOWN = 20
MATCHES_SHOWN = 25


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def automation(request: StaffRequest) -> HttpResponse:
    """List the rules, and those that come with Retour."""
    since = timezone.now() - LOOK_BACK
    done = Q(runs__started_at__gt=since, runs__status=RunStatus.DONE)
    found = AutomationRule.objects.kept().select_related("store")
    found = found.annotate(acted=Count("runs", filter=done))
    context = {
        "rows": [_row(rule) for rule in found],
        "templates": [
            {
                "name": template.name,
                "lead": template.lead,
                "url": f"{reverse('backoffice:new_automation_rule')}?from={handle}",
            }
            for handle, template in TEMPLATES.items()
        ],
    }
    return render(request, "backoffice/automation/list.html", context)


def _row(rule: AutomationRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "url": reverse("backoffice:automation_rule", args=[rule.pk]),
        "when": automation_words.when(rule),
        "store": rule.store.name if rule.store else _("All stores"),
        "state": automation_words.state(rule),
        "acted": rule.acted,  # type: ignore[attr-defined]
    }


def _load(pk: int) -> AutomationRule:
    return get_object_or_404(AutomationRule.objects.kept().select_related("store"), pk=pk)


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what a rule says, what it would have done in the last 90 days, and what it did."""
    found = _load(pk)
    problems = rules.problems(found)
    names = automation_words.Names.of(found)
    context = {
        "rule": found,
        "state": automation_words.state(found),
        "when": automation_words.when(found),
        "conditions": automation_words.conditions(found, names),
        "actions": automation_words.actions(found, names),
        "problems": [problem.message for problem in problems],
        "preview": None if problems else _preview(request, found),
        "runs": [_run(one) for one in _runs(found)],
        "last_change": _("Changed by %(name)s on %(moment)s")
        % {"name": found.changed_by, "moment": moment_words(found.changed_at)},
    }
    return render(request, "backoffice/automation/rule.html", context)


def _preview(request: StaffRequest, rule: AutomationRule) -> dict[str, Any]:
    cursor = request.GET.get("cursor", "")
    found = preview.preview(rule, cursor=cursor)
    shown = preview.PAGE if request.GET.get("all") else MATCHES_SHOWN
    return {
        "rows": [_match(one) for one in found.matches[:shown]],
        "all_url": f"{request.path}?{urlencode({'cursor': cursor, 'all': 1})}#preview"
        if len(found.matches) > shown
        else "",
        "count": len(found.matches),
        "looked_at": found.looked_at,
        "older_url": f"{request.path}?cursor={found.older}#preview" if found.older else "",
        "newest_url": f"{request.path}#preview" if cursor else "",
    }


def _match(match: preview.Match) -> dict[str, Any]:
    return_ = match.return_
    with timezone.override(return_.store.zone):
        when = moment_words(match.at)
    return {
        "reference": return_.reference,
        "url": detail_url(return_),
        "when": when,
        "buyer": return_.sender_name or return_.email,
        "value": amount_words(match.facts.value, match.facts.currency),
        "status": return_.status,
        "status_label": return_.get_status_display(),
    }


def _runs(rule: AutomationRule) -> list[RuleRun]:
    return list(rule.runs.select_related("for_return").order_by("-pk")[:RUNS_SHOWN])


def _run(run: RuleRun) -> dict[str, Any]:
    return {
        "reference": run.for_return.reference,
        "url": detail_url(run.for_return),
        "when": moment_words(run.started_at),
        "status": run.status,
        "status_label": run.get_status_display(),
        "did": automation_words.acts_done(run.told),
        "why": run.why,
    }


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_rule(request: StaffRequest) -> HttpResponse:
    """Write a rule, from nothing or from one that comes with Retour."""
    handle = request.GET.get("from", "")
    made = made_from(handle, None) if handle in TEMPLATES else AutomationRule()
    return _form(request, made, _("New rule"), reverse("backoffice:automation"))


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def edit_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a rule; it is off afterwards, until somebody has seen what it would do."""
    found = _load(pk)
    back = reverse("backoffice:automation_rule", args=[pk])
    return _form(request, found, _("Change “%(rule)s”") % {"rule": found.name}, back)


def _form(request: StaffRequest, rule: AutomationRule, title: str, back: str) -> HttpResponse:
    form = RuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        saved = rules.save(form.rule, actor=request.actor)
        messages.success(request, _("Saved. The rule is off: see what it would do, then switch."))
        return redirect("backoffice:automation_rule", pk=saved.pk)
    context = {
        "form": form,
        "title": title,
        "back_url": back,
        "is_on": rule.enabled,
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/automation/form.html", context, status=status)


@staff(Permission.MANAGE_SETTINGS)
@require_POST
def switch_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off."""
    found = _load(pk)
    try:
        if request.POST.get("action") == "on":
            rules.switch_on(found, actor=request.actor)
            messages.success(request, _("The rule is on."))
        else:
            rules.switch_off(found, actor=request.actor)
            messages.success(request, _("The rule is off."))
    except InvalidRule as error:
        messages.error(request, error.message)
    return redirect("backoffice:automation_rule", pk=pk)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def remove_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a rule away."""
    found = _load(pk)
    if request.method == "POST":
        rules.remove(found, actor=request.actor)
        messages.success(request, _("The rule is removed."))
        return redirect("backoffice:automation")
    context = {
        "title": _("Remove this rule?"),
        "lead": found.name,
        "consequences": [
            {"icon": "ban", "text": _("It acts no more.")},
            {"icon": "note", "text": _("What it did stays on the timelines of returns.")},
        ],
        "submit_label": _("Remove rule"),
        "cancel_url": reverse("backoffice:automation_rule", args=[pk]),
    }
    return render(request, "backoffice/settings/remove.html", context)
