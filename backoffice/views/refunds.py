"""Paying back for a return: choose what, see what will happen, then do it. Nothing in between."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import refund_page, return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url, refused_move
from backoffice.forms.refunds import RefundForm
from backoffice.refund_page import Subject
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.models import Return, ReturnLine
from returns.models.states import LIVE
from returns.refunds import payouts
from returns.refunds import proposals as arithmetic
from returns.refunds.pricing import Proposal


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what to pay back (no `step`), show what will happen (review), and do it (pay)."""
    return_ = return_page.load(pk)
    if request.method != "POST" and (answer := refused_move(request, return_, "refund")):
        return answer
    # No pieces go back with a return that has ended, only what was paid for its replacements.
    lines = return_page.load_lines(return_) if return_.status in LIVE else []
    subject = Subject(
        order=return_.order,
        return_=return_,
        payments=list(return_.order.payments.all()),
        url=detail_url(return_),
        count_label=_("Received"),
    )
    step = request.POST.get("step", "")
    form = _form(request, subject, lines, is_paying=step == "pay")
    if step == "pay" and form.is_valid() and (answer := _pay(request, return_, form)):
        return answer

    def propose(quantities: Mapping[int, int] | None, shipping: Decimal | None) -> Proposal:
        return arithmetic.propose(
            return_,
            quantities=quantities,
            shipping=shipping,
            lines=lines,
            payments=subject.payments,
        )

    is_typing = bool(request.htmx)  # type: ignore[attr-defined]
    preview = refund_page.preview(form, subject, propose, typing=is_typing)
    return refund_page.draw(request, subject, form, preview, step)


def _form(
    request: StaffRequest, subject: Subject, lines: list[ReturnLine], *, is_paying: bool
) -> RefundForm:
    """Bind the form. A payment sent twice names pieces that the first one has paid back by then."""
    return RefundForm(
        request.POST or None,
        lines=lines,
        most={
            line.pk: line.refundable_quantity + (line.refunded_quantity if is_paying else 0)
            for line in lines
        },
        initial_quantities=arithmetic.default_quantities(lines),
        **refund_page.form_values(request, subject),
    )


def _pay(request: StaffRequest, return_: Return, form: RefundForm) -> HttpResponse | None:
    """Pay exactly what the review showed; None, with the form saying why, when it is refused."""
    try:
        made = payouts.refund(return_, actor=request.actor, **form.reviewed)
    except (InvalidState, NotPermitted) as error:
        messages.error(request, error.message)
    except ReturnError as error:
        form.attach(error)
        return None
    else:
        refund_page.tell(request, made)
    return redirect(detail_url(return_))
