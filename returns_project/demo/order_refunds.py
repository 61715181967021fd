"""Money back without a return: what was sold out, goodwill, and more than had been paid."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Role
from orders.models import Order
from orders.money import ZERO
from returns.refunds import payouts
from returns.refunds.proposals import left_on
from returns_project.demo.people import BUYER_EMAIL

_SOLD_OUT: Final = {"de": "Ausverkauft, nicht mehr lieferbar.", "en": "Sold out, cannot be sent."}
_SORRY: Final = {"de": "Kratzer am Karton, behält die Ware.", "en": "Scratched box, keeps it."}
_LATE: Final = {
    "de": "Lieferung kam zweimal nicht an, am Telefon zugesagt.",
    "en": "Delivery failed twice; promised on the phone.",
}


def pay_back(random_: random.Random, now: datetime, staff: Mapping[Role, Actor]) -> None:
    """Refund pieces that were never sent, give goodwill, and pay more than was left once."""
    finance, manager = staff[Role.FINANCE], staff[Role.MANAGER]
    fresh = Order.objects.filter(canceled_at=None, returns=None, refunds=None)
    paid = fresh.exclude(payments=None).order_by("-placed_at", "-pk")
    unsent = paid.filter(fulfillments=None).first()
    if unsent is not None:
        _pay(random_, unsent, finance, now, pieces=1, note=_SOLD_OUT[unsent.language])
    sent = paid.filter(fulfillments__delivered_at__isnull=False).distinct()
    own = sent.filter(customer__email=BUYER_EMAIL)
    for order in own[:1]:
        _pay(random_, order, finance, now, amount=Decimal(5), note=_SORRY[order.language])
    for order in sent.exclude(customer__email=BUYER_EMAIL)[:1]:
        left = left_on(list(order.payments.all()), order.currency)
        whole = sum((amount for _payment, amount in left), ZERO)
        _pay(
            random_,
            order,
            manager,
            now,
            amount=whole + 10,
            over_reason=_LATE[order.language],
        )


def _pay(
    random_: random.Random,
    order: Order,
    actor: Actor,
    now: datetime,
    *,
    pieces: int = 0,
    amount: Decimal | None = None,
    note: str = "",
    over_reason: str = "",
) -> None:
    """Pay back a piece of the first line, or an amount, some hours ago."""
    line = order.lines.filter(bundle_parent=None).exclude(bundle_kind="CONFIGURABLE").first()
    payouts.refund_order(
        order,
        actor=actor,
        key=UUID(int=random_.getrandbits(128), version=4),
        quantities={line.pk: pieces} if line and pieces else {},
        amount=amount,
        over_reason=over_reason,
        note=note,
        reference=f"PB-{random_.randrange(10**7):07}",
        at=max(now - timedelta(hours=random_.randint(2, 9)), order.placed_at),
    )
