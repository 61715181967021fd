"""Gift codes of an order, as whoever bought it makes, prints and revokes them."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_exempt
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.models import Order, OrderLine
from returns.errors import ReturnError
from returns.gifts import codes, receipts
from returns.models import GiftCode
from storefront import dates
from storefront.access import BuyerRequest, buyer_required
from storefront.forms.pieces import PiecesForm


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def gift(request: BuyerRequest, public_id: UUID) -> HttpResponse:
    """Show the gift codes of an order, and make one for what is chosen."""
    orders = request.buyer.orders().select_related("store", "customer").prefetch_related("lines")
    order = get_object_or_404(orders, public_id=public_id)
    lines = codes.giveable(list(order.lines.all()))
    most = {line.pk: line.quantity - line.canceled_quantity for line in lines}
    form = PiecesForm(request.POST if request.method == "POST" else None, most=most, is_all=True)
    if request.method == "POST" and form.is_valid():
        try:
            codes.make(order, form.quantities, actor=request.buyer.actor(order))
        except ReturnError as error:
            form.attach(error)
        else:
            messages.success(request, _("The gift code is ready. Print the gift receipt."))
            return redirect("storefront:gift", public_id=public_id)
    context = {
        "order": order,
        "form": form,
        "codes": _codes(order),
        "cards": [_card(form, line) for line in lines],
    }
    return render(
        request, "storefront/gifts/codes.html", context, status=422 if form.errors else 200
    )


def _codes(order: Order) -> list[dict[str, Any]]:
    """Return the codes that are good, the newest first. Nothing about whether they were used."""
    found = order.gift_codes.filter(revoked_at=None).prefetch_related("lines__order_line")
    return [
        {
            "code": codes.written(code),
            "key": code.public_id,
            "made": dates.day_of(code.created_at, order.store.zone),
            "items": _items(code),
        }
        for code in found.order_by("-pk")
    ]


def _items(code: GiftCode) -> str:
    return ", ".join(
        f"{line.quantity} × {line.order_line.title}"  # noqa: RUF001
        for line in code.lines.all()
    )


def _card(form: PiecesForm, line: OrderLine) -> dict[str, Any]:
    return {
        "field": form[f"line-{line.pk}"],
        "of": _("of %(count)s") % {"count": form.most[line.pk]},
        "title": line.title,
        "options": line.options_text,
    }


# A PDF runs nothing, and browsers' own viewers break under the policy of our pages.
@csp_exempt()  # type: ignore[arg-type]  # typed for views without arguments
@buyer_required
@require_safe
def gift_receipt(request: BuyerRequest, public_id: UUID, key: UUID) -> HttpResponse:
    """Return a gift receipt as a PDF."""
    code = get_object_or_404(_of_order(request, public_id), public_id=key)
    response = HttpResponse(receipts.render(code), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="gift-receipt.pdf"'
    return response


@buyer_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_gift(request: BuyerRequest, public_id: UUID, key: UUID) -> HttpResponse:
    """Ask whether a code should open nothing any more, and see to it."""
    code = get_object_or_404(_of_order(request, public_id), public_id=key)
    if request.method == "POST":
        codes.revoke(code, actor=request.buyer.actor(code.order))
        messages.success(request, _("The gift code is no longer valid."))
        return redirect("storefront:gift", public_id=public_id)
    context = {"order": code.order, "code": codes.written(code), "lines": _items(code)}
    return render(request, "storefront/gifts/revoke.html", context)


def _of_order(request: BuyerRequest, public_id: UUID) -> Any:
    orders = request.buyer.orders().filter(public_id=public_id)
    found = GiftCode.objects.filter(order__in=orders.values("pk"), revoked_at=None)
    return found.select_related("order__store", "order__customer").prefetch_related(
        "lines__order_line"
    )
