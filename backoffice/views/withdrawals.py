"""Withdrawals from contracts: the list, one with all that proves it, acts by hand, the report."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from backoffice import listing, withdrawal_page
from backoffice.access import StaffRequest, staff
from backoffice.acting import GET_AND_POST
from backoffice.forms.errors import ActForm
from backoffice.forms.withdrawals import MatchForm, PiecesForm, SettleForm, WithdrawalListForm
from orders.models import Order, Store
from orders.pagination import paginate
from returns import eligibility
from returns.errors import InvalidState, NotPermitted, ReturnError
from returns.models import WithdrawalCase, WithdrawalState
from returns.withdrawals import due, handling, pdf, report

FILTERS: Final = ["q", "state", "flag", "money", "store", "since", "until"]
MOST_CANDIDATES: Final = 10


@staff(Permission.VIEW_RETURNS)
@require_safe
def withdrawal_list(request: StaffRequest) -> HttpResponse:
    """Show the withdrawals that fit the filters, with how long the money may take.

    Newest first; of what is to be paid back, what is due first.
    """
    stores = list(Store.objects.all())
    form = WithdrawalListForm(request.GET, stores=stores)
    form.is_valid()
    by_day = bool(form.filters.money)
    page = paginate(
        due.find(form.filters),
        ("refund_by", "id") if by_day else ("-id",),
        cursor=request.GET.get("cursor", ""),
        related=("statement",),
    )
    listing.share(stores, page.rows)
    withdrawal_page.with_returns(page.rows)
    impatient = withdrawal_page.impatient_stores()
    may_export = request.actor.may(Permission.EXPORT_RECORDS)
    context = {
        "form": form,
        "chips": listing.chips(request, form, FILTERS),
        "clear_url": request.path,
        "rows": [withdrawal_page.row(case, impatient) for case in page.rows],
        "summary": _("Due first") if by_day else _("Newest first"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "report_url": _report_url(request) if may_export else "",
        "settings_url": reverse("backoffice:withdrawal_functions")
        if request.actor.may(Permission.MANAGE_SETTINGS)
        else "",
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/withdrawals/list.html", context)


def _report_url(request: StaffRequest) -> str:
    chosen = listing.address(request, {}).partition("?")[2]
    url = reverse("backoffice:withdrawal_report")
    return f"{url}?{chosen}" if chosen else url


@staff(Permission.EXPORT_RECORDS)
@require_safe
def withdrawal_report(request: StaffRequest) -> HttpResponseBase:
    """Send the withdrawals that fit the list's filters as CSV, oldest first, with their hashes."""
    form = WithdrawalListForm(request.GET, stores=list(Store.objects.all()))
    form.is_valid()
    response = StreamingHttpResponse(
        report.lines(due.find(form.filters)), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="withdrawals.csv"'
    return response


@staff(Permission.VIEW_RETURNS)
@require_safe
def withdrawal_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one statement with its proof, what a person has to look at, and its returns."""
    case = withdrawal_page.load(pk)
    impatient = withdrawal_page.impatient_stores()
    context = {
        "case": case,
        "state_label": case.get_state_display(),
        "facts": withdrawal_page.facts(case),
        "proof": withdrawal_page.proof(case),
        "handling": withdrawal_page.handling(case),
        "exemptions": withdrawal_page.exemptions(case),
        "returns": withdrawal_page.returns(case),
        "timeline": withdrawal_page.timeline(case),
        "advice": withdrawal_page.advice(case),
        **withdrawal_page.money(case, waits_for_goods=case.store_id not in impatient),
        **_acts(request, case),
    }
    return render(request, "backoffice/withdrawals/detail.html", context)


def _acts(request: StaffRequest, case: WithdrawalCase) -> dict[str, str]:
    """Return the addresses of what this person may do now; "" for the rest."""
    may = request.actor.may(Permission.DECIDE_RETURN)
    open_ = may and case.state != WithdrawalState.SETTLED

    def url(name: str, *, offered: bool) -> str:
        return reverse(f"backoffice:{name}", args=[case.pk]) if offered else ""

    return {
        "match_url": url("withdrawal_match", offered=open_ and case.order_id is None),
        "return_url": url("withdrawal_return", offered=open_ and case.order_id is not None),
        "settle_url": url("withdrawal_settle", offered=open_),
    }


@staff(Permission.VIEW_RETURNS)
@require_safe
def withdrawal_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the acknowledgement as the buyer got it."""
    statement = withdrawal_page.load(pk).statement
    response = HttpResponse(pdf.render(statement), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{pdf.filename(statement)}"'
    return response


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def match_order(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the order of a statement: orders with the number that was stated, or another."""
    case = withdrawal_page.load(pk)
    typed = request.GET.get("q", case.statement.order_reference)[:100].replace("\0", "")
    found = withdrawal_page.candidates(_candidates(typed, case.statement.email))
    form = MatchForm(request.POST or None, orders=found)
    if form.is_valid() and _act(
        request, form, lambda: handling.match(case, form.chosen, actor=request.actor)
    ):
        messages.success(request, _("The order is chosen."))
        return redirect("backoffice:withdrawal", pk)
    context = {"case": case, "form": form, "typed": typed, "is_found": bool(found)}
    status = 422 if form.errors else 200
    return render(request, "backoffice/withdrawals/match.html", context, status=status)


def _candidates(typed: str, email: str) -> list[Order]:
    """Return orders with this number, in any store, and the newest of this address."""
    reference = typed.strip().lstrip("#").strip().lower()
    by_number = Q(number__in=[reference, f"#{reference}"])
    of_address = Q(guest_email__iexact=email) | Q(customer__email__iexact=email)
    orders = Order.objects.alias(number=Lower("reference")).select_related("store", "customer")
    numbered = list(orders.filter(by_number).order_by("-placed_at", "-pk")[:MOST_CANDIDATES])
    others = orders.filter(of_address).exclude(pk__in=[order.pk for order in numbered])
    return [*numbered, *others.order_by("-placed_at", "-pk")[: MOST_CANDIDATES - len(numbered)]]


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def open_return(request: StaffRequest, pk: int) -> HttpResponse:
    """Open the return of the items that a person chooses."""
    case = withdrawal_page.load(pk)
    if case.order is None:
        return redirect("backoffice:withdrawal_match", pk)
    form = PiecesForm(request.POST or None, items=eligibility.for_order(case.order))
    if form.is_valid() and _act(
        request, form, lambda: handling.open_return(case, form.pieces, actor=request.actor)
    ):
        messages.success(request, _("The return is open."))
        return redirect("backoffice:withdrawal", pk)
    context = {"case": case, "form": form, "said": withdrawal_page.facts(case)}
    status = 422 if form.errors else 200
    return render(request, "backoffice/withdrawals/pieces.html", context, status=status)


@staff(Permission.DECIDE_RETURN)
@require_http_methods(GET_AND_POST)
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that nothing is left to do about a statement."""
    case = withdrawal_page.load(pk)
    form = SettleForm(request.POST or None)
    if form.is_valid() and _act(
        request,
        form,
        lambda: handling.settle(case, actor=request.actor, note=form.cleaned_data["note"]),
    ):
        messages.success(request, _("Done."))
        return redirect("backoffice:withdrawal", pk)
    context: dict[str, Any] = {
        "title": _("Nothing left to do?"),
        "lead": _("Withdrawal %(reference)s") % {"reference": case.statement.reference},
        "consequences": [
            {"icon": "check", "text": _("It leaves the list of what is to be paid back.")},
            {"icon": "lock", "text": _("The statement itself stays as it is, for good.")},
        ],
        "form": form,
        "submit_label": _("It is done"),
        "cancel_url": reverse("backoffice:withdrawal", args=[pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "backoffice/withdrawals/settle.html", context, status=status)


def _act(request: StaffRequest, form: ActForm, verb: Callable[[], object]) -> bool:
    """Call a verb; False, with the page saying why, when it refuses."""
    try:
        verb()
    except (InvalidState, NotPermitted) as error:
        messages.error(request, error.message)
        return False
    except ReturnError as error:
        form.attach(error)
        return False
    return True
