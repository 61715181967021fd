"""Every row lock of the domain and their order: the order's row, then the return, then its rows.

Rows of several orders are taken by primary key, all of them before any other row (`orders`). A
return's rows are its parcels, its lines, then what replaces them. After them the order's payments,
and last what orders share: first a store credit account, then stock, of which `orders.stock` takes
the rows by location and variant. Whoever changes anything about an order's returns or money holds
the order's row first. So two acts on one order always wait for each other, never on different
halves of the same thing.
All functions need an open transaction and raise TransactionManagementError without one.
"""

from collections.abc import Iterable
from typing import Final

from django.db.models import F

from accounts.rows_by_key import RowsByKey
from orders.models import FulfillmentLine, Order, OrderLine, Payment
from returns.models import (
    ExchangeLine,
    Return,
    ReturnLine,
    ReverseDelivery,
    StoreCreditAccount,
    StoreCreditEntry,
)


def order(order_id: int) -> Order:
    """Lock and return the order's row as it is now, with its store and customer."""
    for found in _ORDERS.rows([order_id]):
        locked: Order = found
        return locked
    raise Order.DoesNotExist(f"There is no order {order_id}.")


_ORDERS: Final = RowsByKey(
    lambda: Order.objects.select_for_update(of=("self",)).select_related(
        "store__return_location", "customer"
    )
)


def orders(order_ids: Iterable[int]) -> None:
    """Lock the rows of several orders, by primary key, before anything else of any of them.

    Whoever acts on several at once comes here first: so two such acts, or one of them and an act on
    a single order, never wait for each other in a circle.
    """
    rows = Order.objects.select_for_update().filter(pk__in=set(order_ids)).order_by("pk")
    list(rows.values_list("pk"))


def order_and_return(return_: Return) -> tuple[Order, Return]:
    """Lock the order of a return, then the return; give both back as they are now."""
    locked_order = order(return_.order_id)
    locked = Return.objects.select_for_update().get(pk=return_.pk)
    locked.order = locked_order
    locked.store = locked_order.store
    return locked_order, locked


def parcels(return_: Return) -> list[ReverseDelivery]:
    """Lock a locked return's parcels by primary key."""
    return list(return_.parcels.select_for_update().order_by("pk"))


def lines(return_: Return) -> list[ReturnLine]:
    """Lock a locked return's lines by primary key; with what each is a line of and its reason."""
    return list(
        return_.lines.select_for_update(of=("self",))
        .select_related("fulfillment_line__order_line", "reason")
        .order_by("pk")
    )


def exchange_lines(return_: Return) -> list[ExchangeLine]:
    """Lock the replacements of a locked return by primary key."""
    return list(return_.exchange_lines.select_for_update(of=("self",)).order_by("pk"))


def order_lines(order_: Order) -> list[OrderLine]:
    """Lock what was sold with a locked order by primary key."""
    return list(order_.lines.select_for_update().order_by("pk"))


def fulfillment_lines(order_: Order) -> list[FulfillmentLine]:
    """Lock what was sent of a locked order by primary key, with lines and parcels."""
    return _FULFILLMENT_LINES.rows([order_.pk])


_FULFILLMENT_LINES: Final = RowsByKey(
    lambda: (
        FulfillmentLine.objects.select_for_update(of=("self",))
        .select_related("fulfillment", "order_line")
        .order_by("pk")
    ),
    "fulfillment__order",
)


def payments(order_: Order) -> list[Payment]:
    """Lock a locked order's payments by primary key."""
    return list(order_.payments.select_for_update().order_by("pk"))


def credit_account(account: StoreCreditAccount) -> StoreCreditAccount:
    """Lock and return a store credit account's row as it is now, with store and customer.

    Accounts outlive orders and are shared by them, so this lock comes after all those of an order:
    whoever holds it takes no other but those of stock.
    """
    return (
        StoreCreditAccount.objects.select_for_update(of=("self",))
        .select_related("store", "customer")
        .get(pk=account.pk)
    )


def credits_left(account: StoreCreditAccount) -> list[StoreCreditEntry]:
    """Return what can be spent of a locked account, in the order in which it is spent.

    What expires first is spent first; among equals the older. The account's lock covers its
    entries, which nobody changes without it.
    """
    return list(
        account.entries.filter(remaining__gt=0).order_by(F("expires_at").asc(nulls_last=True), "pk")
    )
