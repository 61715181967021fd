"""Creating a return for a buyer, from the order."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import order_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.create_return import CreateReturnForm, Row
from orders.models import Order
from returns import lifecycle
from returns.eligibility import Item
from returns.errors import ReturnError
from returns.models import RefundTo, Return, ReturnReason
from returns.store_credit import refunds


@staff(Permission.CREATE_RETURN)
@require_http_methods(GET_AND_POST)
def create_return(request: StaffRequest, pk: int) -> HttpResponse:
    """Create an approved return of chosen pieces, for customers and guests alike."""
    order = order_page.load(pk)
    items = order_page.items(order)
    form = CreateReturnForm(
        request.POST or None,
        items=items,
        reasons=list(ReturnReason.objects.offered(timezone.localdate(timezone=order.store.zone))),
        offers_credit=_offers_credit(order, items),
    )
    if form.is_valid() and (return_ := _create(request, order, form)):
        words = _("%(reference)s is created and open.") % {"reference": return_.reference}
        messages.success(request, words)
        return redirect("backoffice:return", return_.pk)
    context = {
        "order": order,
        "form": form,
        "rows": [_row(row) for row in form.rows],
        "others": [_other(item, order) for item in items if not item.returnable_with_override],
        "overridden": [
            f"{item.order_line.title}: {' · '.join(item.messages)}"
            for item in items
            if item.returnable_with_override and not item.returnable
        ],
        "cancel_url": reverse("backoffice:order", args=[order.pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/orders/create_return.html", context, status=status)


def _offers_credit(order: Order, items: Sequence[Item]) -> bool:
    """Whether some item may be paid back as credit; which ones, the verb says."""
    return any(refunds.is_offered(order, item.verdict.terms) for item in items)


def _create(request: StaffRequest, order: Order, form: CreateReturnForm) -> Return | None:
    """Call the verb; None, with the form saying why, when it refuses."""
    try:
        return lifecycle.create(
            order,
            form.wishes(),
            actor=request.actor,
            exchanges=form.exchanges(),
            request_key=form.cleaned_data["request_key"],
            override_policy=form.cleaned_data.get("override_policy", False),
            refund_to=form.cleaned_data.get("refund_to", RefundTo.ORIGINAL.value),
            note=form.cleaned_data["note"],
        )
    except ReturnError as error:
        form.attach(error)
        return None


def _row(row: Row) -> dict[str, Any]:
    _tone, words = order_page.return_words(row.item)
    tone, icon = ("positive", "check") if row.item.returnable else ("attention", "shield")
    return {"row": row, "tone": tone, "icon": icon, "words": words}


def _other(item: Item, order: Order) -> order_page.ItemRow:
    return order_page.item_row(item, order)
