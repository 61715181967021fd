"""Settings: trying a store's policy out on an order."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice import rule_words
from backoffice.access import StaffRequest, staff
from backoffice.forms.trial import TrialForm
from backoffice.words import day_words
from orders.models import Order, Store
from returns.eligibility import Verdict
from returns.models import ReturnReason
from returns.policies import saving, trial
from returns.policies.rules.evaluation import Tried
from returns.policies.rules.schema import CONDITIONS, SETTINGS
from returns.policies.trial import LineTrial


@staff(Permission.MANAGE_SETTINGS)
@require_safe
def try_policy(request: StaffRequest, pk: int) -> HttpResponse:
    """Show, for each line of an order, which rule decides what and why."""
    store = get_object_or_404(Store, pk=pk)
    reasons = [(each.handle, each.name) for each in ReturnReason.objects.offered()]
    form = TrialForm(request.GET or None, store=store, reasons=reasons)
    found = _trials(store, form) if form.is_valid() else []
    context = {
        "store": store,
        "form": form,
        "lines": [_line(each, store) for each in found],
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/rules/try.html", context, status=status)


def _trials(store: Store, form: TrialForm) -> list[LineTrial]:
    """Return the trials of what was asked for; [] with an error in the form for nothing."""
    version = saving.latest(store.pk)
    if reference := form.cleaned_data["order"].strip():
        order = _order(store, reference)
        if order is None:
            form.add_error("order", _("There is no order with this number in this store."))
            return []
        return trial.of_order(order, version, form.wish)
    invented = form.invented()
    if invented is None:
        form.add_error("day", _("Enter an order's number, or the day on which it was bought."))
        return []
    return [trial.of_invented(store, version, invented, form.wish)]


def _order(store: Store, reference: str) -> Order | None:
    plain = reference.lstrip("#")
    return (
        Order.objects.filter(store=store, reference__in=[reference, plain, f"#{plain}"])
        .select_related("store", "customer")
        .prefetch_related("lines__variant__product")
        .first()
    )


def _line(found: LineTrial, store: Store) -> dict[str, Any]:
    rows = [
        {
            "label": rule_words.first_up(SETTINGS[each.name].label),
            "value": _value(each.name, each.value, store.currency),
            "by": each.rule.name if each.rule else "",
        }
        for each in found.decided
    ]
    return {
        "title": found.line.title if found.line else _("Invented item"),
        "meta": found.line.sku if found.line else "",
        "outcomes": [_outcome(verdict) for verdict in _first_of_each(found.verdicts)],
        "decided": [row for row in rows if row["by"]],
        "defaults": [row for row in rows if not row["by"]],
        "tried": [_tried(each) for each in found.tried],
    }


def _value(name: str, value: Any, currency: str) -> str:
    """Return a setting in words; what is empty is none."""
    if value in ("", {}) or (value is None and not SETTINGS[name].none):
        return "–"  # noqa: RUF001
    return rule_words.value_words(SETTINGS[name], value, currency)


def _first_of_each(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts without repeats, in their order."""
    return [each for n, each in enumerate(verdicts) if each not in verdicts[:n]]


def _outcome(verdict: Verdict) -> dict[str, str]:
    if verdict.blockers:
        return {"tone": "neutral", "icon": "lock", "words": " · ".join(verdict.messages)}
    words = _("Can be returned")
    if verdict.until is not None:
        words = _("Can be returned until %(day)s") % {"day": day_words(verdict.until)}
    if verdict.by_reason:
        words = f"{words} · {_('for some reasons only')}"
    return {"tone": "positive", "icon": "check", "words": words}


def _tried(each: Tried) -> dict[str, Any]:
    if each.decided:
        names = ", ".join(str(SETTINGS[name].label) for name in each.decided)
        return _told(each, "positive", "check", _("Decides: %(settings)s") % {"settings": names})
    if not each.unmet:
        return _told(each, "info", "info", _("Holds, but rules before it decided all it sets."))
    own = {"active": _("it is switched off"), "valid": _("it was not valid on that day")}
    why = ", ".join(own.get(name) or str(CONDITIONS[name].label) for name in each.unmet)
    return _told(each, "neutral", "minus", _("Does not hold: %(conditions)s") % {"conditions": why})


def _told(each: Tried, tone: str, icon: str, words: str) -> dict[str, Any]:
    return {"name": each.rule.name, "tone": tone, "icon": icon, "words": words}
