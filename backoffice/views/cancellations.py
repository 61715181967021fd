"""Deciding on what buyers want to cancel before it is sent."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import cancellation_page, order_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.acts import MessageToBuyerForm
from backoffice.forms.errors import ActForm
from orders.models import Order
from returns.cancellations import decisions
from returns.errors import InvalidState, ReturnError
from returns.models import Cancellation, CancellationStatus


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def approve(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Cancel what a buyer asked for."""
    order = order_page.load(pk)
    found = get_object_or_404(order.cancellations, pk=item)
    consequences = [
        {"icon": "ban", "text": _("What is not sent yet will not be: tell the warehouse.")},
        {"icon": "money", "text": _("What was paid for it is paid back at once.")},
        *_mailed(order),
    ]
    return _page(
        request,
        order,
        found,
        ActForm(request.POST if request.method == "POST" else None),
        lambda _form: decisions.approve(found, actor=request.actor),
        done=_("The items are canceled."),
        context={
            "title": _("Cancel items of %(reference)s?") % {"reference": order.reference},
            "consequences": consequences,
            "submit_label": _("Cancel the items"),
            "tone": "danger",
        },
    )


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def decline(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Send what a buyer wanted to cancel, and say why."""
    order = order_page.load(pk)
    found = get_object_or_404(order.cancellations, pk=item)
    return _page(
        request,
        order,
        found,
        MessageToBuyerForm(request.POST if request.method == "POST" else None),
        lambda form: decisions.decline(found, actor=request.actor, note=form.cleaned_data["note"]),
        done=_("The buyer is told that the items come."),
        context={
            "title": _("Send the items of %(reference)s all the same?")
            % {"reference": order.reference},
            "consequences": [
                {"icon": "truck", "text": _("The items are sent as ordered.")},
                *_mailed(order),
            ],
            "submit_label": _("Decline to cancel"),
            "tone": "primary",
        },
    )


def _mailed(order: Order) -> list[dict[str, str]]:
    words = _("%(email)s gets a mail about it.") % {"email": order.email}
    return [{"icon": "mail", "text": words}] * bool(order.email)


def _page(
    request: StaffRequest,
    order: Order,
    found: Cancellation,
    form: ActForm,
    act: Callable[[Any], object],
    *,
    done: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show what will happen, or do it and go back to the order; refused input keeps the page."""
    back = reverse("backoffice:order", args=[order.pk])
    if found.status != CancellationStatus.REQUESTED:
        messages.error(request, _("Somebody has decided on this already."))
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except InvalidState as error:
            messages.error(request, error.message)
            return redirect(back)
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, done)
            return redirect(back)
    context |= {
        "lead": cancellation_page.items(found),
        "form": form,
        "cancel_url": back,
        "back_label": order.reference,
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/orders/confirm.html", context, status=status)
