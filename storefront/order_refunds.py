"""What came back of an order to its buyer, with a return and without."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse

from orders.models import Order
from returns.models import Refund, RefundStatus, RefundTransaction
from storefront import credit, dates, sums


def of_order(order: Order) -> list[dict[str, Any]]:
    """Return the refunds of an order that count, newest first; none of those that failed.

    Those of a return name it, and are told in full on its page. One query, three with refunds.
    """
    parts = RefundTransaction.objects.select_related("store_credit_entry__bonus")
    found = Refund.objects.select_related("for_return").order_by("-pk")
    loaded = found.prefetch_related("credit_notes", Prefetch("transactions", queryset=parts))
    prefetch_related_objects([order], Prefetch("refunds", queryset=loaded))
    counted = [one for one in order.refunds.all() if one.status != RefundStatus.FAILED]
    return [_row(refund, order) for refund in counted]


def _row(refund: Refund, order: Order) -> dict[str, Any]:
    return_ = refund.for_return
    return {
        "when": dates.day_of(refund.settled_at or refund.created_at, order.store.zone),
        "status": refund.status,
        "label": refund.get_status_display(),
        "rows": sums.of_refund(refund, None)[-1 if return_ else 0 :],
        "credit": credit.paid(refund) if return_ is None else [],
        "return_reference": return_.reference if return_ else "",
        "return_url": reverse("storefront:return", args=[return_.public_id]) if return_ else "",
        "credit_notes": [] if return_ else list(refund.credit_notes.all()),
    }
