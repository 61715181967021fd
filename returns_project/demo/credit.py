"""Store credit given and spent by hand, on top of what returns of the demo brought."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from accounts.actors import Actor
from orders.models import Order
from returns.store_credit import ledger
from returns_project.demo.people import BUYER_EMAIL

_NOTES: Final = {
    "de": ("Entschuldigung für die späte Lieferung.", "Im Laden eingelöst."),
    "en": ("Sorry for the late delivery.", "Spent in the shop."),
}


def give(random_: random.Random, now: datetime, finance: Actor) -> None:
    """Give the buyer whose login is printed, and some others, credit that is partly spent."""
    own = Order.objects.filter(customer__email=BUYER_EMAIL).order_by("store_id", "pk")
    some = Order.objects.exclude(customer=None, guest_email="").order_by("pk")[:60:12]
    # Those who may pay for a replacement with it.
    owing = Order.objects.filter(returns__exchange_owed__gt=0).distinct().order_by("pk")
    orders = [*own.distinct("store"), *some, *owing]
    for number, order in enumerate(orders):
        given_at = now - timedelta(days=random_.randint(20, 30))
        account = ledger.open_account(order, at=given_at)
        sorry, spent = _NOTES[order.language]
        ledger.credit(
            account,
            Decimal(5 * random_.randint(2, 6)),
            actor=finance,
            key=_key(random_),
            expires_at=now + timedelta(days=random_.randint(40, 300)),
            note=sorry,
            at=given_at,
        )
        if number % 2 == 0:
            ledger.debit(
                account,
                Decimal(random_.randint(300, 900)) / 100,
                actor=finance,
                key=_key(random_),
                note=spent,
                at=now - timedelta(days=random_.randint(1, 10)),
            )


def _key(random_: random.Random) -> UUID:
    return UUID(int=random_.getrandbits(128), version=4)
