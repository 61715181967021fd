"""Paying for a replacement with store credit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orders.money import rounded
from returns import lifecycle
from returns.errors import ReturnError
from returns.models import Return
from returns.store_credit import ledger
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.credit import CreditPaymentForm
from storefront.sums import money


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay_with_credit(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Show what paying with store credit costs and leaves, and do it.

    When anything changed since it was shown, this page shows it as it is now, and why.
    """
    returns = request.buyer.returns().select_related("order__customer", "store")
    return_ = get_object_or_404(returns, public_id=public_id)
    form = CreditPaymentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _pay(request, return_, form):
            return redirect("storefront:return", public_id=public_id)
        return redirect("storefront:pay_with_credit", public_id=public_id)
    sums = _sums(request, return_)
    if not sums.amount:
        messages.info(request, _("There is nothing that store credit could pay."))
        return redirect("storefront:return", public_id=public_id)
    context = {
        "return_": return_,
        "amount": money(sums.amount, return_.order.currency),
        "consequences": _consequences(return_, sums),
        "form": CreditPaymentForm(initial={"amount": sums.amount}),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "storefront/returns/pay_with_credit.html", context, status=status)


def _pay(request: BuyerRequest, return_: Return, form: CreditPaymentForm) -> bool:
    """Pay, and say what came of it; whether it is paid."""
    said = form.cleaned_data
    actor = request.buyer.actor_on(return_)
    try:
        made = lifecycle.pay_with_credit(
            return_, actor=actor, key=said["key"], amount=said["amount"]
        )
    except ReturnError as error:
        messages.error(request, error.message)
        return False
    amount = money(made.amount, return_.order.currency)
    words = [_("%(amount)s are paid with your store credit.") % {"amount": amount}]
    return_.refresh_from_db(fields=["exchange_owed"])
    if return_.exchange_owed:
        words.append(_still_owed(return_, return_.exchange_owed))
    messages.success(request, " ".join(words))
    return True


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """What credit pays, what is left of it afterwards, and what remains to be paid."""

    amount: Decimal
    left: Decimal
    owed: Decimal


def _sums(request: BuyerRequest, return_: Return) -> _Sums:
    own = ledger.of_order(return_.order)
    accounts = request.buyer.credit_accounts().filter(pk__in=own.values("pk"))
    currency = return_.order.currency
    balance = rounded(ledger.usable(accounts, at=timezone.now()), currency)
    owed = rounded(return_.exchange_owed, currency)
    amount = min(balance, owed)
    return _Sums(amount=amount, left=balance - amount, owed=owed - amount)


def _consequences(return_: Return, sums: _Sums) -> list[dict[str, Any]]:
    amount = money(sums.amount, return_.order.currency)
    left = money(sums.left, return_.order.currency)
    taken = _("%(amount)s are taken off your store credit for the replacement.")
    then = (
        _("%(left)s of store credit are left afterwards.") % {"left": left}
        if sums.left
        else _("Your store credit is used up then.")
    )
    found = [
        {"icon": "money", "text": taken % {"amount": amount}},
        {"icon": "info", "text": then},
    ]
    if sums.owed:
        found.append({"icon": "clock", "text": _still_owed(return_, sums.owed)})
    else:
        words = _("Nothing more is to be paid. We send the replacement as soon as it can go.")
        found.append({"icon": "truck", "text": words})
    return found


def _still_owed(return_: Return, owed: Decimal) -> str:
    words = _("%(owed)s remain to be paid before the replacement is sent.")
    return words % {"owed": money(owed, return_.order.currency)}
