"""What came back of an order to its buyer, with a return and without."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, prefetch_related_objects
from django.db.models.functions import JSONObject
from django.urls import reverse

from orders.models import Order
from returns.models import CreditNote, Refund, RefundStatus, RefundTransaction
from returns.refunds.gateways import STORE_CREDIT
from storefront import credit, dates, sums


def with_notes() -> QuerySet[Refund]:
    """Refunds with `notes` (number and reference of their credit notes) and `has_credit`."""
    notes = CreditNote.objects.filter(refund=OuterRef("pk")).order_by("pk")
    told = notes.values(note=JSONObject(number="number", reference="reference"))
    credit_parts = RefundTransaction.objects.filter(refund=OuterRef("pk"), gateway=STORE_CREDIT)
    return Refund.objects.annotate(notes=ArraySubquery(told), has_credit=Exists(credit_parts))


def load_credit(order: Order) -> None:
    """Load what an order's refunds, found `with_notes`, paid as credit; no query when none did."""
    found: list[Any] = list(order.refunds.all())
    parts = RefundTransaction.objects.select_related("store_credit_entry__bonus")
    prefetch_related_objects(
        [refund for refund in found if refund.has_credit], Prefetch("transactions", queryset=parts)
    )


def of_order(order: Order) -> list[dict[str, Any]]:
    """Return the refunds of an order that count, newest first; none of those that failed.

    Those of a return name it, and are told in full on its page. One query, two with credit.
    """
    found = with_notes().select_related("for_return").order_by("-pk")
    prefetch_related_objects([order], Prefetch("refunds", queryset=found))
    load_credit(order)
    counted = [
        one
        for one in order.refunds.all()
        if one.status != RefundStatus.FAILED and not (one.for_return and one.for_return.is_gift)
    ]
    return [_row(refund, order) for refund in counted]


def _row(refund: Any, order: Order) -> dict[str, Any]:
    return_ = refund.for_return
    return {
        "when": dates.day_of(refund.settled_at or refund.created_at, order.store.zone),
        "status": refund.status,
        "label": refund.get_status_display(),
        "rows": sums.of_refund(refund, None)[-1 if return_ else 0 :],
        "credit": credit.paid(refund) if return_ is None and refund.has_credit else [],
        "return_reference": return_.reference if return_ else "",
        "return_url": reverse("storefront:return", args=[return_.public_id]) if return_ else "",
        "credit_notes": [] if return_ else refund.notes,
    }
