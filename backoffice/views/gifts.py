"""Gift codes of an order, as staff make, print and revoke them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import gift_page, order_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.errors import ActForm
from backoffice.forms.gifts import GiftCodeForm
from orders.models import Order
from returns.errors import ReturnError
from returns.gifts import codes, receipts
from returns.models import GiftCode


@staff(Permission.CREATE_RETURN)
@require_http_methods(GET_AND_POST)
def make_gift(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a gift code for what is chosen of an order."""
    order = order_page.load(pk)
    lines = codes.giveable(list(order.lines.prefetch_related("bundle_parts")))
    most = {line.pk: line.quantity - line.canceled_quantity for line in lines}
    form = GiftCodeForm(
        request.POST if request.method == "POST" else None,
        lines=lines,
        most=most,
        initial_quantities=most,
    )
    if request.method == "POST" and form.is_valid():
        try:
            codes.make(order, form.quantities, actor=request.actor)
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The gift code is made."))
            return redirect(_gifts_url(order))
    context = {
        "order": order,
        "form": form,
        "title": _("Gift code for %(reference)s") % {"reference": order.reference},
        "lead": _("Whoever has the code can return these pieces, for store credit of their own."),
        "cancel_url": reverse("backoffice:order", args=[pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/orders/gift.html", context, status=status)


def _gifts_url(order: Order) -> str:
    return reverse("backoffice:order", args=[order.pk]) + "#gifts"


@staff(Permission.CREATE_RETURN)
@require_safe
def gift_receipt(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Show a gift receipt as a PDF."""
    code = get_object_or_404(_of_order(order_page.load(pk)), pk=item)
    response = HttpResponse(receipts.render(code), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="gift-receipt.pdf"'
    return response


@staff(Permission.CREATE_RETURN)
@require_http_methods(GET_AND_POST)
def revoke_gift(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """Let a gift code open nothing any more."""
    order = order_page.load(pk)
    code = get_object_or_404(_of_order(order), pk=item)
    if request.method == "POST":
        codes.revoke(code, actor=request.actor)
        messages.success(request, _("The gift code is no longer valid."))
        return redirect(_gifts_url(order))
    told = {"code": codes.written(code)}
    context = {
        "title": _("Make the code %(code)s invalid?") % told,
        "lead": gift_page.items(list(code.lines.select_related("order_line"))),
        "consequences": [
            {"icon": "ban", "text": _("Nobody can ask for a return with it any more.")},
            {"icon": "return", "text": _("Returns that were made with it go on.")},
        ],
        "form": ActForm(),
        "submit_label": _("Make it invalid"),
        "tone": "danger",
        "cancel_url": reverse("backoffice:order", args=[pk]),
        "back_label": order.reference,
    }
    return render(request, "backoffice/orders/confirm.html", context)


def _of_order(order: Order) -> Any:
    found = GiftCode.objects.filter(order=order, revoked_at=None)
    return found.select_related("order__store", "order__customer")
