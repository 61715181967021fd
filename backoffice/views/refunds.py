"""Paying back: choose what, see what will happen, then do it. Two steps, nothing in between."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST, detail_url, refused_move
from backoffice.forms.acts import RefundForm
from backoffice.words import amount_words
from orders.models import Payment
from returns import credit_refunds, gateways, payouts, splits
from returns import refunds as arithmetic
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.gateways import STORE_CREDIT
from returns.models import Refund, RefundStatus, Return, ReturnLine
from returns.models.returns import LIVE
from returns.pricing import Proposal, checked_amount


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A refund as it will be made: what was proposed, and what will be paid to which payment."""

    proposal: Proposal
    amount: Decimal
    to_credit: Decimal
    bonus: Decimal
    parts: list[tuple[Payment, Decimal, bool]]


@staff(Permission.REFUND)
@require_http_methods(GET_AND_POST)
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what to pay back (no `step`), show what will happen (review), and do it (pay)."""
    return_ = return_page.load(pk)
    if request.method != "POST" and (answer := refused_move(request, return_, "refund")):
        return answer
    # No pieces go back with a return that has ended, only what was paid for its replacements.
    lines = return_page.load_lines(return_) if return_.status in LIVE else []
    payments = list(return_.order.payments.all())
    step = request.POST.get("step", "")
    form = _form(request, return_, lines, payments, is_paying=step == "pay")
    if step == "pay" and form.is_valid() and (answer := _pay(request, return_, form)):
        return answer
    preview = _preview(form, return_, lines, payments)
    if request.htmx:  # type: ignore[attr-defined]
        return _render(request, return_, form, preview, "backoffice/returns/refund_preview.html")
    if step == "review" and preview and not form.errors:
        return _render(request, return_, form, preview, "backoffice/returns/refund_review.html")
    return _render(request, return_, form, preview, "backoffice/returns/refund.html")


def _form(
    request: StaffRequest,
    return_: Return,
    lines: list[ReturnLine],
    payments: list[Payment],
    *,
    is_paying: bool,
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
        currency=return_.order.currency,
        payments={payment.pk: payment_words(payment) for payment in payments},
    )


def _preview(
    form: RefundForm, return_: Return, lines: list[ReturnLine], payments: list[Payment]
) -> Preview | None:
    """Work out what was asked for; None, with the form saying why, when it is impossible."""
    if form.is_bound and not form.is_valid():
        return None
    chosen = form.cleaned_data if form.is_bound else {}
    quantities = form.quantities if form.is_bound else None
    try:
        proposal = arithmetic.propose(
            return_,
            quantities=quantities,
            shipping=chosen.get("shipping"),
            lines=lines,
            payments=payments,
        )
        amount = (
            checked_amount(chosen.get("amount"), proposal, chosen=True)
            if form.is_bound
            else proposal.amount
        )
        to_credit = credit_refunds.checked_amount(
            chosen.get("to_credit"), amount, order=return_.order, return_=return_
        )
        wanted = form.parts if form.is_bound else None
        return _plan(return_, proposal, amount, to_credit, payments, wanted)
    except ReturnError as error:
        form.attach(error)
        return None


def _plan(
    return_: Return,
    proposal: Proposal,
    to_pay: Decimal,
    to_credit: Decimal,
    payments: list[Payment],
    wanted: dict[int, Decimal] | None,
) -> Preview:
    """Say what will be paid to which payment, and what becomes credit with which bonus.

    Raises as `splits.plan` does.
    """
    left = arithmetic.left_on(payments, proposal.currency)
    rule = return_.store.refund_split
    shared = splits.plan(to_pay, left, proposal.currency, rule=rule, wanted=wanted)
    parts = credit_refunds.plan(payments, shared, to_credit)
    return Preview(
        proposal=proposal,
        amount=to_pay,
        to_credit=to_credit,
        bonus=credit_refunds.bonus_for(return_, credit_refunds.instead_of_money(parts)),
        parts=parts,
    )


def _pay(request: StaffRequest, return_: Return, form: RefundForm) -> HttpResponse | None:
    """Pay exactly what the review showed; None, with the form saying why, when it is refused."""
    try:
        made = payouts.refund(
            return_,
            actor=request.actor,
            key=form.cleaned_data["key"],
            quantities=form.quantities,
            amount=form.cleaned_data["reviewed_amount"],
            shipping=form.cleaned_data["reviewed_shipping"],
            parts=form.parts,
            to_credit=form.cleaned_data["reviewed_credit"],
            note=form.cleaned_data["note"],
            reference=form.cleaned_data["reference"],
        )
    except (InvalidState, NotPermitted) as error:
        messages.error(request, error.message)
    except ReturnError as error:
        form.attach(error)
        return None
    else:
        tell(request, made)
    return redirect(detail_url(return_))


def tell(request: StaffRequest, made: Refund) -> None:
    """Say on the next page what became of a refund."""
    amount = {"amount": amount_words(made.amount, made.currency)}
    if made.status == RefundStatus.SUCCEEDED:
        messages.success(request, _("%(amount)s are paid back.") % amount)
    elif made.status == RefundStatus.PENDING:
        words = _("%(amount)s are under way; the payment provider has not answered yet.")
        messages.warning(request, words % amount)
    else:
        words = _("%(amount)s could not be paid back. The reason is beside the refund.")
        messages.error(request, words % amount)


def _goal(payment: Payment, as_credit: bool) -> str:
    """Return where a part goes, in words."""
    words = payment_words(payment)
    if as_credit or payment.gateway == STORE_CREDIT:
        return _("store credit, in place of %(payment)s") % {"payment": words}
    return words


def payment_words(payment: Payment) -> str:
    """Return how a payment was made and its id."""
    return f"{payment.get_method_display()} {payment.external_id}".strip()


def _context(return_: Return, form: RefundForm, preview: Preview | None) -> dict[str, Any]:
    currency = return_.order.currency
    context: dict[str, Any] = {
        "return_": return_,
        "form": form,
        "kept_fields": [field for field in form if not field.name.startswith("reviewed_")],
        "cancel_url": detail_url(return_),
    }
    if preview:
        context |= {
            "sums": return_page.sums(preview.proposal),
            "maximum": amount_words(preview.proposal.maximum, currency),
            "shipping_left": amount_words(preview.proposal.shipping_left, currency),
            "amount": amount_words(preview.amount, currency),
            "reviewed_amount": str(preview.amount),
            "reviewed_shipping": str(preview.proposal.shipping_amount),
            "reviewed_credit": str(preview.to_credit),
            "bonus": amount_words(preview.bonus, currency) if preview.bonus else "",
            "differs": preview.amount != preview.proposal.amount,
            "parts": [
                {
                    "label": _("To %(payment)s") % {"payment": _goal(payment, as_credit)},
                    "payment": _goal(payment, as_credit),
                    "value": amount_words(part, currency),
                }
                for payment, part, as_credit in preview.parts
            ],
            "by_hand": any(
                gateways.paying(payment.gateway) == gateways.MANUAL and not as_credit
                for payment, _amount, as_credit in preview.parts
            ),
        }
    return context


def _render(
    request: StaffRequest, return_: Return, form: RefundForm, preview: Preview | None, name: str
) -> HttpResponse:
    """Draw the page, or for a page that asks while somebody types only its sums."""
    status = 422 if form.errors and not request.htmx else 200  # type: ignore[attr-defined]
    return render(request, name, _context(return_, form, preview), status=status)
