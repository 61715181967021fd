"""Money goes out once and the books are right, whatever crashes or is unreachable when."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import actors
from accounts.models import Role
from returns.errors import (
    NothingChosen,
    RefundTooLarge,
)
from returns.models import EventType
from returns.refunds import settlement
from returns.refunds.gateways import GATEWAYS
from tests.factories import UserFactory
from tests.returns.cashbox import (
    FAILED,
    NOTHING,
    PAID,
    PENDING,
    SYSTEM,
    Crash,
    FakeGateway,
    books,
    crash,
    opened,
    pay,
    settle_left_pending,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


@pytest.mark.parametrize("answer", ["unreachable", "pay_and_lose_the_answer"])
def test_refund_with_unknown_outcome_waits_and_is_settled_later(
    answer: str, gateway: FakeGateway
) -> None:
    gateway.next = [getattr(gateway, answer)]
    return_ = opened()

    refund = pay(return_)
    waiting = books(return_.order)
    settled = settlement.settle(refund, actor=SYSTEM)
    again = settlement.settle(refund, actor=SYSTEM)

    assert waiting == PENDING
    assert (settled.status, again.status) == ("SUCCEEDED", "SUCCEEDED")
    assert books(return_.order) == PAID
    assert [str(amount) for amount in gateway.paid.values()] == ["20.0000"]
    assert len(gateway.asked) == 2


def test_settle_asks_only_for_what_is_still_open(gateway: FakeGateway) -> None:
    gateway.next = [gateway.pay, gateway.unreachable]
    return_ = opened("15.00", "5.00")

    refund = pay(return_)
    between = books(return_.order)
    settlement.settle(refund, actor=SYSTEM)

    assert (between["refunds"], between["parts"]) == (["PENDING"], ["SUCCEEDED", "PENDING"])
    assert gateway.asked[0] not in gateway.asked[1:]
    assert books(return_.order)["parts"] == ["SUCCEEDED", "SUCCEEDED"]


def test_pieces_bring_the_line_also_when_an_earlier_refund_fails_later(
    gateway: FakeGateway,
) -> None:
    return_ = opened("100.00", quantity=3)
    return_.order.lines.update(unit_price=Decimal(4), discount_total=2, tax_total=Decimal("1.60"))
    line = return_.lines.get()
    gateway.next = [gateway.unreachable]
    first = pay(return_, quantities={line.pk: 1})
    second = pay(return_, quantities={line.pk: 1})
    gateway.next = [gateway.refuse]
    settlement.settle(first, actor=SYSTEM)

    third = pay(return_, quantities={line.pk: 1})
    fourth = pay(return_, quantities={line.pk: 1})

    paid = [second, third, fourth]
    assert [str(refund.items_amount) for refund in paid] == ["3.3300", "3.3400", "3.3300"]
    assert [str(refund.items_tax) for refund in paid] == ["0.5300", "0.5400", "0.5300"]


def test_refused_part_frees_its_money_while_another_part_waits(gateway: FakeGateway) -> None:
    gateway.next = [gateway.unreachable, gateway.refuse]
    return_ = opened("15.00", "5.00")

    refund = pay(return_)
    between = books(return_.order)
    settlement.settle(refund, actor=SYSTEM)

    assert between == {
        "payments": ["15", "0"],
        "refunds": ["PENDING"],
        "parts": ["PENDING", "FAILED"],
        "pieces": 2,
        "events": [],
    }
    assert books(return_.order) == {
        **between,
        "refunds": ["FAILED"],
        "parts": ["SUCCEEDED", "FAILED"],
        "events": [EventType.REFUND_FAILED],
    }


def test_pending_refund_holds_its_money_and_pieces(gateway: FakeGateway) -> None:
    gateway.next = [gateway.unreachable]
    return_ = opened()
    pay(return_)

    with pytest.raises(NothingChosen):
        pay(return_)
    finance = actors.staff(UserFactory(roles=[Role.FINANCE]))
    with pytest.raises(RefundTooLarge):
        pay(return_, quantities={}, amount=Decimal("0.01"), actor=finance)

    assert books(return_.order) == PENDING


@pytest.mark.parametrize(
    "step",
    ["proposals.propose", "_write_pending", "_write_transactions", "settlement.count_pieces"],
)
def test_crash_before_the_refund_is_meant_leaves_nothing(
    step: str, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_ = opened()
    with monkeypatch.context() as patch:
        patch.setattr(f"returns.refunds.payouts.{step}", crash)
        with pytest.raises(Crash):
            pay(return_)

    assert books(return_.order) == NOTHING
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("step", "asked"),
    [("settle", 1), ("_record", 2), ("_record_event", 2), ("events.record", 2)],
)
def test_crash_after_the_refund_is_meant_is_made_good(
    step: str, asked: int, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_ = opened()
    key = uuid4()
    with monkeypatch.context() as patch:
        patch.setattr(f"returns.refunds.settlement.{step}", crash)
        with pytest.raises(Crash):
            pay(return_, key=key)
    crashed = books(return_.order)
    same = pay(return_, key=key)

    settle_left_pending()

    assert crashed == PENDING
    assert same.status == "PENDING"
    assert books(return_.order) == PAID
    assert len(gateway.paid) == 1
    assert len(gateway.asked) == asked


def test_crash_while_the_money_goes_out_is_made_good(gateway: FakeGateway) -> None:
    gateway.next = [gateway.pay, gateway.pay_and_crash]
    return_ = opened("15.00", "5.00")
    with pytest.raises(Crash):
        pay(return_)

    settle_left_pending()

    assert books(return_.order)["parts"] == ["SUCCEEDED", "SUCCEEDED"]
    assert sorted(map(str, gateway.paid.values())) == ["15.0000", "5.0000"]


def test_crash_while_a_refusal_is_recorded_frees_the_money_once(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.next = [gateway.refuse, gateway.refuse]
    return_ = opened()
    with monkeypatch.context() as patch:
        patch.setattr("returns.refunds.settlement._record_event", crash)
        with pytest.raises(Crash):
            pay(return_)
    assert books(return_.order) == PENDING

    settle_left_pending()

    assert books(return_.order) == FAILED
