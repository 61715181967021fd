"""Several people at the same moment: threads, each with a database connection of its own.

That they really meet is made certain, never waited for: who takes the lock first keeps it until
the database says that all the others wait for it.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any
from unittest.mock import patch

from django.db import connection

from accounts.rows_by_key import RowsByKey
from orders.models import Order
from returns import locks

Act = Callable[[], Any]
MOST_SECONDS = 30


def together(*acts: Act) -> list[Any]:
    """Run acts at the same moment; return what each gave or raised, in their order."""
    outcomes: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(index: int, act: Act) -> None:
        try:
            connection.ensure_connection()
            start.wait(MOST_SECONDS)
            outcomes[index] = act()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(index, act), daemon=True)
        for index, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MOST_SECONDS)
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError("An act did not come to an end.")
    return outcomes


def elsewhere(act: Act) -> Any:
    """Run an act to its end on another connection, while this one's transaction stays open."""
    (outcome,) = together(act)
    return outcome


def _waiting() -> int:
    """Count the connections to this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def _wait_for(others: int) -> None:
    end, pause = monotonic() + MOST_SECONDS, threading.Event()
    while _waiting() < others:
        if monotonic() > end:
            raise TimeoutError(f"{others} others do not wait for the lock.")
        pause.wait(0.005)


@contextmanager
def first_waits_for(others: int) -> Iterator[None]:
    """Let the first act that locks an order keep the lock until `others` wait for it."""
    lock, taken = locks.order, threading.Lock()

    def order(order_id: int) -> Order:
        locked = lock(order_id)
        if taken.acquire(blocking=False):
            _wait_for(others)
        return locked

    with patch.object(locks, "order", order):
        yield


def all_at_once(*acts: Act) -> list[Any]:
    """Run acts that all want the same order, and make certain that all of them meet."""
    with first_waits_for(len(acts) - 1):
        return together(*acts)


def in_turn(first: Act, second: Act) -> list[Any]:
    """Let `second` begin while `first` holds the order, so that it goes on where first ends."""
    began = threading.Event()
    lock = locks.order

    def order(order_id: int) -> Order:
        locked = lock(order_id)
        if not began.is_set():
            began.set()
            _wait_for(1)
        return locked

    def run_late() -> Any:
        began.wait(MOST_SECONDS)
        return second()

    with patch.object(locks, "order", order):
        return together(first, run_late)


@contextmanager
def without_locks() -> Iterator[None]:
    """Read rows as the verbs do, but lock none: what the tests of races compare with."""
    with (
        patch("django.db.models.query.QuerySet.select_for_update", _unlocked),
        patch.object(RowsByKey, "rows", _rows_anew),
    ):
        yield


def _unlocked(queryset: Any, **_options: Any) -> Any:
    return queryset.all()


_ROWS = RowsByKey.rows


def _rows_anew(kept: RowsByKey, keys: Iterable[Any]) -> list[Any]:
    """Keep nothing: SQL that was put together before has locks, and what is now shall not stay."""
    return _ROWS(RowsByKey(kept._queryset, kept._column), keys)


@contextmanager
def run_after(target: str, act: Act) -> Iterator[list[Any]]:
    """Run an act elsewhere right after the first call of the function named `target`.

    Yields the list that the outcome of the act is put into.
    """
    outcomes: list[Any] = []
    called = threading.Lock()
    patcher = patch(target)
    original, _local = patcher.get_original()

    def wrapper(*args: Any, **options: Any) -> Any:
        result = original(*args, **options)
        if called.acquire(blocking=False):
            outcomes.append(elsewhere(act))
        return result

    with patch(target, wrapper):
        yield outcomes


def kinds(outcomes: Sequence[Any]) -> list[str]:
    """Return the names of the classes of what came out, sorted."""
    return sorted(type(outcome).__name__ for outcome in outcomes)
