"""The list of orders, and one order with all that is known about it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from backoffice import (
    cancellation_page,
    credit_page,
    gift_page,
    listing,
    order_page,
    return_page,
    timeline,
)
from backoffice.access import StaffRequest, staff
from backoffice.forms.filters import ListForm
from backoffice.words import day_words
from orders import queries
from orders.models import Order
from orders.pagination import paginate
from returns.queries import OrderReturnStatus, order_return_statuses

FILTERS = ["q", "store", "since", "until"]
# What the list shows of an order; rows are wide.
COLUMNS = (
    *("reference", "store", "placed_at", "guest_email", "customer"),
    *("shipping_address", "billing_address", "customer__name", "customer__email"),
)
EVENTS_SHOWN = 50
RETURNS_SHOWN = 50


@staff(Permission.VIEW_ORDERS)
@require_safe
def order_list(request: StaffRequest) -> HttpResponse:
    """Show the orders that fit the filters, newest first."""
    stores = queries.stores()
    form = ListForm(request.GET, stores=stores)
    form.is_valid()
    chosen = form.cleaned_data
    found = queries.find(
        words=chosen.get("q", ""),
        store=form.chosen_store,
        since=chosen.get("since"),
        until=chosen.get("until"),
        zone=form.zone,
    )
    page = paginate(
        found,
        queries.NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        related=("customer",),
        columns=COLUMNS,
    )
    listing.share(stores, page.rows)
    context = {
        "title": _("Orders"),
        "placeholder": _("Order, SKU, name, e-mail, tracking"),
        "form": form,
        "chips": listing.chips(request, form, FILTERS),
        "clear_url": request.path,
        "rows": _rows(page.rows),
        "summary": _("Newest first"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        **listing.page_links(request, page),
    }
    return render(request, "backoffice/orders/list.html", context)


def _rows(orders: list[Order]) -> list[dict[str, Any]]:
    statuses, urls = order_return_statuses(orders), listing.urls("backoffice:order", orders)
    return [_row(order, url, statuses[order.pk]) for order, url in zip(orders, urls, strict=True)]


def _row(order: Order, url: str, returns: OrderReturnStatus) -> dict[str, Any]:
    """Return an order of the list in words."""
    return {
        "url": url,
        "reference": order.reference,
        "returns": returns.value,
        "returns_label": returns.label,
        "buyer": order.buyer_name,
        "email": order.email,
        "is_guest": order.customer is None,
        "store": order.store.name,
        "placed": day_words(timezone.localdate(order.placed_at, order.store.zone)),
    }


@staff(Permission.VIEW_ORDERS)
@require_safe
def order_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an order: items and what may go back, parcels, payments, returns, what happened."""
    order = order_page.load(pk)
    may_create = request.actor.may(Permission.CREATE_RETURN)
    may_refund = request.actor.may(Permission.REFUND)
    items = order_page.items(order)
    return_page.load_refunds(order)
    payments = list(order.payments.all())
    context = {
        "order": order,
        "status": order_return_statuses([order])[order.pk],
        "items": order_page.item_rows(items, order),
        "parcels": order_page.parcels(order.fulfillments.all()),
        "payments": order_page.payments(payments, order),
        "refunds": return_page.order_refunds(order, payments, may_refund=may_refund),
        "cancellations": cancellation_page.of_order(
            order, may_decide=request.actor.may(Permission.DECIDE_RETURN)
        ),
        "gifts": gift_page.codes(order, may_change=may_create),
        "gift_url": reverse("backoffice:make_gift", args=[order.pk]) if may_create else "",
        "returns": order.returns.order_by("-number")[:RETURNS_SHOWN],
        "facts": order_page.facts(order),
        "buyer": [*return_page.buyer_facts(order), *credit_page.of_order(order, request.actor)],
        "timeline": timeline.entries(
            order.events.select_related("for_return").order_by("-pk")[:EVENTS_SHOWN]
        ),
        "create_url": reverse("backoffice:create_return", args=[order.pk]) if may_create else "",
        "refund_url": reverse("backoffice:order_refund", args=[order.pk]) if may_refund else "",
        "listing_url": reverse("backoffice:order_listing", args=[order.pk])
        if request.actor.may(Permission.MANAGE_SETTINGS)
        else "",
        "list_url": reverse("backoffice:orders"),
    }
    return render(request, "backoffice/orders/detail.html", context)
