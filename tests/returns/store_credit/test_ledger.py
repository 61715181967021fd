"""The balance is the sum of its entries and never below 0, whatever is asked."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import actors
from accounts.models import Role
from orders.models import Order
from returns.errors import (
    CreditLimitExceeded,
    CurrencyMismatch,
    ExpiryInPast,
    InsufficientCredit,
    InvalidAmount,
    InvalidState,
    KeyReused,
    MissingNote,
    NoCreditOwner,
    NotPermitted,
    ReturnError,
    TooLong,
)
from returns.models import StoreCreditAccount, StoreCreditEntry, StoreCreditUse
from returns.store_credit import ledger
from tests.factories import CustomerFactory, OrderFactory, StoreFactory, UserFactory
from tests.returns.stories import opened

SYSTEM = actors.system()
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def account(**order: Any) -> StoreCreditAccount:
    return ledger.open_account(OrderFactory(**order))


def give(account_: StoreCreditAccount, amount: str, **changes: Any) -> StoreCreditEntry:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return ledger.credit(account_, Decimal(amount), **values)


def spend(account_: StoreCreditAccount, amount: str, **changes: Any) -> StoreCreditEntry:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return ledger.debit(account_, Decimal(amount), **values)


def books(account_: StoreCreditAccount) -> list[tuple[str, str, str]]:
    """Every entry, after checking that the balance is their sum."""
    account_.refresh_from_db()
    entries = list(account_.entries.order_by("pk"))
    assert account_.balance == sum(entry.amount for entry in entries)
    assert account_.balance == sum(entry.remaining for entry in entries) >= 0
    return [
        (entry.kind, f"{entry.amount.normalize():f}", f"{entry.remaining.normalize():f}")
        for entry in entries
    ]


@pytest.mark.django_db
class TestAccounts:
    def test_customer_has_one_per_store_and_currency(self) -> None:
        customer, store = CustomerFactory(), StoreFactory()
        order = OrderFactory(customer=customer, store=store)
        first = ledger.open_account(order)

        assert ledger.open_account(OrderFactory(customer=customer, store=store)) == first
        assert ledger.open_account(OrderFactory(customer=customer)) != first
        assert account(customer=customer, store=store, currency="CHF") != first
        assert ledger.of_order(order).get() == first

    def test_guest_has_one_per_address_in_any_case(self) -> None:
        store = StoreFactory()
        first = account(customer=None, guest_email="Noah@Example.com", store=store)

        assert account(customer=None, guest_email="noah@example.com", store=store) == first
        assert (first.guest_email, first.owner_name) == ("noah@example.com", "Ada Winter")

    def test_order_of_nobody_has_none(self) -> None:
        with pytest.raises(NoCreditOwner):
            account(customer=None)

        assert StoreCreditAccount.objects.count() == 0


@pytest.mark.django_db
class TestCredit:
    def test_credit_adds_and_says_who(self) -> None:
        fay = UserFactory(roles=[Role.FINANCE], name="Fay")
        mine = account()

        entry = give(mine, "12.50", actor=actors.staff(fay), note=" For the delay. ")

        assert books(mine) == [("CREDIT", "12.5", "12.5")]
        assert (entry.note, entry.actor_name, entry.actor_user) == ("For the delay.", "Fay", fay)

    def test_credit_sent_twice_is_one(self) -> None:
        mine, key = account(), uuid4()

        assert give(mine, "5", key=key) == give(mine, "5", key=key)
        for other, amount in ((mine, "6"), (account(), "5")):
            with pytest.raises(KeyReused):
                give(other, amount, key=key)
        with pytest.raises(KeyReused):
            spend(mine, "5", key=key)

        assert books(mine) == [("CREDIT", "5", "5")]

    @pytest.mark.parametrize(
        ("changes", "error", "field"),
        [
            ({"amount": "0"}, InvalidAmount, ("amount",)),
            ({"amount": "-1"}, InvalidAmount, ("amount",)),
            ({"amount": "0.001"}, InvalidAmount, ("amount",)),
            ({"amount": "NaN"}, InvalidAmount, ("amount",)),
            ({"amount": "Infinity"}, InvalidAmount, ("amount",)),
            ({"amount": "1E+15"}, InvalidAmount, ("amount",)),
            ({"amount": "999999999999999"}, CreditLimitExceeded, ("amount",)),
            ({"currency": "USD"}, CurrencyMismatch, ("currency",)),
            ({"expires_at": NOW}, ExpiryInPast, ("expires_at",)),
            ({"note": "x" * 501}, TooLong, ("note",)),
        ],
    )
    def test_credit_that_cannot_be_is_refused(
        self, changes: dict[str, Any], error: type[ReturnError], field: tuple[str, ...]
    ) -> None:
        mine = account()
        give(mine, "1", at=NOW)

        with pytest.raises(error) as refused:
            give(mine, **{"amount": "1", "at": NOW, **changes})

        assert refused.value.field == field
        assert books(mine) == [("CREDIT", "1", "1")]

    def test_by_hand_needs_permission_and_reason(self) -> None:
        mine = account()
        finance = actors.staff(UserFactory(roles=[Role.FINANCE]))
        for actor in (actors.staff(UserFactory(roles=[Role.SUPPORT])), actors.buyer("Ada")):
            for act in (give, spend):
                with pytest.raises(NotPermitted):
                    act(mine, "1", actor=actor, note="Please.")
        for act in (give, spend):
            with pytest.raises(MissingNote):
                act(mine, "1", actor=finance)

        assert books(mine) == []


@pytest.mark.django_db
class TestDebit:
    def test_debit_spends_first_what_expires_first(self) -> None:
        mine = account()
        give(mine, "10", at=NOW)
        give(mine, "10", at=NOW, expires_at=NOW + 2 * DAY)
        give(mine, "10", at=NOW, expires_at=NOW + DAY)

        spend(mine, "15", at=NOW)

        assert books(mine) == [
            ("CREDIT", "10", "10"),
            ("CREDIT", "10", "5"),
            ("CREDIT", "10", "0"),
            ("DEBIT", "-15", "0"),
        ]
        uses = StoreCreditUse.objects.order_by("pk").values_list("amount", flat=True)
        assert list(uses) == [Decimal(10), Decimal(5)]

    def test_debit_of_more_than_there_is_is_refused(self) -> None:
        mine = account()
        give(mine, "10")

        with pytest.raises(InsufficientCredit) as refused:
            spend(mine, "10.01")

        assert refused.value.message == "Only €10.00 are left on the account."
        assert books(mine) == [("CREDIT", "10", "10")]

    def test_debit_cannot_spend_what_has_expired(self) -> None:
        mine = account()
        give(mine, "10", at=NOW, expires_at=NOW + DAY)

        with pytest.raises(InsufficientCredit):
            spend(mine, "1", at=NOW + DAY)
        assert ledger.expire_due(now=NOW + DAY) == 1

        assert books(mine) == [("CREDIT", "10", "0"), ("EXPIRY", "-10", "0")]

    def test_debit_for_a_return_is_from_its_buyers_account(self) -> None:
        return_ = opened()
        buyer = actors.buyer("Ada Winter")
        mine, other = ledger.open_account(return_.order), account()
        give(mine, "10")
        give(other, "10")

        entry = spend(mine, "4", actor=buyer, for_return=return_)
        with pytest.raises(NotPermitted):
            spend(other, "4", actor=buyer, for_return=return_)

        assert (entry.for_return, entry.actor_name) == (return_, "Ada Winter")
        assert books(mine) == [("CREDIT", "10", "6"), ("DEBIT", "-4", "0")]


@pytest.mark.django_db
class TestReverse:
    def test_debit_taken_back_keeps_the_expiry(self) -> None:
        mine = account()
        give(mine, "10", at=NOW, expires_at=NOW + DAY)
        debit, key = spend(mine, "4", at=NOW), uuid4()

        first = ledger.reverse(debit, actor=SYSTEM, key=key, at=NOW)

        assert ledger.reverse(debit, actor=SYSTEM, key=key, at=NOW) == first
        with pytest.raises(InvalidState):
            ledger.reverse(debit, actor=SYSTEM, key=uuid4(), at=NOW)
        ledger.expire_due(now=NOW + DAY)
        assert books(mine) == [
            ("CREDIT", "10", "0"),
            ("DEBIT", "-4", "0"),
            ("REVERSAL", "4", "0"),
            ("EXPIRY", "-10", "0"),
        ]

    def test_credit_is_taken_back_whole_or_not_at_all(self) -> None:
        mine = account()
        spent, whole = give(mine, "10"), give(mine, "3")
        spend(mine, "1")

        with pytest.raises(InsufficientCredit):
            ledger.reverse(spent, actor=SYSTEM, key=uuid4())
        reversal = ledger.reverse(whole, actor=SYSTEM, key=uuid4())

        with pytest.raises(InvalidState):
            ledger.reverse(reversal, actor=SYSTEM, key=uuid4())
        assert books(mine)[-1] == ("REVERSAL", "-3", "0")


@pytest.mark.django_db
class TestDatabase:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE returns_storecreditentry SET amount = 20, remaining = 20",
            "UPDATE returns_storecreditentry SET note = 'other'",
            "DELETE FROM returns_storecreditentry",
            "UPDATE returns_storecreditentry SET remaining = 11",
            "UPDATE returns_storecreditentry SET remaining = 9",
            "UPDATE returns_storecreditaccount SET balance = 11",
            "UPDATE returns_storecreditaccount SET balance = -1",
        ],
    )
    def test_books_cannot_be_cooked(self, sql: str) -> None:
        mine = account()
        give(mine, "10")

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert books(mine) == [("CREDIT", "10", "10")]


class RandomActs(TestCase):
    """Whatever happens in whatever order, the books are right."""

    @settings(max_examples=40, deadline=None)
    @given(st.integers(min_value=0))
    def test_balance_is_the_sum_of_entries(self, seed: int) -> None:
        dice, now = random.Random(seed), NOW
        mine = account()
        # What is left of each credit, by when it expires: reckoned here without the rows.
        left: list[list[Any]] = []
        for _step in range(25):
            now += timedelta(hours=dice.randrange(20))
            left = [each for each in left if each[0] is None or each[0] > now]
            amount = Decimal(dice.randrange(1, 3000)) / 100
            act = dice.choice(("credit", "debit", "debit", "expire"))
            if act == "credit":
                until = dice.choice((None, now + timedelta(hours=dice.randrange(1, 60))))
                give(mine, str(amount), at=now, expires_at=until)
                left.append([until, amount])
            elif act == "expire":
                ledger.expire_due(now=now)
            elif amount > sum(each[1] for each in left):
                with pytest.raises(InsufficientCredit):
                    spend(mine, str(amount), at=now)
            else:
                spend(mine, str(amount), at=now)
                _take(left, amount)
            books(mine)
        ledger.expire_due(now=now)
        mine.refresh_from_db()
        assert mine.balance == sum(each[1] for each in left)
        taken = StoreCreditUse.objects.filter(entry__account=mine).aggregate(sum=Sum("amount"))
        debits = mine.entries.filter(amount__lt=0).aggregate(sum=Sum("amount"))
        assert (taken["sum"] or 0) == -(debits["sum"] or 0)


def _take(left: list[list[Any]], amount: Decimal) -> None:
    for each in sorted(left, key=lambda each: each[0] or datetime.max.replace(tzinfo=UTC)):
        part = min(each[1], amount)
        each[1] -= part
        amount -= part


@pytest.mark.django_db
def test_account_of_an_order_is_found_for_guests() -> None:
    order: Order = OrderFactory(customer=None, guest_email="Noah@Example.com")
    mine = ledger.open_account(order)

    assert ledger.of_order(order).get() == mine
