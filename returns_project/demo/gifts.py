"""Gifts: a code that a buyer printed, and what recipients of gifts sent back."""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts import actors
from orders.models import FulfillmentLine, Order
from orders.models.orders import OrderQuerySet
from returns import eligibility, lifecycle
from returns.gifts import codes
from returns.held import Viewer
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import DispositionType, GiftCode, Return
from returns.refunds import payouts
from returns.requests import Gift
from returns_project.demo.people import BUYER_EMAIL

_RECIPIENTS: Final = (
    ("Ben Sommer", "ben@demo.example", "Am Markt 1", "04109", "Leipzig"),
    ("Clara Berg", "clara@demo.example", "Hafenstraße 12", "24103", "Kiel"),
)
_SYSTEM: Final = actors.system()


def give(random_: random.Random, now: datetime) -> None:
    """Make codes; let one recipient ask, and another one get credit."""
    for own in _givable().filter(customer__email=BUYER_EMAIL)[:1]:
        at = max(now - timedelta(hours=30), own.placed_at)
        # The first receipt was lost.
        codes.revoke(_code(own, at), actor=actors.buyer(own.buyer_name), at=at)
        _code(own, at)
    others = (order for order in _givable().exclude(customer__email=BUYER_EMAIL))
    for number, recipient in enumerate(_RECIPIENTS):
        made = next(filter(None, (_give_to(recipient, order, now) for order in others)), None)
        if made is not None and number:
            _pay(random_, made, made.created_at)


def _give_to(recipient: tuple[str, ...], order: Order, now: datetime) -> Return | None:
    """Give an order to somebody who asks to return a piece of it; None when nothing may go back."""
    at = max(now - timedelta(hours=26), order.placed_at)
    found = eligibility.for_order(order, now=at, viewer=Viewer.RECIPIENT)
    parcels = [item.fulfillment_line for item in found if item.returnable]
    if not parcels or parcels[0] is None:
        return None
    return _ask(_code(order, at), recipient, parcels[0], at)


def _givable() -> OrderQuerySet:
    """Return the newest orders that arrived and of which nothing came back."""
    found = Order.objects.filter(
        store__code="linden-lark",
        canceled_at=None,
        returns=None,
        refunds=None,
        return_listing="",
        fulfillments__delivered_at__isnull=False,
    )
    return found.exclude(payments=None).distinct().order_by("-placed_at", "-pk")


def _code(order: Order, at: datetime) -> GiftCode:
    """Make a code for all that can be given, as the buyer."""
    lines = codes.giveable(list(order.lines.all()))
    actor = actors.buyer(order.buyer_name)
    return codes.make(order, {line.pk: line.quantity for line in lines}, actor=actor, at=at)


def _ask(
    code: GiftCode, recipient: tuple[str, ...], parcel: FulfillmentLine, at: datetime
) -> Return:
    """Ask for one piece, as its recipient."""
    name, email, line1, postal_code, city = recipient
    address = {"line1": line1, "postal_code": postal_code, "city": city, "country": "DE"}
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="style", needs_note=False)
    gift = Gift(code=code, name=name, email=email, address=address)
    return lifecycle.request_gift(gift, [wish], actor=actors.buyer(name), language="de", at=at)


def _pay(random_: random.Random, return_: Return, at: datetime) -> None:
    """Let the goods come back and give their worth as credit."""
    later = at + timedelta(hours=2)
    opened = lifecycle.approve(return_, actor=_SYSTEM, at=later)
    receipts = [
        Receipt(
            line_id=line.pk,
            quantity=line.quantity,
            dispositions=(DisposeRequest(type=DispositionType.RESTOCKED, quantity=line.quantity),),
        )
        for line in opened.lines.all()
    ]
    later += timedelta(hours=1)
    came = lifecycle.process(opened, actor=_SYSTEM, receipts=receipts, at=later)
    key = UUID(int=random_.getrandbits(128), version=4)
    payouts.refund(came, actor=_SYSTEM, key=key, at=later)
