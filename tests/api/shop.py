"""An order that was sent, and the ids that a program reads of it."""

from dataclasses import dataclass

from accounts import actors
from orders.models import FulfillmentLine, Location, Order, Payment
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return
from tests.factories import LocationFactory, sent_order


def gid(type_: str, number: int) -> str:
    return f"gid://shopify/{type_}/{number}"


@dataclass(frozen=True)
class Sold:
    """A sent order of two lines (2 pieces and 1 piece at 49.90), with its ids."""

    order: Order
    lines: tuple[str, ...]
    payment: str
    place: Location

    @property
    def id(self) -> str:
        return gid("Order", self.order.pk)

    @property
    def location(self) -> str:
        return gid("Location", self.place.pk)


def sold(*quantities: int) -> Sold:
    """Return a sent and paid order, with a location that takes returns."""
    order = sent_order(*(quantities or (2, 1)))
    place = LocationFactory()
    order.store.return_location = place
    order.store.save(update_fields=["return_location"])
    lines = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    payment = Payment.objects.get(order=order)
    return Sold(
        order=order,
        lines=tuple(gid("FulfillmentLineItem", line.pk) for line in lines),
        payment=gid("OrderTransaction", payment.pk * 2),
        place=place,
    )


def returned(*quantities: int) -> Return:
    order = sold(*quantities).order
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order)
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        for parcel in parcels
    ]
    return lifecycle.create(order, wishes, actor=actors.system())
