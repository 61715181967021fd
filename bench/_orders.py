"""New orders that have just arrived, for benchmarks that need goods to send back."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from orders import intake
from orders.models import FulfillmentLine, Store, Variant

BATCH = 500


@dataclass(frozen=True)
class Arrived:
    """An order and its fulfilment lines, two pieces each, by primary key."""

    order_id: int
    public_id: uuid.UUID
    parcel_lines: tuple[int, ...]


def arrive(
    count: int, *, buyer: intake.CustomerData | None = None, lines: int = 2
) -> list[Arrived]:
    """Take in orders of some lines of two pieces that were delivered two days ago.

    buyer: whose they are; None for one customer each. Which articles is left to chance, so that
    benchmarks do not wait for one shelf.
    """
    store = Store.objects.get(code="linden-lark")
    variants = list(Variant.objects.select_related("product")[:2000])
    made = []
    for start in range(0, count, BATCH):
        wanted = [
            _order(store, random.sample(variants, lines), buyer)
            for _n in range(min(BATCH, count - start))
        ]
        made += [_taken_in(result) for result in intake.take_in_many(wanted)]
    sent: dict[int, list[int]] = {pk: [] for pk, _public_id in made}
    found = FulfillmentLine.objects.filter(fulfillment__order__in=sent).order_by("pk")
    for pk, order_id in found.values_list("pk", "fulfillment__order"):
        sent[order_id].append(pk)
    return [Arrived(pk, public_id, tuple(sent[pk])) for pk, public_id in made]


def _taken_in(result: intake.Intake | intake.OrderRejected) -> tuple[int, uuid.UUID]:
    if isinstance(result, intake.OrderRejected):
        raise result
    return result.order.pk, result.order.public_id


def _order(
    store: Store, chosen: Sequence[Variant], buyer: intake.CustomerData | None
) -> intake.OrderData:
    number = uuid.uuid4().hex[:12].upper()
    now = timezone.now()
    lines = tuple(
        intake.LineData(
            title=variant.product.title,
            sku=variant.sku,
            options=variant.options,
            quantity=2,
            unit_price=variant.price,
            tax_total=Decimal("1.00"),
        )
        for variant in chosen
    )
    paid = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    parcel = intake.FulfillmentData(
        shipped_at=now - timedelta(days=4),
        delivered_at=now - timedelta(days=2),
        lines=tuple(
            intake.FulfillmentLineData(line=n, quantity=2) for n in range(1, len(chosen) + 1)
        ),
        tracking_number=f"B{number}",
    )
    return intake.OrderData(
        store=store.code,
        reference=f"B-{number}",
        currency=store.currency,
        placed_at=now - timedelta(days=5),
        lines=lines,
        fulfillments=(parcel,),
        payments=(intake.PaymentData(amount=paid),),
        customer=buyer
        or intake.CustomerData(
            reference=f"B-{number}", name="Bea Bench", email=f"bea.{number}@bench.example".lower()
        ),
    )
