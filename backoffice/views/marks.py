"""Tags and assignment of a return, and the history of its buyer."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, act_page, detail_url
from backoffice.forms.marks import MarksForm
from backoffice.marks_page import members_here
from returns import marks, risk
from returns.models import Return


@staff(Permission.WRITE_NOTE)
@require_http_methods(GET_AND_POST)
def return_marks(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the tags of a return and whose work it is."""
    return_ = return_page.load(pk)
    form = MarksForm(request.POST or None, return_=return_, members=members_here())
    return act_page(
        request,
        return_,
        None,
        form,
        lambda: _save(request, return_, form),
        done=_("Saved."),
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Tags and assignment of %(reference)s") % {"reference": return_.reference},
            "consequences": [{"icon": "eye", "text": _("Only staff see this.")}],
            "submit_label": _("Save"),
            "tone": "primary",
        },
    )


def _save(request: StaffRequest, return_: Return, form: MarksForm) -> None:
    wanted = marks.checked_tags(form.wanted)
    gone = [one for one in return_.tags if one not in wanted]
    marks.tag(return_, actor=request.actor, add=wanted, remove=gone)
    marks.assign(return_, actor=request.actor, to=form.member)


@staff(Permission.VIEW_RETURNS)
@require_safe
def return_history(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what the buyer of a return bought and returned before, and what is counted of it."""
    return_ = return_page.load(pk)
    signals = risk.signals_of(return_, at=timezone.now())
    context: dict[str, Any] = {
        "return_": return_,
        "level": signals.level,
        "reasons": [
            {"level": level, "label": level.label, "words": words}
            for level, words in signals.reasons
        ],
        "bounds": _bounds(),
        "back_url": detail_url(return_),
    }
    return render(request, "backoffice/returns/history.html", context)


def _bounds() -> list[dict[str, object]]:
    """Return from where on each signal counts, in words."""
    rows = (
        (_("Return rate, in percent"), risk.RATE_FROM),
        (_("Earlier returns"), risk.RETURNS_FROM),
        (_("Returns for our mistakes"), risk.CLAIMS_FROM),
        (_("Pieces missing in parcels"), risk.MISSING_FROM),
    )
    return [{"label": label, "medium": two[0], "high": two[1]} for label, two in rows]
