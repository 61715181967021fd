"""Gifts: an order of Ada's, a code for it, and Ben who returns it."""

from typing import Any

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.gifts import codes
from returns.lifecycle import LineRequest
from returns.models import GiftCode, Return
from returns.requests import Gift
from tests.factories import sent_order

GIVER = actors.buyer("Ada Winter")
BEN = actors.buyer("Ben Sommer")
SYSTEM = actors.system()


def given(*quantities: int, order: Order | None = None, **values: Any) -> GiftCode:
    """A code for so many pieces of each line of an order, which is made unless it is there."""
    made = order or sent_order(*(quantities or (2,)), **values)
    lines = made.lines.order_by("position").values_list("pk", flat=True)
    wanted = dict(zip(lines, quantities or (2,), strict=False))
    return codes.make(made, wanted, actor=GIVER)


def of_ben(code: GiftCode, **changes: Any) -> Gift:
    """The gift as Ben returns it."""
    return Gift(**{"code": code, "name": "Ben Sommer", "email": "ben@example.com", **changes})


def wishes_for(order: Order, *quantities: int) -> list[LineRequest]:
    """Wishes for so many pieces of each fulfilment line."""
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")
    return [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=count, reason="too-small")
        for parcel, count in zip(parcels, quantities, strict=False)
        if count
    ]


def give_back(code: GiftCode, *quantities: int, **options: Any) -> Return:
    """Let Ben return so many pieces of each line."""
    gift = options.pop("gift", None) or of_ben(code)
    wishes = wishes_for(code.order, *(quantities or (1,)))
    return lifecycle.request_gift(gift, wishes, **{"actor": BEN, **options})
