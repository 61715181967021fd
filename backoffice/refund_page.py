"""What the pages of paying back show, for a return or an order, prepared in words and amounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.permissions import Permission
from backoffice import return_page
from backoffice.access import StaffRequest
from backoffice.forms.refunds import RefundForm
from backoffice.words import amount_words
from orders.models import Order, Payment
from orders.money import ZERO
from returns.errors import ReturnError
from returns.models import Refund, RefundStatus, Return
from returns.refunds import gateways, splits
from returns.refunds import proposals as arithmetic
from returns.refunds.gateways import STORE_CREDIT
from returns.refunds.pricing import Proposal, checked_amount, checked_over
from returns.store_credit import refunds

# Pieces by line (None: what is proposed) and shipping in, what they bring out.
Propose = Callable[[Mapping[int, int] | None, Decimal | None], Proposal]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is paid back for: an order, maybe for its return; and where its page is."""

    order: Order
    return_: Return | None
    payments: list[Payment]
    url: str
    count_label: str

    @property
    def reference(self) -> str:
        """The number that people read."""
        return self.return_.reference if self.return_ else self.order.reference


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A refund as it will be made: what was proposed, and what will be paid to which payment.

    over: what of the amount is more than is left on the payments; its part has no payment.
    """

    proposal: Proposal
    amount: Decimal
    over: Decimal
    to_credit: Decimal
    bonus: Decimal
    parts: list[tuple[Payment | None, Decimal, bool]]


def form_values(request: StaffRequest, subject: Subject) -> dict[str, Any]:
    """Return what the form of a refund needs beside its lines."""
    return {
        "currency": subject.order.currency,
        "payments": {payment.pk: payment_words(payment) for payment in subject.payments},
        "may_exceed": request.actor.may(Permission.OVER_REFUND),
    }


def preview(
    form: RefundForm, subject: Subject, propose: Propose, *, typing: bool
) -> Preview | None:
    """Work out what was asked for; None, with the form saying why, when it is impossible.

    typing: somebody is still filling the form in, so that a reason may be missing yet.
    """
    if form.is_bound and not form.is_valid():
        return None
    chosen = form.cleaned_data if form.is_bound else {}
    try:
        proposal = propose(form.quantities if form.is_bound else None, chosen.get("shipping"))
        amount, over = proposal.amount, ZERO
        if form.is_bound:
            may_exceed = "over_reason" in form.fields
            amount = checked_amount(
                chosen.get("amount"), proposal, chosen=True, may_exceed=may_exceed
            )
            over = checked_over(amount, proposal, "…" if typing else form.why_over.strip())
        to_credit = refunds.checked_amount(
            chosen.get("to_credit"), amount, order=subject.order, return_=subject.return_
        )
        wanted = form.parts if form.is_bound else None
        return _plan(subject, proposal, amount, over, to_credit, wanted)
    except ReturnError as error:
        form.attach(error)
        return None


def _plan(
    subject: Subject,
    proposal: Proposal,
    amount: Decimal,
    over: Decimal,
    to_credit: Decimal,
    wanted: dict[int, Decimal] | None,
) -> Preview:
    """Say what will be paid to which payment, and what becomes credit with which bonus.

    Raises as `splits.plan` does.
    """
    left = arithmetic.left_on(subject.payments, proposal.currency)
    rule = subject.order.store.refund_split
    shared = splits.plan(amount - over, left, proposal.currency, rule=rule, wanted=wanted)
    with_over = refunds.with_over(shared, over)
    parts = refunds.plan(subject.payments, with_over, to_credit)
    instead = refunds.instead_of_money(parts)
    return Preview(
        proposal=proposal,
        amount=amount,
        over=over,
        to_credit=to_credit,
        bonus=refunds.bonus_for(subject.return_, instead),
        parts=parts,
    )


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


def payment_words(payment: Payment | None) -> str:
    """Return how a payment was made and its id; for None, what is paid apart from all of them."""
    if payment is None:
        return _("the buyer, apart from the payments")
    return f"{payment.get_method_display()} {payment.external_id}".strip()


def _goal(payment: Payment | None, as_credit: bool) -> str:
    """Return where a part goes, in words."""
    if payment is None:
        return _("store credit, on top of the payments") if as_credit else payment_words(None)
    words = payment_words(payment)
    if as_credit or payment.gateway == STORE_CREDIT:
        return _("store credit, in place of %(payment)s") % {"payment": words}
    return words


def draw(
    request: StaffRequest, subject: Subject, form: RefundForm, found: Preview | None, step: str
) -> HttpResponse:
    """Draw a page of paying back, or for one that asks while somebody types only its sums.

    step: what was asked for; the review is shown only of what can be paid.
    """
    is_typing = bool(request.htmx)  # type: ignore[attr-defined]
    name = "refund_review" if step == "review" and found and not form.errors else "refund"
    name = "refund_preview" if is_typing else name
    status = 422 if form.errors and not is_typing else 200
    context = _context(subject, form, found)
    return render(request, f"backoffice/returns/{name}.html", context, status=status)


def _context(subject: Subject, form: RefundForm, found: Preview | None) -> dict[str, Any]:
    return {
        "reference": subject.reference,
        "email": subject.return_.email if subject.return_ else subject.order.email,
        "is_gift": subject.return_ is not None and subject.return_.is_gift,
        "count_label": subject.count_label,
        "form": form,
        "kept_fields": [field for field in form if not field.name.startswith("reviewed_")],
        "cancel_url": subject.url,
        **(_previewed(found) if found else {}),
    }


def _previewed(found: Preview) -> dict[str, Any]:
    proposal, currency = found.proposal, found.proposal.currency
    return {
        "sums": return_page.sums(proposal),
        "maximum": amount_words(proposal.maximum, currency),
        "amount": amount_words(found.amount, currency),
        "reviewed_amount": str(found.amount),
        "reviewed_shipping": str(proposal.shipping_amount),
        "reviewed_credit": str(found.to_credit),
        "bonus": amount_words(found.bonus, currency) if found.bonus else "",
        "over": amount_words(found.over, currency) if found.over else "",
        "nothing_paid": (
            _("Nothing is paid out; the pieces count as paid back.")
            if proposal.quantity
            else _("Choose pieces, shipping or an amount.")
        ),
        "differs": found.amount != proposal.amount,
        "parts": [
            {
                "label": _("To %(payment)s") % {"payment": _goal(payment, as_credit)},
                "payment": _goal(payment, as_credit),
                "value": amount_words(part, currency),
            }
            for payment, part, as_credit in found.parts
        ],
        "by_hand": any(
            not as_credit
            and (payment is None or gateways.paying(payment.gateway) == gateways.MANUAL)
            for payment, _amount, as_credit in found.parts
        ),
    }
