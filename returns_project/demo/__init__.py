"""A shop to try Retour with: two stores, their articles, buyers, orders and returns.

Everything comes in the way real data does: orders through `orders.intake`, returns through the
verbs with the time they happened at. The same seed makes the same shop, seen from now.

    stores.py  stores, locations, policies     articles.py  what they sell
    people.py  staff and buyers                baskets.py   lines, discounts, tax
    orders.py  what was bought when            stories.py   what becomes of returns
    returns.py which order has which story     telling.py   the verbs
    credit.py  store credit by hand            order_refunds.py  money back without a return
    reasons.py why things go back              withdrawals.py    withdrawals from contracts
    evidence.py photos of what is broken       webhooks.py       who is told
    gifts.py   codes, and what came back with them
    cancels.py what was canceled before it was sent
    automation.py rules and what they did    sources.py  a shop that sends its orders
"""

import random
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Role
from orders.models import Order, ReturnListing, Store
from returns import listings
from returns_project.demo import (
    articles,
    automation,
    cancels,
    credit,
    gifts,
    order_refunds,
    orders,
    people,
    reasons,
    returns,
    sources,
    stores,
    webhooks,
    withdrawals,
)

SEED = 1


def exists() -> bool:
    """Whether there is a store already, so that nothing must be loaded."""
    return Store.objects.exists()


def load(now: datetime | None = None) -> None:
    """Fill an empty database. Must not be called inside a transaction, because refunds are not.

    All but the refunds is one transaction: whoever breaks it off finds nothing half done, or at
    most returns that still wait for their money.
    """
    now = now or timezone.now()
    random_ = random.Random(SEED)
    with transaction.atomic():
        staff = people.hire()
        stores.open_all()
        reasons.refine(now)
        articles.stock_up(random_)
        orders.take_in(random_, now)
        people.let_buyer_sign_in()
        _analyze()
        owed = returns.tell(random_, now, staff)
        _analyze()
    returns.pay_back(owed)
    with transaction.atomic():
        credit.give(random_, now, staff[Role.FINANCE])
    order_refunds.pay_back(random_, now, staff)
    gifts.give(random_, now)
    cancels.cancel(random_, now, staff[Role.SUPPORT])
    with transaction.atomic():
        withdrawals.state(now, staff[Role.SUPPORT])
        webhooks.subscribe(staff[Role.MANAGER])
    automation.set_up(staff[Role.MANAGER])
    sources.connect(now, staff[Role.MANAGER])
    _let_one_return(staff[Role.MANAGER])


def _let_one_return(manager: Actor) -> None:
    """A good customer's oldest order may go back, whatever the policy says."""
    oldest = Order.objects.filter(store__code=stores.SHOPS[0].code, returns=None).earliest("pk")
    listings.set_for_order(
        oldest, ReturnListing.ALLOW, actor=manager, note="Stammkundin, am Telefon zugesagt."
    )


def _analyze() -> None:
    """Tell PostgreSQL how full its tables are now; by itself it would learn that a minute later."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def greeting() -> list[str]:
    """Return what to tell whoever wants to try the demo shop; nothing when it is not loaded."""
    guest = Order.objects.filter(guest_email=people.GUEST_EMAIL).order_by("-placed_at").first()
    if guest is None:
        return []
    return [
        *(f"{role.label:<10} {email}" for role, email, _name in people.STAFF),
        f"{'Buyer':<10} {people.BUYER_EMAIL}",
        f"{'Guest':<10} order {guest.reference} and {people.GUEST_EMAIL}",
        f"The password of all is {people.PASSWORD}",
    ]
