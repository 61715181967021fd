"""Looking for orders."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from orders import days, search
from orders.kept import Kept
from orders.models import Order, Store

# For `orders.pagination`; an index serves it.
NEWEST_FIRST: Final = ("-placed_at", "-id")


_STORES: Final = Kept(Store.objects.all)


def stores() -> list[Store]:
    """Return all stores by name, for lists to choose from; one query."""
    return _STORES.rows()


def find(
    *,
    words: str = "",
    store: Store | None = None,
    since: date | None = None,
    until: date | None = None,
    zone: ZoneInfo,
) -> QuerySet[Order]:
    """Return the orders that fit, not yet sorted; an empty argument does not narrow.

    words: what somebody typed. since and until: days on which the order was placed, both
    included, in `zone`.
    """
    found: QuerySet[Order] = Order.objects.all()
    if store:
        found = found.filter(store=store)
    if since:
        found = found.filter(placed_at__gte=days.begins(since, zone))
    if until:
        found = found.filter(placed_at__lt=days.ends(until, zone))
    return search.narrow(found, words)
