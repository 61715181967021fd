"""A refund becomes store credit exactly once, in place of money, with its bonus beside it."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail

from accounts import actors
from orders.models import Order
from returns import lifecycle, statements
from returns.errors import CreditNotOffered, InvalidAmount, KeyReused, NoCreditOwner
from returns.locales import Reader
from returns.models import Refund, RefundTo, Return, StoreCreditAccount, StoreCreditEntry
from returns.models.policies import ReturnTerms
from returns.refunds import payouts, settlement
from returns.refunds.gateways import GATEWAYS
from returns.store_credit import codes, ledger, refunds
from tests.conftest import RunJobs
from tests.returns import cashbox
from tests.returns.cashbox import SYSTEM, Crash, FakeGateway, pay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def offering(*paid: str, **terms: Any) -> Order:
    """An order of two pieces of 10.00, paid in these parts, whose terms offer credit."""
    order = cashbox.bought(*paid)
    order.return_terms = ReturnTerms(**{"offers_credit": True, **terms}).to_json()
    order.save(update_fields=["return_terms"])
    return order


def asked(*paid: str, refund_to: str = RefundTo.STORE_CREDIT, **terms: Any) -> Return:
    """An open return of all of such an order, for which credit is wanted."""
    order = offering(*paid, **terms)
    wishes = [cashbox.wish(order, 2)]
    return lifecycle.create(order, wishes, actor=SYSTEM, refund_to=refund_to)


def parts(refund: Refund) -> list[tuple[str, str, str]]:
    return [
        (part.payment.external_id if part.payment else "", part.gateway, f"{part.amount:.2f}")
        for part in refund.transactions.all()
    ]


def entries() -> list[tuple[str, str]]:
    found = StoreCreditEntry.objects.order_by("pk")
    return [(entry.kind, f"{entry.amount:.2f}") for entry in found]


def test_what_the_buyer_asked_for_becomes_credit(gateway: FakeGateway) -> None:
    return_ = asked("20.00", credit_bonus_percent=Decimal(10))

    refund = pay(return_)

    assert parts(refund) == [("pay_0", "store_credit", "20.00")]
    assert gateway.asked == []
    assert entries() == [("CREDIT", "20.00"), ("BONUS", "2.00")]
    assert cashbox.books(return_.order) == cashbox.PAID
    mine = ledger.of_order(return_.order).get()
    assert (mine.balance, mine.customer) == (Decimal(22), return_.order.customer)
    data = return_.events.latest("pk").data
    assert (data["credit"], data["bonus"]) == ("20.0000", "2.0000")


def test_staff_may_pay_a_mix(gateway: FakeGateway) -> None:
    return_ = asked("12.00", "8.00", refund_to="ORIGINAL", credit_bonus_percent=Decimal("12.5"))

    refund = pay(return_, to_credit=Decimal("9.99"))

    assert parts(refund) == [
        ("pay_0", "fake", "10.01"),
        ("pay_0", "store_credit", "1.99"),
        ("pay_1", "store_credit", "8.00"),
    ]
    assert list(gateway.paid.values()) == [Decimal("10.01")]
    assert entries() == [("CREDIT", "1.99"), ("BONUS", "1.25"), ("CREDIT", "8.00")]
    assert cashbox.books(return_.order)["payments"] == ["12", "8"]


def test_bonus_that_is_an_amount_comes_once(gateway: FakeGateway) -> None:
    return_ = asked("20.00", credit_bonus_amount=Decimal(5))
    line = return_.lines.get()

    pay(return_, quantities={line.pk: 1})
    pay(return_, quantities={line.pk: 1})

    assert entries() == [("CREDIT", "10.00"), ("BONUS", "5.00"), ("CREDIT", "10.00")]


def test_payment_with_credit_goes_back_to_credit_without_bonus(gateway: FakeGateway) -> None:
    return_ = asked("15.00", "5.00", credit_bonus_percent=Decimal(10))
    first = return_.order.payments.filter(amount=15)
    first.update(gateway="store_credit", method="GIFT_CARD")
    line = return_.lines.get()

    pay(return_, quantities={line.pk: 1}, to_credit=Decimal(0))
    pay(return_, quantities={line.pk: 1})

    assert entries() == [
        ("CREDIT", "10.00"),
        ("CREDIT", "5.00"),
        ("CREDIT", "5.00"),
        ("BONUS", "0.50"),
    ]
    assert gateway.asked == []


def test_money_is_paid_when_nobody_could_use_credit(gateway: FakeGateway) -> None:
    return_ = asked("20.00", refund_to="ORIGINAL")
    Order.objects.update(customer=None)

    with pytest.raises(NoCreditOwner):
        pay(return_, to_credit=Decimal(1))
    pay(return_)

    assert entries() == []
    assert list(gateway.paid.values()) == [Decimal(20)]


@pytest.mark.parametrize("amount", ["-1", "20.01", "1.001", "NaN", "Infinity"])
def test_credit_out_of_range_is_refused(amount: str, gateway: FakeGateway) -> None:
    return_ = asked("20.00")

    with pytest.raises(InvalidAmount) as refused:
        pay(return_, to_credit=Decimal(amount))

    assert refused.value.field == ("to_credit",)
    assert cashbox.books(return_.order) == cashbox.NOTHING


def test_refund_sent_twice_is_one(gateway: FakeGateway) -> None:
    return_, key = asked("20.00"), uuid4()

    first = pay(return_, key=key)

    assert pay(return_, key=key) == pay(return_, key=key, to_credit=Decimal(20)) == first
    with pytest.raises(KeyReused):
        pay(return_, key=key, to_credit=Decimal(5))
    assert entries() == [("CREDIT", "20.00")]


def test_crash_between_the_transactions_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    return_ = asked("20.00", credit_bonus_percent=Decimal(10))
    with monkeypatch.context() as broken:
        broken.setattr(settlement, "settle", cashbox.crash)
        with pytest.raises(Crash):
            pay(return_)
    assert entries() == []
    refund = Refund.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(settlement, "_record_event", cashbox.crash)
        with pytest.raises(Crash):
            settlement.settle(refund, actor=SYSTEM)
    assert entries() == []

    for _time in range(2):
        settlement.settle(refund, actor=SYSTEM)

    assert entries() == [("CREDIT", "20.00"), ("BONUS", "2.00")]
    assert cashbox.books(return_.order) == cashbox.PAID


def test_credit_is_paid_once_while_another_part_waits(gateway: FakeGateway) -> None:
    gateway.next = [gateway.unreachable, gateway.unreachable]
    return_ = asked("12.00", "8.00", credit_bonus_percent=Decimal(10))

    refund = pay(return_, to_credit=Decimal(8))
    settlement.settle(refund, actor=SYSTEM)
    assert (settlement.settle(refund, actor=SYSTEM).status, entries()) == (
        "SUCCEEDED",
        [("CREDIT", "8.00"), ("BONUS", "0.80")],
    )


def test_credit_is_refused_where_it_is_not_offered() -> None:
    with pytest.raises(CreditNotOffered) as refused:
        asked("20.00", offers_credit=False)
    with pytest.raises(CreditNotOffered):
        asked("20.00", refund_to="CASH")

    assert refused.value.field == ("refund_to",)
    assert Return.objects.count() == 0


def test_return_asked_for_twice_with_another_choice_is_refused() -> None:
    order = offering("20.00")
    wishes, key, buyer = [cashbox.wish(order, 1)], uuid4(), actors.buyer("Ada")
    lifecycle.request(order, wishes, actor=buyer, request_key=key, refund_to="STORE_CREDIT")

    with pytest.raises(KeyReused):
        lifecycle.request(order, wishes, actor=buyer, request_key=key)


@pytest.mark.parametrize(
    ("to_credit", "expected"),
    [
        ("0", [(1, "12", False), (2, "8", False)]),
        ("8", [(1, "12", False), (2, "8", True)]),
        ("10", [(1, "10", False), (1, "2", True), (2, "8", True)]),
        ("20", [(1, "12", True), (2, "8", True)]),
    ],
)
def test_money_takes_the_first_payments(
    to_credit: str, expected: list[tuple[int, str, bool]]
) -> None:
    found = refunds.shares([(1, Decimal(12)), (2, Decimal(8))], Decimal(to_credit))

    assert found == [(payment, Decimal(part), credit) for payment, part, credit in expected]


def test_guest_is_mailed_a_code_once_that_opens_the_account(run_jobs: RunJobs) -> None:
    return_ = asked("20.00", credit_bonus_percent=Decimal(10), credit_valid_days=365)
    Order.objects.update(customer=None, guest_email="Noah@example.com")
    run_jobs()
    mail.outbox.clear()
    line = return_.lines.get()

    pay(return_, quantities={line.pk: 1})
    run_jobs()
    (about_credit,) = (each for each in mail.outbox if "new store credit" in each.subject)
    (about_refund,) = (each for each in mail.outbox if "paid back" in each.subject)
    code = next(line for line in about_credit.body.splitlines() if line.count("-") == 4)

    mine = StoreCreditAccount.objects.get()
    assert "We added €11.00 to your store credit" in about_credit.body
    assert "bonus of €1.00" in about_credit.body
    assert "valid until" in about_credit.body
    assert "Store credit: €10.00" in about_refund.body
    assert about_credit.to == ["noah@example.com"]
    assert codes.find(code.lower().replace("-", " ")) == mine
    assert code not in (mine.code_hash, mine.code_hint)
    assert codes.find("") is codes.find("A" * 20) is None

    mail.outbox.clear()
    pay(return_, quantities={line.pk: 1})
    run_jobs()
    (second,) = (each for each in mail.outbox if "new store credit" in each.subject)
    assert code not in second.body
    assert f"ends in {code[-4:]}" in second.body
    assert codes.find(code) == mine


def test_mail_that_broke_off_makes_a_new_code(
    run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = offering("20.00")
    Order.objects.update(customer=None, guest_email="noah@example.com")
    order.refresh_from_db()
    mine = ledger.open_account(order)
    lost = codes.renew(mine)
    ledger.credit(mine, Decimal(1), actor=SYSTEM, key=uuid4())
    mail.outbox.clear()

    run_jobs()

    mine.refresh_from_db()
    (message,) = (each for each in mail.outbox if "new store credit" in each.subject)
    assert codes.find(lost) is None
    assert mine.code_hint in message.body
    assert mine.code_sent_at is not None


def test_customer_is_mailed_the_balance_without_a_code(run_jobs: RunJobs) -> None:
    mine = ledger.open_account(asked("20.00").order)
    ledger.credit(mine, Decimal(3), actor=SYSTEM, key=uuid4())
    ledger.credit(mine, Decimal(4), actor=SYSTEM, key=uuid4(), notify=False)

    run_jobs()

    (message,) = (each for each in mail.outbox if "new store credit" in each.subject)
    assert "Your balance is €7.00." in message.body
    assert "code" not in message.body.lower()
    assert StoreCreditAccount.objects.get().code_hash == ""


def test_payouts_told_afterwards_mail_nobody(run_jobs: RunJobs) -> None:
    return_ = asked("20.00")
    run_jobs()
    mail.outbox.clear()

    payouts.refund(return_, actor=SYSTEM, key=uuid4(), at=return_.created_at)
    run_jobs()

    assert mail.outbox == []


def test_slip_says_that_credit_is_wanted() -> None:
    return_ = asked("20.00")
    lines = list(return_.lines.select_related("fulfillment_line__order_line"))

    rows = statements.of_return(return_, lines, Reader.of("en"))

    assert [(row.label, row.value) for row in rows] == [
        ("Items to return", "2"),
        ("Refund proposed, as store credit", "€20.00"),
    ]
