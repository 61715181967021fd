"""Orders: the list, and one order with what was sent and what can go back."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from csp.decorators import csp_exempt
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.models import Fulfillment, Order
from orders.money import ZERO
from orders.pagination import paginate
from returns import eligibility
from returns.credit_notes import pdf
from returns.eligibility import Item
from returns.gifts import codes
from returns.held import Viewer
from returns.models import CreditNote
from storefront import cancels, dates, items, refunds_made, rows
from storefront.access import BuyerRequest, buyer_required
from storefront.pages import page_links
from storefront.sums import money

PAGE_SIZE = 20


@buyer_required
@require_safe
def order_list(request: BuyerRequest) -> HttpResponse:
    """List the buyer's orders, the newest first."""
    orders = rows.with_lines(request.buyer.orders())
    cursor = request.GET.get("page", "")
    page = paginate(orders, ("-placed_at", "-id"), cursor=cursor, size=PAGE_SIZE)
    context = {"rows": rows.order_rows(page.rows), **page_links(request, page)}
    return render(request, "storefront/orders/list.html", context)


@buyer_required
@require_safe
def order_detail(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Show one order: its items by parcel, what can go back, and its returns."""
    orders = request.buyer.orders().select_related("store", "customer").prefetch_related("lines")
    order = get_object_or_404(orders, public_id=public_id)
    found = eligibility.for_order(order, viewer=Viewer.BUYER)
    returns = rows.with_items(order.returns.told_to_buyer().order_by("-number"))
    context = {
        **cancels.of_order(order, found),
        "order": order,
        "placed": dates.day_of(order.placed_at, order.store.zone),
        "parcels": _parcels(order, found),
        "can_give": order.canceled_at is None and bool(codes.giveable(list(order.lines.all()))),
        "can_return": any(item.returnable for item in found),
        "returns": rows.return_rows(list(returns)),
        "paid": _paid(order),
        "refunds": refunds_made.of_order(order),
    }
    return render(request, "storefront/orders/detail.html", context)


# A PDF runs nothing, and browsers' own viewers break under the policy of our pages.
@csp_exempt()  # type: ignore[arg-type]  # typed for views without arguments
@buyer_required
@require_safe
def credit_note(request: BuyerRequest, public_id: UUID, number: int) -> HttpResponse:
    """Return a credit note of a refund that the order has without a return, as a PDF."""
    order = get_object_or_404(request.buyer.orders(), public_id=public_id)
    note = get_object_or_404(
        CreditNote, refund__order=order, refund__for_return=None, number=number
    )
    response = HttpResponse(pdf.render(note), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{pdf.filename(note)}"'
    return response


def _parcels(order: Order, found: Sequence[Item]) -> list[dict[str, Any]]:
    """Group the items by the parcel they came in; what was not sent yet comes last."""
    in_order = sorted(found, key=_parcel_number)
    # A line that came in two parcels tells once what of it was paid back.
    first = {item.order_line.pk: item for item in reversed(in_order)}
    parcels = [
        _parcel(order, list(group), first) for _key, group in groupby(in_order, _parcel_number)
    ]
    sent = [parcel for parcel in parcels if parcel["is_sent"]]
    if len(sent) > 1:
        for number, parcel in enumerate(sent, start=1):
            words = {"number": number, "sent": parcel["title"]}
            parcel["title"] = _("Parcel %(number)s · %(sent)s") % words
    return parcels


def _parcel_number(item: Item) -> float:
    line = item.fulfillment_line
    return line.fulfillment.number if line else float("inf")


def _parcel(order: Order, found: list[Item], first: Mapping[int, Item]) -> dict[str, Any]:
    line = found[0].fulfillment_line
    cards = [
        {
            **items.card(item, order, number=index),
            "refunded": (
                item.order_line.refunded_quantity if first[item.order_line.pk] is item else 0
            ),
        }
        for index, item in enumerate(found)
    ]
    if line is None:
        return {"title": _("Not sent yet"), "is_sent": False, "items": cards}
    parcel = line.fulfillment
    return {
        "title": _sent(order, parcel),
        "is_sent": True,
        "items": cards,
        "tracking": _tracking(parcel),
    }


def _sent(order: Order, parcel: Fulfillment) -> str:
    zone = order.store.zone
    if parcel.delivered_at:
        return _("Delivered on %(day)s") % {"day": dates.day_of(parcel.delivered_at, zone)}
    return _("Sent on %(day)s") % {"day": dates.day_of(parcel.shipped_at, zone)}


def _tracking(parcel: Fulfillment) -> dict[str, str] | None:
    if not parcel.tracking_number:
        return None
    label = " ".join(part for part in (parcel.tracking_company, parcel.tracking_number) if part)
    is_link = parcel.tracking_url.startswith(("https://", "http://"))
    return {"label": label, "url": parcel.tracking_url if is_link else ""}


def _paid(order: Order) -> list[dict[str, Any]]:
    """Return what the order cost, as rows of the component `sums`; what is 0 is left out."""
    # What was ordered; a replacement came later and has its return to tell of it.
    lines = [line for line in order.lines.all() if not line.from_exchange]
    prices = sum((line.unit_price * line.quantity for line in lines), ZERO)
    discounts = sum((line.discount_total for line in lines), ZERO)
    tax = sum((line.tax_total for line in lines), order.shipping_tax)
    on_top = ZERO if order.tax_included else tax
    parts = [
        (_("Items"), prices),
        (_("Discounts"), -discounts),
        (_("Delivery"), order.shipping_amount),
        (_("Tax"), on_top),
    ]
    total = prices - discounts + order.shipping_amount + on_top
    shown = [
        {"label": label, "amount": money(amount, order.currency)}
        for label, amount in parts
        if amount
    ]
    return [
        *shown,
        {"label": _("Total"), "amount": money(total, order.currency), "is_total": True},
    ]
