"""Orders and returns as lists show them: loaded in few queries, whatever their number."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import ngettext

from orders import pictures
from orders.models import Order, OrderLine
from returns.models import Return, ReturnLine
from returns.queries import OrderReturnStatus, order_return_statuses
from storefront import dates, items, progress

PICTURES = 3


def with_lines(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Load with the orders what their rows show: 1 more query."""
    return orders.select_related("store").prefetch_related("lines")


def order_rows(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Return what a list shows of orders that were loaded `with_lines`; 1 query."""
    statuses = order_return_statuses(orders, to_buyer=True)
    return [_order_row(order, statuses[order.pk]) for order in orders]


def _order_row(order: Order, status: OrderReturnStatus) -> dict[str, Any]:
    lines = items.bought(list(order.lines.all()))
    placed = dates.short_day_of(order.placed_at, order.store.zone)
    return {
        "reference": order.reference,
        "url": reverse("storefront:order", args=[order.public_id]),
        "about": f"{order.store.name} · {placed}",
        "state": "" if status == OrderReturnStatus.NO_RETURN else status.value,
        "state_label": status.label,
        "pieces": _pieces(sum(line.quantity for line in lines)),
        **_pictured(lines),
    }


def with_items(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Load with the returns what their rows show: 1 more query."""
    lines = ReturnLine.objects.select_related("fulfillment_line__order_line")
    found = returns.select_related("order", "store")
    return found.prefetch_related(Prefetch("lines", queryset=lines))


def return_rows(returns: Sequence[Return]) -> list[dict[str, Any]]:
    """Return what a list shows of returns that were loaded `with_items`; no queries."""
    return [_return_row(return_) for return_ in returns]


def _return_row(return_: Return) -> dict[str, Any]:
    requested = dates.short_day_of(return_.created_at, return_.store.zone)
    return {
        "reference": return_.reference,
        "url": reverse("storefront:return", args=[return_.public_id]),
        "about": f"{return_.store.name} · {requested}",
        "state": return_.status,
        "state_label": progress.label(return_),
        "pieces": _pieces(return_.total_quantity),
        **_pictured([line.fulfillment_line.order_line for line in return_.lines.all()]),
    }


def _pictured(lines: Sequence[OrderLine]) -> dict[str, Any]:
    shown = lines[:PICTURES]
    return {
        "pictures": [pictures.url(line.image) for line in shown],
        "titles": ", ".join(line.title for line in shown),
        "more": len(lines) - len(shown),
    }


def _pieces(count: int) -> str:
    return ngettext("%(count)s piece", "%(count)s pieces", count) % {"count": count}
