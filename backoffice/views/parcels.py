"""Parcels back: announcing one, its label, how it is followed, how far it is, taking it out."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url
from backoffice.forms.acts import ConfirmForm
from backoffice.forms.errors import ActForm
from backoffice.forms.parcels import (
    LabelForm,
    ParcelForm,
    StateForm,
    TrackingForm,
    tracking_initial,
)
from returns.errors import InvalidState, NotPermitted, ReturnError, UnknownParcel
from returns.models import (
    ParcelState,
    Return,
    ReturnStatus,
    ReverseDelivery,
    ReverseFulfillmentLine,
)
from returns.parcels import deliveries, label_files, labels
from returns.parcels import work as parcel_work
from returns.uploads import small_files


@small_files(labels.LARGEST)
@staff(Permission.SHIP)
@require_http_methods(GET_AND_POST)
def add_parcel(request: StaffRequest, pk: int) -> HttpResponse:
    """Announce a parcel, with its label and tracking if they are known."""
    return_ = return_page.load(pk)
    form = _parcel_form(request, return_)
    if not form.places:
        messages.error(request, _("A parcel can only be added to an open return."))
        return redirect(detail_url(return_))
    return _page(
        request,
        return_,
        form,
        lambda: deliveries.add_parcel(
            return_,
            actor=request.actor,
            work_id=form.cleaned_data["work"],
            pieces=form.pieces,
            tracking=form.tracking,
            label=form.wish,
            weight_grams=form.cleaned_data["weight_grams"],
            notify=form.cleaned_data["notify"],
        ),
        done=_("The parcel is added."),
        template="backoffice/parcels/add.html",
        context={
            "title": _("Add a parcel to %(reference)s") % {"reference": return_.reference},
            "asks_place": len(form.places) > 1,
        },
    )


def _parcel_form(request: StaffRequest, return_: Return) -> ParcelForm:
    work = return_.reverse_fulfillments.filter(
        status="OPEN", for_return__status=ReturnStatus.OPEN
    ).select_related("location")
    places = {one.pk: str(one.location or _("The store's address")) for one in work.order_by("pk")}
    lines = list(
        ReverseFulfillmentLine.objects.filter(reverse_fulfillment__in=places)
        .select_related("return_line__fulfillment_line__order_line")
        .prefetch_related("return_line__fulfillment_line__order_line__bundle_parts")
        .order_by("pk")
    )
    return ParcelForm(
        request.POST or None,
        request.FILES or None,
        places=places,
        lines=lines,
        left=parcel_work.left_of(lines),
    )


@small_files(labels.LARGEST)
@staff(Permission.SHIP)
@require_http_methods(GET_AND_POST)
def parcel_label(request: StaffRequest, pk: int, parcel: int) -> HttpResponse:
    """Give a parcel a label, or another one."""
    return_, found = _load(pk, parcel)
    form = LabelForm(request.POST or None, request.FILES or None)
    return _page(
        request,
        return_,
        form,
        lambda: deliveries.attach_label(
            found, actor=request.actor, label=form.wish, notify=form.cleaned_data["notify"]
        ),
        done=_("The label is set."),
        template="backoffice/parcels/form.html",
        context={
            "title": _("Label of parcel %(number)s") % {"number": found.number},
            "lead": _("It takes the place of the one before.") if found.has_label else "",
            "submit_label": _("Set label"),
        },
    )


@staff(Permission.SHIP)
@require_http_methods(GET_AND_POST)
def parcel_tracking(request: StaffRequest, pk: int, parcel: int) -> HttpResponse:
    """Say how a parcel can be followed."""
    return_, found = _load(pk, parcel)
    form = TrackingForm(request.POST or None, initial=tracking_initial(found))
    return _page(
        request,
        return_,
        form,
        lambda: deliveries.update_tracking(found, actor=request.actor, tracking=form.tracking),
        done=_("The tracking is saved."),
        template="backoffice/parcels/form.html",
        context={
            "title": _("Tracking of parcel %(number)s") % {"number": found.number},
            "submit_label": _("Save"),
        },
    )


@staff(Permission.SHIP)
@require_http_methods(GET_AND_POST)
def parcel_state(request: StaffRequest, pk: int, parcel: int) -> HttpResponse:
    """Say how far a parcel is, also back to correct it."""
    return_, found = _load(pk, parcel)
    form = StateForm(request.POST or None, initial={"state": found.state})
    return _page(
        request,
        return_,
        form,
        lambda: deliveries.set_state(found, actor=request.actor, state=form.cleaned_data["state"]),
        done=_("The state is saved."),
        template="backoffice/parcels/form.html",
        context={
            "title": _("State of parcel %(number)s") % {"number": found.number},
            "lead": _("A step back corrects a mistake; the buyer does not see that."),
            "submit_label": _("Save"),
        },
    )


@staff(Permission.SHIP)
@require_http_methods(GET_AND_POST)
def parcel_remove(request: StaffRequest, pk: int, parcel: int) -> HttpResponse:
    """Take out a parcel that was not handed in."""
    return_, found = _load(pk, parcel)
    if request.method != "POST" and found.state != ParcelState.LABEL_MADE:
        messages.error(request, _("This parcel was handed in: it cannot be removed."))
        return redirect(detail_url(return_))
    form = ConfirmForm(request.POST or None)
    bought = {"icon": "money", "text": _("A label bought from a carrier is not given back by it.")}
    return _page(
        request,
        return_,
        form,
        lambda: deliveries.remove_parcel(
            found, actor=request.actor, note=form.cleaned_data["note"]
        ),
        done=_("The parcel is removed."),
        template="backoffice/returns/confirm.html",
        context={
            "title": _("Remove parcel %(number)s?") % {"number": found.number},
            "consequences": [
                {"icon": "trash", "text": _("Its label and tracking are deleted.")},
                {"icon": "refresh", "text": _("Its pieces can go into another parcel.")},
                *([bought] if found.adapter not in ("", "own") else []),
            ],
            "submit_label": _("Remove parcel"),
            "tone": "danger",
        },
    )


@staff(Permission.VIEW_RETURNS)
@require_safe
def parcel_label_file(request: StaffRequest, pk: int, parcel: int) -> HttpResponse:
    """Send the file of a parcel's label."""
    return_, found = _load(pk, parcel)
    return label_files.response(return_, found)


def _load(pk: int, parcel: int) -> tuple[Return, ReverseDelivery]:
    """Return a return and one of its parcels. Raises Http404."""
    return_ = return_page.load(pk)
    return return_, get_object_or_404(return_.parcels.all(), pk=parcel)


def _page(
    request: StaffRequest,
    return_: Return,
    form: ActForm,
    act: Callable[[], object],
    *,
    done: str,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show the page of an act on a parcel, or do it and go back to the return."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except (InvalidState, NotPermitted, UnknownParcel) as error:
            messages.error(request, error.message)
            return redirect(detail_url(return_))
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, done)
            return redirect(detail_url(return_))
    context |= {"return_": return_, "form": form, "cancel_url": detail_url(return_)}
    return render(request, template, context, status=422 if form.errors else 200)
