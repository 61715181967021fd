"""Trying a failed refund again: see what failed and why, then do it."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url, refused_move
from backoffice.forms.acts import ConfirmForm
from backoffice.refund_page import payment_words, tell
from backoffice.words import amount_words
from returns.errors import ReturnError
from returns.models import Refund, RefundStatus, RefundTransaction
from returns.refunds import retries


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def retry(request: StaffRequest, pk: int, refund_pk: int) -> HttpResponse:
    """Show what failed of a refund of a return, and pay it again when told to."""
    return_ = return_page.load(pk)
    refund = get_object_or_404(return_.refunds, pk=refund_pk)
    if (
        request.method != "POST"
        and refund.status == RefundStatus.FAILED
        and (answer := refused_move(request, return_, "refund"))
    ):
        return answer
    return retry_page(request, refund, detail_url(return_), return_.reference)


def retry_page(request: StaffRequest, refund: Refund, url: str, reference: str) -> HttpResponse:
    """Show what failed of a refund, and pay it again when told to; then lead to `url`."""
    if request.method != "POST" and refund.status != RefundStatus.FAILED:
        messages.info(request, _("This refund has not failed; see its state below."))
        return redirect(url)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            note = form.cleaned_data["note"]
            tell(request, retries.retry(refund, actor=request.actor, note=note))
        except ReturnError as error:
            messages.error(request, error.message)
        return redirect(url)
    context = {**_context(refund, form), "cancel_url": url, "reference": reference}
    status = 422 if form.errors else 200
    return render(request, "backoffice/returns/retry.html", context, status=status)


def _context(refund: Refund, form: ConfirmForm) -> dict[str, Any]:
    parts = list(refund.transactions.select_related("payment"))
    failed = [part for part in parts if part.status == RefundStatus.FAILED]
    amount = amount_words(sum((part.amount for part in failed), Decimal(0)), refund.currency)
    return {
        "form": form,
        "title": _("Pay back %(amount)s again?") % {"amount": amount},
        "consequences": [
            *(_failure(part, refund) for part in failed),
            {
                "icon": "check-circle",
                "text": _("What was paid back already is not paid again."),
            },
        ],
        "submit_label": _("Pay back %(amount)s") % {"amount": amount},
        "tone": "primary",
    }


def _failure(part: RefundTransaction, refund: Refund) -> dict[str, str]:
    words = _("%(amount)s go to %(payment)s. It failed before: %(why)s")
    return {
        "icon": "money",
        "text": words
        % {
            "amount": amount_words(part.amount, refund.currency),
            "payment": payment_words(part.payment),
            "why": part.failure,
        },
    }
