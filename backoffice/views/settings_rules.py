"""Settings: the rules on top of a store's return policy."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import rule_words
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.rules import RuleForm
from orders.models import Location, Store
from returns.errors import ReturnError, UnknownRule
from returns.models import ReturnReason
from returns.policies import freezing, known_words, saving
from returns.policies.rules import findings
from returns.policies.rules.schema import Rule


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def rules(request: StaffRequest, pk: int) -> HttpResponse:
    """List a store's rules in the order in which they are tried, with what is odd about them."""
    store = get_object_or_404(Store.objects.select_related("return_policy"), pk=pk)
    found = saving.rules_in_force(store.pk)
    today = timezone.now().astimezone(store.zone).date()
    usual = saving.of_store(store).terms
    odd = findings.find(found, known_words.of(found), today=today, usual=usual)
    context = {
        "store": store,
        "rows": [_row(store, found, index) for index in range(len(found))],
        "findings": [
            {"name": each.name, "message": each.message, "url": _url(store, each.key)}
            for each in odd
        ],
    }
    return render(request, "backoffice/rules/list.html", context)


def _row(store: Store, found: list[Rule], index: int) -> dict[str, Any]:
    rule = found[index]
    return {
        "number": index + 1,
        "key": rule.key,
        "name": rule.name,
        "active": rule.active,
        "url": _url(store, rule.key),
        "move_url": reverse("backoffice:move_rule", args=[store.pk, rule.key]),
        "when": rule_words.when(rule, store.currency),
        "then": rule_words.then(rule, store.currency),
        "validity": rule_words.validity(rule),
        "is_first": index == 0,
        "is_last": index == len(found) - 1,
    }


def _url(store: Store, key: str) -> str:
    return reverse("backoffice:rule", args=[store.pk, key])


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def new_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a rule behind all others."""
    store = get_object_or_404(Store, pk=pk)
    return _form_page(request, store, None)


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def rule(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """Edit a rule."""
    store = get_object_or_404(Store, pk=pk)
    return _form_page(request, store, key)


def _form_page(request: StaffRequest, store: Store, key: str | None) -> HttpResponse:
    version = saving.latest(store.pk)
    known = freezing.rules_of(version.content) if version else []
    edited = _find(known, key) if key else None
    form = RuleForm(
        request.POST or None,
        key=key or saving.new_key(),
        currency=store.currency,
        version=version.number if version else 0,
        rule=edited,
        reasons=[(each.handle, each.name) for each in ReturnReason.objects.offered()],
        locations=Location.objects.filter(accepts_returns=True).values_list("code", "name"),
    )
    if form.is_valid() and _save(request, store, form):
        return redirect("backoffice:rules", store.pk)
    context = {
        "store": store,
        "form": form,
        "title": edited.name if edited else _("New rule"),
        "back_url": reverse("backoffice:rules", args=[store.pk]),
        "remove_url": reverse("backoffice:remove_rule", args=[store.pk, key]) if key else "",
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/rules/form.html", context, status=status)


def _save(request: StaffRequest, store: Store, form: RuleForm) -> bool:
    """Call the verb; False, with the form saying why, when it refuses."""
    if form.rule is None:
        return False
    base = form.cleaned_data["base"]
    try:
        saving.put_rule(store, form.rule, actor=request.actor, base=base)
    except ReturnError as error:
        form.add_error(None, error.message)
        return False
    messages.success(request, _("The rule is saved. New orders come in with it."))
    return True


def _find(known: list[Rule], key: str) -> Rule:
    for each in known:
        if each.key == key:
            return each
    raise Http404


@staff(Permission.MANAGE_SETTINGS)
@require_http_methods(GET_AND_POST)
def remove_rule(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """Take a rule away."""
    store = get_object_or_404(Store, pk=pk)
    found = _find(saving.rules_in_force(store.pk), key)
    if request.method == "POST":
        saving.remove_rule(store, key, actor=request.actor)
        messages.success(request, _("The rule is removed."))
        return redirect("backoffice:rules", store.pk)
    context = {
        "title": _("Remove this rule?"),
        "lead": found.name,
        "consequences": [
            {"icon": "info", "text": _("Orders that are in keep what it decided.")},
            {"icon": "refresh", "text": _("You can undo this under Versions.")},
        ],
        "submit_label": _("Remove rule"),
        "cancel_url": _url(store, key),
    }
    return render(request, "backoffice/settings/remove.html", context)


@staff(Permission.MANAGE_SETTINGS)
@require_POST
def move_rule(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """Have a rule tried one place earlier (`to` is "up") or later."""
    store = get_object_or_404(Store, pk=pk)
    up = request.POST.get("to") == "up"
    try:
        saving.move_rule(store, key, up=up, actor=request.actor)
    except UnknownRule as error:
        messages.error(request, error.message)
    return redirect(reverse("backoffice:rules", args=[store.pk]) + f"#rule-{key}")
