"""Store credit: balances and history; a guest opens theirs with the code that was mailed."""

from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.pagination import paginate
from returns.store_credit import codes, ledger
from storefront import credit as shown
from storefront.access import BuyerRequest, buyer_required, open_credit, public
from storefront.forms.credit import CreditCodeForm
from storefront.pages import page_links
from storefront.sums import money

PAGE_SIZE = 30


@public
@require_http_methods(["GET", "HEAD", "POST"])
def credit(request: BuyerRequest) -> HttpResponse:
    """Show the balances of whoever is known, and take the code of a guest."""
    form = CreditCodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if not ratelimit.consume(request, action="credit_code"):
            form.add_error(None, _("Too many attempts. Wait a few minutes, then try again."))
            status = 429
        elif form.is_valid():
            account = codes.find(form.cleaned_data["code"])
            if account is not None:
                open_credit(request, account)
                return redirect("storefront:credit_account", public_id=account.public_id)
            form.add_error("code", _("This code is not right. Check the newest mail from us."))
        status = status if status == 429 else 422
    accounts = request.buyer.credit_accounts().order_by("-pk") if request.buyer.is_known else []
    context = {"form": form, "accounts": shown.account_rows(accounts)}
    return render(request, "storefront/credit/list.html", context, status=status)


@buyer_required
@require_safe
def credit_account(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Show the balance of one account and what happened on it, the newest first."""
    account = get_object_or_404(request.buyer.credit_accounts(), public_id=public_id)
    entries = account.entries.select_related("for_return")
    page = paginate(entries, ("-id",), cursor=request.GET.get("page", ""), size=PAGE_SIZE)
    context = {
        "account": account,
        "balance": money(account.balance, account.currency),
        "rows": [shown.entry_row(account, entry) for entry in page.rows],
        "can_renew": account.customer_id is None,
        **page_links(request, page),
    }
    return render(request, "storefront/credit/detail.html", context)


@buyer_required
@require_POST
def new_code(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Mail a guest a new code, to the address of the account alone."""
    accounts = request.buyer.credit_accounts().filter(customer__isnull=True)
    account = get_object_or_404(accounts, public_id=public_id)
    if ratelimit.consume(request, action="new_credit_code", key=str(account.pk)):
        ledger.mail_new_code(account)
        messages.success(request, _("A new code is on its way. The old one no longer counts then."))
    else:
        messages.error(request, _("Too many attempts. Wait a few minutes, then try again."))
    return redirect("storefront:credit_account", public_id=public_id)
