"""Locks are worth nothing outside a transaction, and say so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from returns import locks
from returns.models import Return
from returns.store_credit import ledger
from tests.factories import sent_order
from tests.returns.stories import opened


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "lock",
    [
        lambda return_: locks.order(return_.order_id),
        lambda return_: locks.orders([return_.order_id]),
        locks.order_and_return,
        locks.lines,
        lambda return_: locks.fulfillment_lines(return_.order),
        lambda return_: locks.payments(return_.order),
        lambda return_: locks.credit_account(ledger.open_account(return_.order)),
    ],
)
def test_lock_without_a_transaction_is_a_mistake(lock: Callable[[Return], Any]) -> None:
    return_ = opened()

    with pytest.raises(TransactionManagementError):
        lock(return_)


@pytest.mark.django_db
def test_order_is_locked_before_its_return() -> None:
    return_ = opened()

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        order, locked = locks.order_and_return(return_)

    locking = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert ['FROM "orders_order"' in sql for sql in locking] == [True, False]
    assert ['FROM "returns_return"' in sql for sql in locking] == [False, True]
    assert (order, locked, locked.order is order) == (return_.order, return_, True)


@pytest.mark.django_db
def test_lines_are_locked_by_primary_key() -> None:
    order = sent_order(1, 2, 3)

    with transaction.atomic():
        parcels = locks.fulfillment_lines(order)

    assert [parcel.pk for parcel in parcels] == sorted(parcel.pk for parcel in parcels)
