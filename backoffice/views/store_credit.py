"""Store credit: the accounts, one account with its entries, and acts by hand in two steps."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from backoffice import credit_page, listing, order_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.store_credit import AddForm, AmountForm, CreditListForm, TakeBackForm
from backoffice.words import amount_words
from orders.models import Order, Store
from orders.money import is_exact
from orders.pagination import paginate
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.models import StoreCreditAccount, StoreCreditEntry
from returns.store_credit import ledger


@staff(Permission.VIEW_ORDERS)
@require_safe
def credit_list(request: StaffRequest) -> HttpResponse:
    """Show the accounts that fit the filters, newest first."""
    form = CreditListForm(request.GET, stores=list(Store.objects.all()))
    form.is_valid()
    found = credit_page.find(form.cleaned_data.get("q", ""), form.chosen_store)
    page = paginate(
        found, ("-id",), cursor=request.GET.get("cursor", ""), related=("store", "customer")
    )
    context = {
        "title": _("Store credit"),
        "placeholder": _("Name, e-mail, customer"),
        "form": form,
        "chips": listing.chips(request, form, ["q", "store"]),
        "clear_url": request.path,
        "rows": [
            {"account": each, "balance": amount_words(each.balance, each.currency)}
            for each in page.rows
        ],
        "summary": _("Newest first"),
        "is_filtered": any(request.GET.get(name) for name in ("q", "store")),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/credit/list.html", context)


@staff(Permission.VIEW_ORDERS)
@require_safe
def credit_account(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an account: balance, entries, owner, and the acts this person may do."""
    account = credit_page.load(pk)
    entries = account.entries.select_related("for_return", "reversal")
    page = paginate(entries, ("-id",), cursor=request.GET.get("cursor", ""))
    context = {
        "account": account,
        "balance": amount_words(account.balance, account.currency),
        "entries": credit_page.entries(account, page.rows, request.actor),
        "facts": credit_page.facts(account),
        "may_act": request.actor.may(Permission.MANAGE_CREDIT),
        "summary": _("Newest first"),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/credit/detail.html", context)


@staff(Permission.MANAGE_CREDIT)
@require_http_methods(GET_AND_POST)
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask how much to add and why, show what will happen, and do it."""
    account = credit_page.load(pk)
    return _add_page(request, account, lambda: account)


@staff(Permission.MANAGE_CREDIT)
@require_http_methods(GET_AND_POST)
def order_credit(request: StaffRequest, pk: int) -> HttpResponse:
    """Give credit to an order's buyer; the account is opened with the first credit."""
    order = order_page.load(pk)
    account = ledger.of_order(order).first()
    if account is not None:
        return redirect("backoffice:credit_account", account.pk)
    if not ledger.can_own(order):
        messages.error(request, _("This order has no e-mail address, so nobody could use it."))
        return redirect("backoffice:order", order.pk)
    return _add_page(request, _thought_of(order), lambda: ledger.open_account(order))


def _thought_of(order: Order) -> StoreCreditAccount:
    """Return what the account of an order's buyer would be; nothing is stored."""
    return StoreCreditAccount(
        store=order.store,
        customer=order.customer,
        guest_email="" if order.customer else order.guest_email,
        guest_name=order.buyer_name,
        currency=order.currency,
    )


def _add_page(
    request: StaffRequest, account: StoreCreditAccount, opened: Callable[[], StoreCreditAccount]
) -> HttpResponse:
    form = AddForm(request.POST or None, currency=account.currency)
    words = _("%(amount)s are added to the credit of %(owner)s.")

    def act() -> StoreCreditEntry:
        said = form.cleaned_data
        return ledger.credit(
            opened(),
            said["amount"],
            actor=request.actor,
            key=said["key"],
            expires_at=form.expires_at(account.store.zone),
            note=said["note"],
        )

    return _two_steps(request, account, form, act, title=_("Add store credit"), words=words)


@staff(Permission.MANAGE_CREDIT)
@require_http_methods(GET_AND_POST)
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask how much to take and why, show what will happen, and do it."""
    account = credit_page.load(pk)
    form = AmountForm(request.POST or None, currency=account.currency)
    words = _("%(amount)s are taken from the credit of %(owner)s.")

    def act() -> StoreCreditEntry:
        said = form.cleaned_data
        return ledger.debit(
            account, said["amount"], actor=request.actor, key=said["key"], note=said["note"]
        )

    title = _("Take store credit")
    return _two_steps(request, account, form, act, title=title, words=words, is_mailed=False)


def _two_steps(
    request: StaffRequest,
    account: StoreCreditAccount,
    form: AmountForm,
    act: Callable[[], StoreCreditEntry],
    *,
    title: str,
    words: str,
    is_mailed: bool = True,
) -> HttpResponse:
    """Ask (no `step`), show what will happen (review), and do it (act)."""
    step = request.POST.get("step", "")
    if step == "act" and form.is_valid():
        try:
            made = act()
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The store credit is changed."))
            return redirect("backoffice:credit_account", made.account_id)
    back = reverse("backoffice:credit_account", args=[account.pk]) if account.pk else ""
    context: dict[str, Any] = {
        "account": account,
        "balance": amount_words(account.balance, account.currency),
        "form": form,
        "title": title,
        "cancel_url": back or reverse("backoffice:credit"),
    }
    if step == "review" and form.is_valid() and _can_be(form, account):
        amount = amount_words(form.cleaned_data["amount"], account.currency)
        told = words % {"amount": amount, "owner": account.owner_name}
        context["consequences"] = credit_page.consequences(account, told, is_mailed=is_mailed)
        return render(request, "backoffice/credit/review.html", context)
    status = 422 if form.errors else 200
    return render(request, "backoffice/credit/form.html", context, status=status)


def _can_be(form: AmountForm, account: StoreCreditAccount) -> bool:
    """Whether to show the review: what the verb would refuse at once is not worth one."""
    amount = form.cleaned_data["amount"]
    if amount > 0 and is_exact(amount, account.currency):
        return True
    words = _("Enter an amount in %(currency)s above 0, without further digits.")
    form.add_error("amount", words % {"currency": account.currency})
    return False


@staff(Permission.MANAGE_CREDIT)
@require_http_methods(GET_AND_POST)
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what taking an entry back does, ask why, and do it."""
    entry = get_object_or_404(StoreCreditEntry, pk=pk)
    account = credit_page.load(entry.account_id)
    form = TakeBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            ledger.reverse(entry, actor=request.actor, key=said["key"], note=said["note"])
        except (InvalidState, NotPermitted) as error:
            messages.error(request, error.message)
            return redirect("backoffice:credit_account", account.pk)
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The store credit is changed."))
            return redirect("backoffice:credit_account", account.pk)
    told = _("%(label)s of %(amount)s is undone by an entry of its own.") % {
        "label": entry.get_kind_display(),
        "amount": amount_words(entry.amount, account.currency),
    }
    context = {
        "account": account,
        "title": _("Take this entry back?"),
        "form": form,
        "consequences": credit_page.consequences(account, told, is_mailed=False),
        "submit_label": _("Take back"),
        "cancel_url": reverse("backoffice:credit_account", args=[account.pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/credit/take_back.html", context, status=status)


@staff(Permission.MANAGE_CREDIT)
@require_POST
def new_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Mail a guest a new code, to the address of the account."""
    account = credit_page.load(pk)
    if account.customer is None:
        ledger.mail_new_code(account)
        messages.success(request, _("A new code is on its way to the guest."))
    return redirect("backoffice:credit_account", pk)
