"""Store credit that pays for a replacement: both are booked, or neither is."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import Order, Payment, PaymentMethod
from returns import lifecycle
from returns.errors import (
    InsufficientCredit,
    InvalidAmount,
    InvalidState,
    KeyReused,
    NotPermitted,
)
from returns.models import (
    EntryKind,
    ExchangePayment,
    RefundTransaction,
    Return,
    StoreCreditAccount,
    StoreCreditEntry,
)
from returns.refunds import payouts
from returns.store_credit import ledger
from tests.conftest import RunJobs
from tests.factories import UserFactory
from tests.returns.exchanging import BUYER, SYSTEM, dearer, only, receive
from tests.returns.linking import linked, linking

pytestmark = pytest.mark.django_db


def credited(order: Order, amount: str = "25.00", **more: Any) -> StoreCreditAccount:
    """The account of an order's buyer, with this much."""
    account = ledger.open_account(order)
    ledger.credit(account, Decimal(amount), actor=SYSTEM, key=uuid4(), **more)
    account.refresh_from_db()
    return account


def spend(return_: Return, amount: str = "", **more: Any) -> ExchangePayment:
    values = {"actor": BUYER, "key": uuid4(), **more}
    wanted = Decimal(amount) if amount else None
    return lifecycle.pay_with_credit(return_, amount=wanted, **values)


def nothing_is_done(account: StoreCreditAccount, balance: str) -> None:
    account.refresh_from_db()
    assert account.balance == Decimal(balance)
    assert not StoreCreditEntry.objects.filter(kind=EntryKind.DEBIT).exists()
    assert not Payment.objects.filter(from_exchange=True).exists()


def test_credit_pays_all_that_is_owed() -> None:
    return_, line = dearer()
    receive(return_)
    account = credited(return_.order)

    made = spend(return_)

    account.refresh_from_db()
    return_.refresh_from_db()
    line.refresh_from_db()
    assert (made.amount, account.balance) == (Decimal("10.10"), Decimal("14.90"))
    assert (return_.exchange_owed, line.status) == (Decimal(0), "READY")
    payment = made.payment
    assert (payment.gateway, payment.method) == ("store_credit", PaymentMethod.STORE_CREDIT)
    entry = account.entries.get(kind=EntryKind.DEBIT)
    assert (entry.for_return, entry.amount, str(entry.idempotency_key)) == (
        return_,
        Decimal("-10.10"),
        made.key,
    )
    event = return_.events.get(type="exchange.paid")
    assert (event.actor_name, event.data["method"]) == ("Ada Winter", "STORE_CREDIT")


def test_less_credit_than_is_owed_pays_a_part() -> None:
    return_, line = dearer()
    credited(return_.order, "4.10")

    assert spend(return_).amount == Decimal("4.10")

    return_.refresh_from_db()
    line.refresh_from_db()
    assert (return_.exchange_owed, line.status) == (Decimal("6.00"), "AWAITING_PAYMENT")


def test_chosen_amount_is_spent() -> None:
    return_, _line = dearer()
    account = credited(return_.order)

    spend(return_, "3.00")

    account.refresh_from_db()
    assert account.balance == Decimal("22.00")


def test_same_key_spends_once() -> None:
    return_, _line = dearer()
    account, key = credited(return_.order), uuid4()

    first = spend(return_, "3.00", key=key)
    assert spend(return_, "3.00", key=key) == spend(return_, key=key) == first
    with pytest.raises(KeyReused):
        spend(return_, "4.00", key=key)

    account.refresh_from_db()
    assert account.balance == Decimal("22.00")


@pytest.mark.parametrize(
    ("amount", "error", "words"),
    [
        ("26.00", InvalidAmount, "Only €10.10 are to be paid."),
        ("10.11", InvalidAmount, "Only €10.10 are to be paid."),
        ("9.00", InsufficientCredit, "Only €8.00 of store credit are left."),
        ("0", InvalidAmount, "above 0"),
        ("-1", InvalidAmount, "above 0"),
        ("0.001", InvalidAmount, "without further digits"),
        ("NaN", InvalidAmount, "above 0"),
    ],
)
def test_wrong_amount_is_refused_and_nothing_is_done(
    amount: str, error: type[Exception], words: str
) -> None:
    return_, _line = dearer()
    account = credited(return_.order, "8.00")

    with pytest.raises(error, match=words) as refused:
        spend(return_, amount)

    assert refused.value.field == ("amount",)  # type: ignore[attr-defined]
    nothing_is_done(account, "8.00")


def test_credit_that_has_expired_meanwhile_pays_nothing() -> None:
    return_, _line = dearer()
    now = timezone.now()
    account = credited(return_.order, expires_at=now + timedelta(hours=1))
    accounts = ledger.of_order(return_.order)
    assert ledger.usable(accounts, at=now) == Decimal("25.00")
    later = now + timedelta(hours=2)
    assert ledger.usable(accounts, at=later) == 0

    with pytest.raises(InsufficientCredit, match=r"Only €0\.00 of store credit are left"):
        spend(return_, "10.10", at=later)

    nothing_is_done(account, "25.00")


def test_buyer_without_an_account_has_nothing_to_spend() -> None:
    return_, _line = dearer()

    with pytest.raises(InsufficientCredit, match="no store credit"):
        spend(return_)


def test_credit_of_another_buyer_is_not_spent() -> None:
    return_, _line = dearer()
    other, _line = dearer()
    account = credited(other.order)

    with pytest.raises(InsufficientCredit):
        spend(return_)

    nothing_is_done(account, "25.00")


def test_nothing_is_paid_that_is_not_owed() -> None:
    return_, _line = dearer()
    account = credited(return_.order)
    lifecycle.close(return_, actor=SYSTEM)

    with pytest.raises(InvalidState):
        spend(return_)

    nothing_is_done(account, "25.00")


def test_who_may_spend() -> None:
    return_, _line = dearer()
    account = credited(return_.order)

    with pytest.raises(NotPermitted):
        spend(return_, actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))
    nothing_is_done(account, "25.00")

    finance = actors.staff(UserFactory(roles=[Role.FINANCE]))
    assert spend(return_, actor=finance).amount == Decimal("10.10")


def test_refund_of_what_credit_paid_goes_back_to_the_account() -> None:
    return_, line = dearer()
    receive(return_)
    account = credited(return_.order)
    spend(return_)
    lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={line.pk: 1})

    assert payouts.refund(return_, actor=SYSTEM, key=uuid4()).amount == Decimal("60.00")

    part = RefundTransaction.objects.get(payment__from_exchange=True)
    account.refresh_from_db()
    assert (part.gateway, part.amount) == ("store_credit", Decimal("10.10"))
    assert account.balance == Decimal("25.00")


def test_credit_that_paid_for_a_replacement_is_not_taken_back_by_hand() -> None:
    return_, _line = dearer()
    account = credited(return_.order)
    spend(return_)
    entry = account.entries.get(kind=EntryKind.DEBIT)

    assert not ledger.is_reversible(entry)
    with pytest.raises(InvalidState, match="This paid for a replacement"):
        ledger.reverse(entry, actor=SYSTEM, key=uuid4())


def test_credit_closes_the_link_that_it_makes_needless(run_jobs: RunJobs) -> None:
    with linking() as gateway:
        return_ = linked()
        credited(return_.order)

        spend(return_)
        run_jobs()

        return_.refresh_from_db()
        assert (return_.payment_link, gateway.closed) == ("", ["plink_1"])


def test_mail_says_what_credit_can_pay(run_jobs: RunJobs) -> None:
    return_, _line = dearer()
    credited(return_.order, "4.10", notify=False)

    run_jobs()

    (message,) = [one for one in mail.outbox if "Please pay" in one.subject]
    assert "Your store credit can pay €4.10 of it" in message.body
    assert "Your store credit can pay €4.10 of it" in str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert only(return_).status == "AWAITING_PAYMENT"
