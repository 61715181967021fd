"""Orders that must be new: one with a number of its own, or with the next of its store."""

import re
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from orders.intake import OrderData, OrderRejected, Problem, take_in
from orders.models import Order, Store

_FIRST = 1001
_MOST_DIGITS = 15


class ReferenceTaken(OrderRejected):
    """The store has an order with this number."""

    def __init__(self) -> None:
        super().__init__(
            [Problem(("reference",), _("There is an order with this number already."))]
        )


def take_in_new(data: OrderData) -> Order:
    """Take in an order that the store has not got yet.

    data: without a reference it gets the number after that of the newest order. The store's row is
    locked first, as `take_in` locks it, so that two orders never get the same number.
    Raises ReferenceTaken, OrderRejected.
    """
    with transaction.atomic():
        store = Store.objects.select_for_update(no_key=True).filter(code=data.store).first()
        if store is not None and not data.reference:
            data = replace(data, reference=_next_number(store))
        elif Order.objects.filter(store=store, reference=data.reference.strip()).exists():
            raise ReferenceTaken
        return take_in(data).order


def _next_number(store: Store) -> str:
    newest = Order.objects.filter(store=store).order_by("-pk").first()
    digits = re.findall(r"\d+", newest.reference) if newest else []
    number = int(digits[-1][-_MOST_DIGITS:]) + 1 if digits else _FIRST
    while Order.objects.filter(store=store, reference=f"#{number}").exists():
        number += 1
    return f"#{number}"
