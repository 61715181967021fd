"""One balance is not spent twice, whoever comes at the same moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import actors
from orders.models import Order
from returns import locks
from returns.models import Refund, Return, StoreCreditAccount, StoreCreditEntry
from returns.refunds import settlement
from returns.store_credit import ledger
from tests.concurrency.threads import _wait_for, all_at_once, kinds, together, without_locks
from tests.factories import OrderFactory
from tests.returns import cashbox

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = actors.system()


@contextmanager
def first_keeps_the_account(others: int = 1) -> Iterator[None]:
    """Let the first act that locks an account keep it until the others wait for it."""
    lock, taken = locks.credit_account, threading.Lock()

    def credit_account(account: StoreCreditAccount) -> StoreCreditAccount:
        locked = lock(account)
        if taken.acquire(blocking=False):
            _wait_for(others)
        return locked

    with patch.object(locks, "credit_account", credit_account):
        yield


@contextmanager
def all_read_before_any_writes(count: int) -> Iterator[None]:
    """Without locks: let everybody read the account before anybody writes."""
    read, barrier = locks.credit_account, threading.Barrier(count)

    def credit_account(account: StoreCreditAccount) -> StoreCreditAccount:
        found = read(account)
        barrier.wait(30)
        return found

    with without_locks(), patch.object(locks, "credit_account", credit_account):
        yield


def account(amount: str = "10", **changes: Any) -> StoreCreditAccount:
    made = ledger.open_account(OrderFactory())
    ledger.credit(made, Decimal(amount), actor=SYSTEM, key=uuid4(), **changes)
    return made


def spending(mine: StoreCreditAccount, amount: str) -> Callable[[], StoreCreditEntry]:
    return lambda: ledger.debit(mine, Decimal(amount), actor=SYSTEM, key=uuid4())


def balanced(mine: StoreCreditAccount) -> Decimal:
    mine.refresh_from_db()
    assert mine.balance == sum(entry.amount for entry in mine.entries.all())
    return mine.balance


def test_without_locks_a_balance_is_spent_twice_but_for_the_database() -> None:
    mine = account("10")

    with all_read_before_any_writes(2):
        outcomes = together(spending(mine, "7"), spending(mine, "6"))

    # The second one's sums do not add up, which only the database notices, without a clear word.
    assert kinds(outcomes) == ["IntegrityError", "StoreCreditEntry"]
    balanced(mine)


def test_two_debits_of_one_balance() -> None:
    mine = account("10")

    with first_keeps_the_account():
        outcomes = together(spending(mine, "7"), spending(mine, "6"))

    assert kinds(outcomes) == ["InsufficientCredit", "StoreCreditEntry"]
    assert balanced(mine) in (Decimal(3), Decimal(4))


def test_the_same_debit_sent_twice_at_once() -> None:
    mine, key = account("10"), uuid4()

    def act() -> StoreCreditEntry:
        return ledger.debit(mine, Decimal(4), actor=SYSTEM, key=key)

    with first_keeps_the_account():
        first, second = together(act, act)

    assert first == second
    assert balanced(mine) == 6


def test_expiry_and_debit_of_the_same_credit() -> None:
    now = timezone.now()
    mine = account("10", expires_at=now + timedelta(hours=1))
    later = now + timedelta(hours=2)

    with first_keeps_the_account():
        outcomes = together(
            spending(mine, "10"),
            lambda: ledger.expire_due(now=later),
        )

    spent, booked = outcomes
    assert booked == 1
    # Whoever was first took all of it, and the other one found nothing.
    kind = "DEBIT" if isinstance(spent, StoreCreditEntry) else "EXPIRY"
    assert [entry.kind for entry in mine.entries.all()] == ["CREDIT", kind]
    assert balanced(mine) == 0


def test_account_opened_twice_at_once_is_one() -> None:
    order = OrderFactory()

    first, second = together(*[lambda: ledger.open_account(order)] * 2)

    assert first == second
    assert StoreCreditAccount.objects.count() == 1


def test_refund_settled_twice_at_once_credits_once(monkeypatch: pytest.MonkeyPatch) -> None:
    return_ = cashbox.opened(gateway="manual")
    with monkeypatch.context() as broken, pytest.raises(cashbox.Crash):
        broken.setattr(settlement, "settle", cashbox.crash)
        cashbox.pay(return_, to_credit=Decimal(20))
    refund = Refund.objects.get()

    outcomes = all_at_once(*[lambda: settlement.settle(refund, actor=SYSTEM)] * 3)

    assert [outcome.status for outcome in outcomes] == ["SUCCEEDED"] * 3
    assert balanced(ledger.of_order(return_.order).get()) == 20
    assert cashbox.books(return_.order) == cashbox.PAID


def test_refunds_of_two_orders_to_one_account_add_up() -> None:
    first, second = cashbox.opened(gateway="manual"), cashbox.opened(gateway="manual")
    Order.objects.update(customer=first.order.customer, store=first.store)
    Return.objects.update(store=first.store)

    outcomes = together(
        lambda: cashbox.pay(first, to_credit=Decimal(20)),
        lambda: cashbox.pay(second, to_credit=Decimal(20)),
    )

    assert [outcome.status for outcome in outcomes] == ["SUCCEEDED", "SUCCEEDED"]
    assert balanced(StoreCreditAccount.objects.get()) == 40
