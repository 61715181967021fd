"""The acts on one return: each has a page that shows what will happen, then calls its verb."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, act_page, detail_url, free_again, mail_line
from backoffice.forms.acts import ConfirmForm, DeclineForm, NoteForm, QuantitiesForm
from backoffice.forms.receiving import ReceiveForm, rows_of
from backoffice.views.returns import detail_context
from backoffice.words import day_words
from orders.models import Location
from returns import lifecycle, storing
from returns.errors import ReturnError
from returns.models import ReverseFulfillmentLine


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve all of a request, or some pieces of it."""
    return_ = return_page.load(pk)
    lines = return_page.load_lines(return_)
    asked = {line.pk: line.quantity for line in lines}
    form = QuantitiesForm(request.POST or None, lines=lines, most=asked, initial_quantities=asked)
    last_day = day_words(storing.send_by(return_, timezone.now()))
    consequences = [
        {
            "icon": "calendar",
            "text": _("The buyer sends the goods by %(day)s.") % {"day": last_day},
        },
        {"icon": "minus", "text": _("Pieces that you do not approve are taken out.")},
        *mail_line(return_, _("%(email)s gets a mail with the slip.")),
    ]
    return act_page(
        request,
        return_,
        "approve",
        form,
        lambda: lifecycle.approve(
            return_,
            actor=request.actor,
            quantities=form.quantities,
            note=form.cleaned_data["note"],
        ),
        done=_("%(reference)s is approved.") % {"reference": return_.reference},
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Approve %(reference)s") % {"reference": return_.reference},
            "lead": _("Set how many pieces may come back."),
            "consequences": consequences,
            "submit_label": _("Approve"),
            "tone": "primary",
        },
    )


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    """Decline a request with a reason and a message."""
    return_ = return_page.load(pk)
    form = DeclineForm(request.POST or None)
    return act_page(
        request,
        return_,
        "decline",
        form,
        lambda: lifecycle.decline(return_, actor=request.actor, **form.cleaned_data),
        done=_("%(reference)s is declined.") % {"reference": return_.reference},
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Decline %(reference)s?") % {"reference": return_.reference},
            "consequences": [
                {"icon": "x-circle", "text": _("The return ends; this cannot be undone.")},
                free_again(return_),
                *mail_line(return_, _("%(email)s gets a mail with your message.")),
            ],
            "submit_label": _("Decline return"),
            "tone": "danger",
        },
    )


@staff(Permission.CANCEL_RETURN)
@require_http_methods(GET_AND_POST)
def cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Call an open return off."""
    return_ = return_page.load(pk)
    form = ConfirmForm(request.POST or None)
    return act_page(
        request,
        return_,
        "cancel",
        form,
        lambda: lifecycle.cancel(return_, actor=request.actor, note=form.cleaned_data["note"]),
        done=_("%(reference)s is canceled.") % {"reference": return_.reference},
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Cancel %(reference)s?") % {"reference": return_.reference},
            "consequences": [
                {"icon": "ban", "text": _("The return ends; this cannot be undone.")},
                free_again(return_),
                *mail_line(return_, _("%(email)s gets a mail about it.")),
            ],
            "submit_label": _("Cancel return"),
            "tone": "danger",
        },
    )


@staff(Permission.EDIT_RETURN)
@require_http_methods(GET_AND_POST)
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that nothing more will happen."""
    return_ = return_page.load(pk)
    form = ConfirmForm(request.POST or None)
    expected = ngettext(
        "%(count)s piece did not come back; nobody waits for it any more.",
        "%(count)s pieces did not come back; nobody waits for them any more.",
        return_.unprocessed_quantity,
    ) % {"count": return_.unprocessed_quantity}
    missing = [{"icon": "package", "text": expected}] * bool(return_.unprocessed_quantity)
    return act_page(
        request,
        return_,
        "close",
        form,
        lambda: lifecycle.close(return_, actor=request.actor, note=form.cleaned_data["note"]),
        done=_("%(reference)s is closed.") % {"reference": return_.reference},
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Close %(reference)s?") % {"reference": return_.reference},
            "consequences": [
                *missing,
                {"icon": "refresh", "text": _("It can be reopened at any time.")},
            ],
            "submit_label": _("Close return"),
            "tone": "primary",
        },
    )


@staff(Permission.EDIT_RETURN)
@require_http_methods(GET_AND_POST)
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    """Go on with a closed return."""
    return_ = return_page.load(pk)
    form = ConfirmForm(request.POST or None)
    return act_page(
        request,
        return_,
        "reopen",
        form,
        lambda: lifecycle.reopen(return_, actor=request.actor, note=form.cleaned_data["note"]),
        done=_("%(reference)s is open again.") % {"reference": return_.reference},
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Reopen %(reference)s?") % {"reference": return_.reference},
            "consequences": [
                {"icon": "package", "text": _("Pieces can be received and removed again.")}
            ],
            "submit_label": _("Reopen return"),
            "tone": "primary",
        },
    )


@staff(Permission.EDIT_RETURN)
@require_http_methods(GET_AND_POST)
def remove_lines(request: StaffRequest, pk: int) -> HttpResponse:
    """Take pieces that were not received out of a return."""
    return_ = return_page.load(pk)
    lines = return_page.load_lines(return_)
    most = {line.pk: line.removable_quantity for line in lines}
    form = QuantitiesForm(request.POST or None, lines=lines, most=most, initial_quantities={})
    return act_page(
        request,
        return_,
        "remove_lines",
        form,
        lambda: lifecycle.remove_lines(
            return_,
            actor=request.actor,
            quantities=form.quantities,
            note=form.cleaned_data["note"],
        ),
        done=_("The items are taken out of %(reference)s.") % {"reference": return_.reference},
        template="backoffice/returns/quantities.html",
        context={
            "title": _("Remove items from %(reference)s") % {"reference": return_.reference},
            "lead": _("Set how many pieces are taken out."),
            "consequences": [
                {"icon": "refresh", "text": _("They can be returned again.")},
                {"icon": "check-circle", "text": _("A return with nothing left to do closes.")},
            ],
            "submit_label": _("Remove items"),
            "tone": "danger",
        },
    )


@staff(Permission.RECEIVE)
@require_http_methods(GET_AND_POST)
def process(request: StaffRequest, pk: int) -> HttpResponse:
    """Receive what came back and decide what becomes of each piece."""
    return_ = return_page.load(pk)
    work = ReverseFulfillmentLine.objects.filter(reverse_fulfillment__for_return=return_)
    disposed = dict(work.values_list("return_line", "disposed_quantity"))
    form = ReceiveForm(
        request.POST or None,
        rows=rows_of(return_page.load_lines(return_), disposed),
        locations=list(Location.objects.filter(accepts_returns=True)),
        location=return_.store.return_location,
    )
    return act_page(
        request,
        return_,
        "process",
        form,
        lambda: lifecycle.process(
            return_,
            actor=request.actor,
            receipts=form.receipts(),
            note=form.cleaned_data["note"],
        ),
        done=_("Received. What came back is booked."),
        template="backoffice/returns/receive.html",
        context={"expects_pieces": any(not row.has_arrived for row in form.rows)},
    )


@staff(Permission.WRITE_NOTE)
@require_POST
def add_note(request: StaffRequest, pk: int) -> HttpResponse:
    """Write an internal note; an empty one is asked for again on the return's page."""
    return_ = return_page.load(pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            lifecycle.add_note(return_, actor=request.actor, body=form.cleaned_data["body"])
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The note is on the timeline."))
            return redirect(detail_url(return_))
    context = detail_context(request, return_, form)
    return render(request, "backoffice/returns/detail.html", context, status=422)
