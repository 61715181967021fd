"""Looking for another product in place of an item that goes back."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from orders import pictures, stock
from orders.models import FulfillmentLine, Order, Product, Variant
from orders.pagination import paginate
from returns.exchanges import offers
from returns.models import Resolution, ReturnReason
from returns.policies import terms as terms_of
from storefront import drafts, swaps
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.items import SELECTED, reason_name
from storefront.pages import page_links
from storefront.sums import money

PAGE_SIZE = 12
WORDS_LENGTH = 100


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_product(request: BuyerRequest, public_id: UUID, key: UUID, parcel: int) -> HttpResponse:
    """Show what is in stock, and note in the draft `key` which of it replaces an item.

    parcel: the item's fulfilment line. Everything is checked when the return is asked for.
    """
    orders = request.buyer.orders().select_related("store")
    order = get_object_or_404(orders, public_id=public_id)
    draft = drafts.load(request.session, order, key)
    back = reverse("storefront:start_return", args=[public_id])
    if draft is None:
        return redirect(back)
    item = get_object_or_404(
        FulfillmentLine.objects.select_related("order_line"), pk=parcel, fulfillment__order=order
    )
    handle = draft.typed.get(reason_name(parcel), "")
    reason = ReturnReason.objects.filter(handle=handle).first() if handle else None
    may = swaps.may_have(terms_of.of_order(order), item.order_line, reason)
    if Resolution.ANY_PRODUCT not in may:
        return redirect(back)
    if request.method == "POST":
        typed = draft.typed
        typed.setlist(SELECTED, [*{*typed.getlist(SELECTED), str(parcel)}])
        typed[f"item-{parcel}-swap"] = request.POST.get("variant", "")
        key = drafts.save(request.session, order, typed=dict(typed.lists()))
        return redirect(f"{back}?draft={key}#item-{parcel}-title")
    context = {
        "order": order,
        "item": item.order_line,
        "back_url": f"{back}?draft={key}",
        **_found(request, order),
    }
    return render(request, "storefront/requests/products.html", context)


def _found(request: BuyerRequest, order: Order) -> dict[str, Any]:
    """Return the products on this page with what of each can be had."""
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH]
    variants = Variant.objects.order_by("pk")
    found = offers.products(words).prefetch_related(Prefetch("variants", queryset=variants))
    cursor = request.GET.get("page", "")
    page = paginate(found, ("title", "id"), cursor=cursor, size=PAGE_SIZE)
    free = stock.free([variant.pk for product in page.rows for variant in product.variants.all()])
    return {
        "q": words,
        "products": [_product(product, free, order) for product in page.rows],
        **page_links(request, page),
    }


def _product(product: Product, free: dict[int, int], order: Order) -> dict[str, Any]:
    return {
        "picture_url": pictures.url(product.image),
        "title": product.title,
        "variants": [
            {
                "pk": variant.pk,
                "name": ", ".join(str(value) for value in variant.options.values()) or variant.sku,
                "price": money(variant.price, order.currency),
            }
            for variant in product.variants.all()
            if free.get(variant.pk)
        ],
    }
