"""Guests: look an order up, enter the code that was mailed, open a link from a mail, leave."""

from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.core.signing import BadSignature
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders import guest_access
from orders.guest_access import CodeRefused
from orders.models import Order
from returns import links
from returns.models import Return
from storefront import tasks
from storefront.access import BuyerRequest, open_gift, open_orders, public
from storefront.forms.guests import CodeForm, LookUpForm

# What this browser asked for last: {"access", "number", "email"}.
LOOK_UP = "guest_look_up"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: BuyerRequest) -> HttpResponse:
    """Take order number and e-mail address; a code is mailed if they belong together.

    Answer and work are the same whether or not they do: the mail is a job's.
    """
    form = LookUpForm(request.POST or None)
    if not form.is_valid():
        return _look_up_page(request, form, status=422 if form.is_bound else 200)
    email = form.cleaned_data["email"].lower()
    if not ratelimit.consume(request, action="guest_look_up", key=email):
        form.add_error(None, _("Too many attempts. Wait a few minutes, then try again."))
        return _look_up_page(request, form, status=429)
    with transaction.atomic():
        access = guest_access.ask(form.cleaned_data["number"], email)
        tasks.send_guest_code.defer(access_id=str(access.pk), language=get_language() or "en")
    request.session[LOOK_UP] = {"access": str(access.pk), **form.cleaned_data}
    return redirect("storefront:guest_code")


def _look_up_page(request: BuyerRequest, form: LookUpForm, *, status: int) -> HttpResponse:
    return render(request, "storefront/guests/look_up.html", {"form": form}, status=status)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: BuyerRequest) -> HttpResponse:
    """Take the code from the mail and open the order in this session."""
    asked: dict[str, str] | None = request.session.get(LOOK_UP)
    if asked is None:
        return redirect("storefront:look_up")
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return _code_page(request, form, asked, status=422 if form.is_bound else 200)
    if not ratelimit.consume(request, action="guest_code"):
        form.add_error(None, _("Too many attempts. Wait a few minutes, then try again."))
        return _code_page(request, form, asked, status=429)
    try:
        orders = guest_access.enter(UUID(asked["access"]), form.cleaned_data["code"])
    except CodeRefused as refused:
        form.add_error("code", refused.message)
        return _code_page(request, form, asked, status=422)
    del request.session[LOOK_UP]
    open_orders(request, orders)
    return _to(orders)


def _code_page(
    request: BuyerRequest, form: CodeForm, asked: dict[str, str], *, status: int
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "email": asked["email"],
        "again": {"number": asked["number"], "email": asked["email"]},
        "minutes": int(guest_access.TIME_TO_ENTER.total_seconds() // 60),
    }
    return render(request, "storefront/guests/code.html", context, status=status)


def _to(orders: list[Order]) -> HttpResponse:
    if len(orders) == 1:
        return redirect("storefront:order", public_id=orders[0].public_id)
    return redirect("storefront:orders")


@public
@require_safe
def open_link(request: BuyerRequest, token: str) -> HttpResponse:
    """Open the return that a mail is about, in this session, for whoever holds the mail."""
    try:
        return_ = links.read_link(token)
    except (BadSignature, ValueError, Return.DoesNotExist):
        return render(request, "storefront/guests/dead_link.html", status=404)
    if return_.is_gift:
        open_gift(request, return_)
    else:
        open_orders(request, [return_.order])
    return redirect("storefront:return", public_id=return_.public_id)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: BuyerRequest) -> HttpResponse:
    """Forget everything that this session has opened, as one does on a shared computer."""
    if request.method != "POST":
        return render(request, "storefront/guests/leave.html")
    request.session.flush()
    messages.success(request, _("Done: this browser shows none of your orders any more."))
    return redirect("storefront:home")
