"""What is done with many returns at once, chosen in the list."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import Permission
from backoffice.access import StaffRequest, staff
from backoffice.views.returns import pdf_response
from returns import lifecycle
from returns.errors import ReturnError
from returns.models import Return

MOST = 50


def _selected(request: HttpRequest) -> list[Return]:
    """Return the chosen returns in the order of the list; what is not a known id is left out."""
    keys = [
        int(key) for key in request.POST.getlist("selected") if key.isdecimal() and len(key) < 19
    ]
    found = Return.objects.select_related("order", "store").in_bulk(keys[: MOST + 1])
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def _refused(request: HttpRequest, returns: Sequence[Return]) -> HttpResponse | None:
    """Lead back to the list when nothing was chosen, or too much."""
    if returns and len(returns) <= MOST:
        return None
    words = _("Choose at most %(count)s returns.") if returns else _("Choose at least one return.")
    messages.error(request, words % {"count": MOST})
    return redirect("backoffice:returns")


@staff(Permission.VIEW_RETURNS)
@require_POST
def print_slips(request: StaffRequest) -> HttpResponse:
    """Show the slips of the chosen returns as one PDF."""
    returns = _selected(request)
    return _refused(request, returns) or pdf_response(returns)


@staff(Permission.DECIDE_RETURN)
@require_POST
def approve(request: StaffRequest) -> HttpResponse:
    """Approve each chosen request by itself, and say for each what came of it."""
    returns = _selected(request)
    if answer := _refused(request, returns):
        return answer
    context = {
        "rows": [_approve(request, return_) for return_ in returns],
        "list_url": f"{reverse('backoffice:returns')}?queue=decide",
    }
    return render(request, "backoffice/returns/batch.html", context)


def _approve(request: StaffRequest, return_: Return) -> dict[str, object]:
    try:
        lifecycle.approve(return_, actor=request.actor)
    except ReturnError as error:
        words, tone, icon = error.message, "critical", "alert"
    else:
        words, tone, icon = _("Approved."), "positive", "check"
    return {"return_": return_, "words": words, "tone": tone, "icon": icon}
