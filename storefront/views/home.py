"""The first page: the way in, or what one's orders and returns are doing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from returns.models import ReturnStatus
from storefront import rows
from storefront.access import BuyerRequest, public
from storefront.forms.guests import LookUpForm

NEWEST = 3


@public
@require_safe
def home(request: BuyerRequest) -> HttpResponse:
    """Ask who it is; show somebody with orders their newest and the returns under way."""
    if not request.buyer.is_known:
        context = {"form": LookUpForm(), "next": _next_page(request)}
        return render(request, "storefront/home/entrance.html", context)
    orders = request.buyer.orders().order_by("-placed_at", "-pk")
    returns = request.buyer.returns().order_by("-created_at", "-pk")
    under_way = returns.filter(status__in=(ReturnStatus.REQUESTED, ReturnStatus.OPEN))
    context = {
        "greeting": _greeting(request),
        "orders": rows.order_rows(list(rows.with_lines(orders)[:NEWEST])),
        "returns": rows.return_rows(list(rows.with_items(under_way)[:NEWEST])),
    }
    return render(request, "storefront/home/overview.html", context)


def _next_page(request: BuyerRequest) -> str:
    """Return where somebody wanted to go who was asked to sign in; only pages of this site."""
    wanted = request.GET.get("next", "")
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    return wanted if safe else ""


def _greeting(request: BuyerRequest) -> str:
    name = request.buyer.user.name if request.buyer.user else ""
    return _("Hello, %(name)s") % {"name": name} if name else _("Hello")
