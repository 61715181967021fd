"""Orders that come in twice at once, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from orders import intake
from orders.intake import Intake, OrderRejected, Outcome, take_in_many
from orders.models import Customer, Order, OrderLine, Variant
from tests.factories import StoreFactory
from tests.orders.intake.examples import order

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 4


def at_once(work: Callable[[int], list[str]]) -> list[list[str]]:
    """Run the work in several threads that begin together."""
    barrier = Barrier(CALLERS)

    def one(number: int) -> list[str]:
        try:
            barrier.wait(timeout=10)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(one, range(CALLERS)))


def outcomes(results: list[Intake | OrderRejected]) -> list[str]:
    return [
        str(result.outcome) if isinstance(result, Intake) else str(result) for result in results
    ]


BATCH = [order(reference=str(number)) for number in range(20)]


def test_same_new_orders_at_once_are_stored_once() -> None:
    StoreFactory(code="linden")

    found = at_once(lambda _number: outcomes(take_in_many(BATCH)))

    assert sorted(set(map(tuple, found))) == [
        (Outcome.CREATED,) * 20,
        (Outcome.UNCHANGED,) * 20,
    ]
    assert found.count([Outcome.CREATED] * 20) == 1
    assert (Order.objects.count(), OrderLine.objects.count()) == (20, 40)


def test_without_the_store_lock_the_race_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    StoreFactory(code="linden")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **_options: found)
    looked = Barrier(CALLERS)
    look = intake._existing

    def look_together(*args: Any) -> Any:
        found = look(*args)
        looked.wait(timeout=10)
        return found

    monkeypatch.setattr(intake, "_existing", look_together)
    lost = []

    def work(_number: int) -> list[str]:
        try:
            return outcomes(take_in_many(BATCH))
        except IntegrityError:
            lost.append(1)
            return []

    at_once(work)

    assert len(lost) == CALLERS - 1


def test_different_changes_at_once_end_in_one_of_them() -> None:
    StoreFactory(code="linden")
    take_in_many([order()])
    changes = [
        order(
            shipping_amount=Decimal(number), lines=order().lines[: 1 + number % 2], fulfillments=()
        )
        for number in range(CALLERS)
    ]

    found = at_once(lambda number: outcomes(take_in_many([changes[number]])))

    assert found == [[Outcome.UPDATED]] * CALLERS
    stored = Order.objects.get()
    last = changes[int(stored.shipping_amount)]
    assert stored.lines.count() == len(last.lines)


def test_stores_that_share_customers_and_articles_do_not_deadlock() -> None:
    for number in range(CALLERS):
        StoreFactory(code=f"store-{number}")

    def work(number: int) -> list[str]:
        batch = [replace(data, store=f"store-{number}") for data in BATCH]
        return outcomes(take_in_many(batch if number % 2 else batch[::-1]))

    found = at_once(work)

    assert found == [[Outcome.CREATED] * 20] * CALLERS
    assert (Order.objects.count(), Customer.objects.count(), Variant.objects.count()) == (80, 1, 2)
