"""What buyers canceled before it was sent, and what one of them would like to."""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from accounts import actors
from accounts.actors import Actor
from orders.models import Order
from returns.cancellations import choices
from returns.cancellations import decisions as cancellations
from returns.cancellations.choices import Choice
from returns.models import Cancellation, CancellationStatus

_PACKED: Final = "It is packed already. You can send it back when it has arrived."


def cancel(random_: random.Random, now: datetime, support: Actor) -> None:
    """Cancel a piece in the store that does so at once; ask in the one where a person decides.

    There, what somebody else asked for was declined.
    """
    _cancel_in("linden-lark", random_, now)
    asked = _cancel_in("heath-harbour", random_, now, skip=1)
    if asked is not None:
        cancellations.decline(asked, actor=support, note=_PACKED, at=asked.created_at)
    _cancel_in("heath-harbour", random_, now)


def _cancel_in(
    store: str, random_: random.Random, now: datetime, *, skip: int = 0
) -> Cancellation | None:
    """Cancel one piece of a store's newest order of which that is possible, or of a later one."""
    orders = Order.objects.filter(store__code=store, canceled_at=None, refunds=None)
    for order in orders.filter(cancellations=None).order_by("-placed_at", "-pk"):
        lines = list(order.lines.all())
        sent = choices.sent_pieces(order)
        found = choices.choices(order, lines, sent, (), now=now)
        if found and skip:
            skip -= 1
        elif found:
            return _cancel_one(random_, order, found[0], now)
    return None


def _cancel_one(
    random_: random.Random, order: Order, choice: Choice, now: datetime
) -> Cancellation:
    at = max(now - timedelta(hours=3), order.placed_at)
    made = cancellations.request(
        order,
        {choice.line.pk: 1},
        actor=actors.buyer(order.buyer_name),
        key=UUID(int=random_.getrandbits(128), version=4),
        at=at,
    )
    if made.status == CancellationStatus.DONE:
        cancellations.settle(made, at=at)
    return made
