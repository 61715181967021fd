"""Returns as tests find them: asked for, opened, received, closed."""

from typing import Any

from accounts import actors
from accounts.actors import Actor
from accounts.models import Role
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import (
    Return,
)
from tests.factories import UserFactory, sent_order

BUYER = actors.buyer("Ada Winter")


SYSTEM = actors.system()


def staff(*roles: Role) -> Actor:
    return actors.staff(UserFactory(roles=list(roles), name="Sam"))


def parcel_of(order: Order) -> FulfillmentLine:
    return FulfillmentLine.objects.get(fulfillment__order=order)


def wish(order: Order, quantity: int = 1, **changes: Any) -> LineRequest:
    values: dict[str, Any] = {
        "fulfillment_line_id": parcel_of(order).pk,
        "quantity": quantity,
        "reason": "too-small",
        **changes,
    }
    return LineRequest(**values)


def requested(quantity: int = 2, of: int = 3) -> Return:
    order = sent_order(of)
    return lifecycle.request(order, [wish(order, quantity)], actor=BUYER)


def opened(quantity: int = 2, of: int = 3) -> Return:
    return lifecycle.approve(requested(quantity, of), actor=SYSTEM)


def received(return_: Return, type_: str = "RESTOCKED") -> Return:
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=line.quantity,
            dispositions=(DisposeRequest(type=type_, quantity=line.quantity),),
        )
        for line in return_.lines.all()
    ]
    return lifecycle.process(return_, actor=SYSTEM, receipts=receipts)


def closed() -> Return:
    return received(opened())


def held(return_: Return) -> int:
    return parcel_of(return_.order).returning_quantity


def event_types(return_: Return) -> list[str]:
    return list(return_.events.values_list("type", flat=True))
