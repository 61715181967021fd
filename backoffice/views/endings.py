"""Other ends than the shop's shelves: kept by the buyer, sent back to the buyer, unexpected."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, act_page, detail_url, mail_line
from backoffice.forms.acts import QuantitiesForm
from backoffice.forms.endings import ShipBackForm, ShipRepairedForm
from returns import lifecycle
from returns.errors import ReturnError


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def let_keep(request: StaffRequest, pk: int) -> HttpResponse:
    """Let the buyer keep pieces that have not come."""
    return_ = return_page.load(pk)
    lines = return_page.load_lines(return_)
    expected = {line.pk: line.unprocessed_quantity for line in lines}
    form = QuantitiesForm(
        request.POST or None, lines=lines, most=expected, initial_quantities=expected
    )
    return act_page(
        request,
        return_,
        "let_keep",
        form,
        lambda: lifecycle.let_keep(
            return_,
            actor=request.actor,
            quantities=form.quantities,
            note=form.cleaned_data["note"],
        ),
        done=_("The buyer keeps the items. They can be paid back now."),
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Let the buyer keep items of %(reference)s")
            % {"reference": return_.reference},
            "lead": _("Set how many pieces need not come back."),
            "consequences": [
                {"icon": "gift", "text": _("Nobody waits for these pieces any more.")},
                {"icon": "money", "text": _("They can be paid back at once.")},
                *mail_line(return_, _("%(email)s gets a mail to keep them.")),
            ],
            "submit_label": _("Let the buyer keep them"),
            "tone": "primary",
        },
    )


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def ship_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Send refused pieces back to the buyer."""
    return_ = return_page.load(pk)
    lines = return_page.load_lines(return_)
    most = {line.pk: line.refusable_quantity for line in lines}
    form = ShipBackForm(request.POST or None, lines=lines, most=most, initial_quantities=most)
    return act_page(
        request,
        return_,
        "ship_back",
        form,
        lambda: lifecycle.ship_back(
            return_, actor=request.actor, quantities=form.quantities, **form.parcel
        ),
        done=_("Sent back to the buyer."),
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Send items of %(reference)s back") % {"reference": return_.reference},
            "lead": _("Set how many pieces go back to the buyer."),
            "consequences": [
                {"icon": "truck", "text": _("The parcel goes to the buyer; this is final.")},
                {"icon": "ban", "text": _("These pieces can never be paid back.")},
                *mail_line(return_, _("%(email)s gets a mail with your message.")),
            ],
            "submit_label": _("Send back to the buyer"),
            "tone": "danger",
        },
    )


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def ship_repaired(request: StaffRequest, pk: int) -> HttpResponse:
    """Send pieces back to the buyer that were repaired."""
    return_ = return_page.load(pk)
    lines = [line for line in return_page.load_lines(return_) if line.is_repair]
    most = {line.pk: line.repairable_quantity for line in lines}
    form = ShipRepairedForm(request.POST or None, lines=lines, most=most, initial_quantities=most)
    return act_page(
        request,
        return_,
        "ship_repaired",
        form,
        lambda: lifecycle.ship_repaired(
            return_, actor=request.actor, quantities=form.quantities, **form.parcel
        ),
        done=_("Repaired and sent back to the buyer."),
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Send repaired items of %(reference)s back")
            % {"reference": return_.reference},
            "lead": _("Set how many pieces are repaired and go back to the buyer."),
            "consequences": [
                {"icon": "truck", "text": _("The parcel goes to the buyer; this is final.")},
                {"icon": "money", "text": _("Nothing is paid back for these pieces.")},
                *mail_line(return_, _("%(email)s gets a mail that they are on the way.")),
            ],
            "submit_label": _("Send back to the buyer"),
            "tone": "primary",
        },
    )


@staff(Permission.RECEIVE)
@require_POST
def decide_unexpected(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Decide whether an unexpected item goes into stock."""
    return_ = return_page.load(pk)
    try:
        lifecycle.decide_unexpected(
            return_, actor=request.actor, item_id=item, type=request.POST.get("type", "")
        )
    except ReturnError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Decided."))
    return redirect(detail_url(return_))
