"""A shop whose shirt comes in several sizes, and buyers who want another one."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts import actors
from orders.models import FulfillmentLine, Order, StockLevel, Variant
from returns import lifecycle
from returns.lifecycle import DisposeRequest, ExchangeRequest, LineRequest, Receipt
from returns.models import ExchangeLine, Return
from returns.models.policies import ReturnTerms
from tests.factories import LocationFactory, StockLevelFactory, VariantFactory, sent_order

SYSTEM = actors.system()
BUYER = actors.buyer("Ada Winter")


def shirt(order: Order, size: str = "L", *, price: str = "", stock: int = 1) -> Variant:
    """Another variant of what the order's first line is of, in stock at one location."""
    bought = order.lines.select_related("variant__product").first()
    assert bought is not None
    assert bought.variant is not None
    variant = VariantFactory(
        product=bought.variant.product,
        options={**bought.variant.options, "Size": size},
        price=Decimal(price) if price else bought.variant.price,
    )
    place = LocationFactory()
    StockLevelFactory(variant=variant, location=place, available=stock)
    return variant


def bought(*quantities: int, terms: dict[str, Any] | None = None, **order: Any) -> Order:
    """A paid order that arrived, whose terms let everything be exchanged as said."""
    agreed = ReturnTerms(**(terms or {})).to_json()
    return sent_order(*quantities, return_terms=agreed, **order)


def wishes(order: Order, *quantities: int) -> list[LineRequest]:
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    return [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=count, reason="too-small")
        for parcel, count in zip(parcels, quantities or [1], strict=False)
    ]


def swap(
    order: Order, variant: Variant, quantity: int = 1, *, replaces: int = 0, **more: Any
) -> Return:
    """An approved return of as many pieces of the first line, for as many of the variant."""
    exchange = ExchangeRequest(variant_id=variant.pk, quantity=quantity, replaces=replaces)
    return lifecycle.create(
        order, wishes(order, quantity), actor=SYSTEM, exchanges=[exchange], **more
    )


def receive(return_: Return, *, fate: str = "RESTOCKED") -> Return:
    """All that is still expected arrives and is decided on."""
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=line.unprocessed_quantity,
            dispositions=(DisposeRequest(type=fate, quantity=line.unprocessed_quantity),),
        )
        for line in return_.lines.all()
        if line.unprocessed_quantity
    ]
    return lifecycle.process(return_, actor=SYSTEM, receipts=receipts)


def send(return_: Return, **more: Any) -> Return:
    """Everything that was not sent is sent."""
    pieces = {line.pk: line.unprocessed_quantity for line in return_.exchange_lines.all()}
    return lifecycle.process_exchange(return_, actor=SYSTEM, quantities=pieces, **more)


def pay(return_: Return, amount: str, **more: Any) -> None:
    values = {"actor": SYSTEM, "key": str(uuid4()), **more}
    lifecycle.record_payment(return_, amount=Decimal(amount), **values)


def only(return_: Return) -> ExchangeLine:
    return return_.exchange_lines.get()


def stock_of(variant: Variant) -> tuple[int, int]:
    """What is available of a variant and what of it is reserved."""
    level = StockLevel.objects.get(variant=variant)
    return level.available, level.reserved


def types(return_: Return) -> list[str]:
    return list(return_.events.values_list("type", flat=True))


def dearer() -> tuple[Return, ExchangeLine]:
    """A shirt for 49.90 against one for 60.00, approved."""
    order = bought(1)
    return_ = swap(order, shirt(order, price="60.00"))
    return return_, only(return_)
