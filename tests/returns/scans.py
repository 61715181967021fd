"""Returns that are counted by scans."""

from typing import Any
from uuid import UUID, uuid4

from orders.models import FulfillmentLine, OrderLine, Variant
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnLine, Scan
from returns.receiving import scanning
from returns.receiving.scanning import Found, Handling
from tests.factories import sent_order
from tests.returns.stories import SYSTEM


def returned(order: Any) -> Return:
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
        for parcel in FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    ]
    return lifecycle.create(order, wishes, actor=SYSTEM)


def shirts(*quantities: int) -> Return:
    """Return an open return of lines whose SKUs are A, B, … and whose barcodes are EANs."""
    return_ = returned(sent_order(*quantities))
    for index, line in enumerate(lines_of(return_)):
        sold = line.fulfillment_line.order_line
        sku = "ABC"[index]
        Variant.objects.filter(order_lines=sold).update(
            sku=sku, barcode=f"401234567890{index}", options={}
        )
        OrderLine.objects.filter(pk=sold.pk).update(sku=sku)
    return return_


def lines_of(return_: Return) -> list[ReturnLine]:
    return list(return_.lines.select_related("fulfillment_line__order_line").order_by("pk"))


def beep(return_: Return, code: str, *, key: UUID | None = None, **handling: Any) -> Found:
    return scanning.scan(
        return_,
        actor=SYSTEM,
        key=key or uuid4(),
        code=code,
        handling=Handling(**handling),
    )


def book(return_: Return, **options: Any) -> Return:
    last = Scan.objects.order_by("pk").last()
    options.setdefault("until", last.pk if last else 0)
    return scanning.finish(return_, actor=SYSTEM, **options)


def states(return_: Return) -> list[str]:
    return list(return_.scans.order_by("pk").values_list("state", flat=True))
