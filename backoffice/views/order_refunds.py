"""Paying back on an order without a return: choose what, see what will happen, then do it."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import order_page, refund_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.refunds import OrderRefundForm
from backoffice.refund_page import Subject
from backoffice.views.refund_retries import retry_page
from orders.models import Order
from returns.errors import NotPermitted, ReturnError
from returns.refunds import of_orders, payouts
from returns.refunds.of_orders import Choice
from returns.refunds.pricing import Proposal


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what to pay back (no `step`), show what will happen (review), and do it (pay)."""
    order = order_page.load(pk)
    lines = list(order.lines.prefetch_related("bundle_parts"))
    made = list(order.refunds.all())
    subject = Subject(
        order=order,
        return_=None,
        payments=list(order.payments.all()),
        url=_order_url(order),
        count_label=_("Bought"),
    )
    step = request.POST.get("step", "")
    found = of_orders.load_choices(order, lines, made)
    form = _form(request, subject, found, is_paying=step == "pay")
    if step == "pay" and form.is_valid() and (answer := _pay(request, order, form)):
        return answer

    def propose(quantities: Mapping[int, int] | None, shipping: Decimal | None) -> Proposal:
        return of_orders.propose(
            order,
            quantities=quantities or {},
            shipping=shipping,
            lines=lines,
            payments=subject.payments,
            made=made,
        )

    is_typing = bool(request.htmx)  # type: ignore[attr-defined]
    preview = refund_page.preview(form, subject, propose, typing=is_typing)
    return refund_page.draw(request, subject, form, preview, step)


def _form(
    request: StaffRequest, subject: Subject, found: list[Choice], *, is_paying: bool
) -> OrderRefundForm:
    """Bind the form. A payment sent twice names pieces that the first one has paid back by then."""
    return OrderRefundForm(
        request.POST or None,
        lines=[choice.line for choice in found],
        most={
            choice.line.pk: choice.line.quantity if is_paying else choice.left for choice in found
        },
        initial_quantities={},
        sent=order_page.sent(subject.order),
        **refund_page.form_values(request, subject),
    )


def _pay(request: StaffRequest, order: Order, form: OrderRefundForm) -> HttpResponse | None:
    """Pay exactly what the review showed; None, with the form saying why, when it is refused."""
    try:
        made = payouts.refund_order(order, actor=request.actor, **form.reviewed)
    except NotPermitted as error:
        messages.error(request, error.message)
    except ReturnError as error:
        form.attach(error)
        return None
    else:
        refund_page.tell(request, made)
    return redirect(_order_url(order))


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def retry(request: StaffRequest, pk: int, refund_pk: int) -> HttpResponse:
    """Show what failed of a refund without a return, and pay it again when told to."""
    order = order_page.load(pk)
    found = get_object_or_404(order.refunds, pk=refund_pk, for_return=None)
    return retry_page(request, found, _order_url(order), order.reference)


def _order_url(order: Order) -> str:
    return reverse("backoffice:order", args=[order.pk])
