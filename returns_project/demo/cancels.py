"""What buyers canceled before it was sent, and what one of them would like to."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts import actors
from orders.models import Order
from returns import cancellations, cancelling
from returns.models import CancellationStatus


def cancel(random_: random.Random, now: datetime) -> None:
    """Cancel a piece in the store that does so at once; ask in the one where a person decides."""
    for code in ("linden-lark", "heath-harbour"):
        orders = Order.objects.filter(store__code=code, canceled_at=None, refunds=None)
        for order in orders.order_by("-placed_at", "-pk"):
            if _cancel_one(random_, order, now):
                break


def _cancel_one(random_: random.Random, order: Order, now: datetime) -> bool:
    """Cancel one piece of an order, if anything of it can be; whether it could."""
    lines = list(order.lines.all())
    sent = cancelling.sent_pieces(order)
    found = cancelling.choices(order, lines, sent, (), now=timezone.now())
    if not found:
        return False
    at = max(now - timedelta(hours=3), order.placed_at)
    made = cancellations.request(
        order,
        {found[0].line.pk: 1},
        actor=actors.buyer(order.buyer_name),
        key=UUID(int=random_.getrandbits(128), version=4),
        at=at,
    )
    if made.status == CancellationStatus.DONE:
        cancellations.settle(made, at=at)
    return True
