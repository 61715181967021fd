"""Money goes out once and the books are right, whatever is sent twice or refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.asserts import assertNumQueries

from accounts import actors
from accounts.models import Role
from returns import lifecycle
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    KeyReused,
    MissingNote,
    NothingChosen,
    NotPermitted,
    RefundTooLarge,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import EventType
from returns.refunds import proposals
from returns.refunds.gateways import GATEWAYS
from tests.factories import UserFactory
from tests.returns.cashbox import (
    CLERK,
    FAILED,
    NOTHING,
    PAID,
    SYSTEM,
    FakeGateway,
    books,
    opened,
    pay,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def test_refund_pays_and_keeps_the_books(gateway: FakeGateway) -> None:
    return_ = opened()
    finance = UserFactory(roles=[Role.FINANCE], name="Fay")
    key = uuid4()

    refund = pay(return_, key=key, actor=actors.staff(finance), note=" Agreed by phone. ")

    part = refund.transactions.get()
    assert books(return_.order) == PAID
    assert gateway.paid == {f"{key}:{part.pk}": Decimal("20.00")}
    assert (part.gateway, part.gateway_reference) == ("fake", "re_1")
    assert (refund.created_by, refund.note) == (finance, "Agreed by phone.")
    assert refund.settled_at == part.settled_at is not None
    event = return_.events.latest("pk")
    assert event.data == {
        "refund": refund.pk,
        "amount": "20.0000",
        "paid": "20.0000",
        "currency": "EUR",
    }
    assert (event.from_status, event.to_status, event.actor_name) == ("", "", "Fay")


def test_refund_by_hand_keeps_the_reference() -> None:
    refund = pay(opened(gateway="manual"), reference=" SEPA 4711 ")

    part = refund.transactions.get()
    assert (part.gateway, part.gateway_reference) == ("manual", "SEPA 4711")


def test_refund_of_a_payment_through_an_unknown_gateway_is_paid_by_hand() -> None:
    return_ = opened(gateway="somebody else's")

    part = pay(return_).transactions.get()

    assert (part.gateway, part.status) == ("manual", "SUCCEEDED")


def test_refund_goes_to_the_first_payment_first(gateway: FakeGateway) -> None:
    return_ = opened("5.00", "12.00", "3.00")

    pay(return_, quantities={return_.lines.get().pk: 1})

    assert books(return_.order)["payments"] == ["5", "5", "0"]
    assert [str(amount) for amount in gateway.paid.values()] == ["5.0000", "5.0000"]


def test_refund_sent_twice_is_one(gateway: FakeGateway) -> None:
    return_ = opened()
    key, line = uuid4(), return_.lines.get()

    first = pay(return_, key=key)
    again = pay(return_, key=key)
    in_words = pay(return_, key=key, quantities={line.pk: 2}, amount=Decimal(20))

    assert first == again == in_words
    assert books(return_.order) == PAID
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    "changes", [{"amount": Decimal("19.99")}, {"quantities": {}}, {"quantities": {0: 1}}]
)
def test_refund_key_with_another_request_is_refused(
    changes: dict[str, Any], gateway: FakeGateway
) -> None:
    return_ = opened()
    key = uuid4()
    pay(return_, key=key)

    with pytest.raises(KeyReused) as refused:
        pay(return_, key=key, **changes)

    assert "€20.00" in refused.value.message
    assert books(return_.order) == PAID


def test_refund_key_of_another_return_is_refused(gateway: FakeGateway) -> None:
    key = uuid4()
    pay(opened(), key=key)
    other = opened()

    with pytest.raises(KeyReused):
        pay(other, key=key)

    assert books(other.order) == NOTHING


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"amount": Decimal("-0.01")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("1.001")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("NaN")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("Infinity")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("1E-30")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("20.01"), "actor": CLERK}, RefundTooLarge, ("amount",)),
        ({"amount": Decimal("1E+30"), "actor": CLERK}, RefundTooLarge, ("amount",)),
        ({"amount": Decimal("20.01")}, MissingNote, ("over_reason",)),
        ({"amount": Decimal("1E+30"), "over_reason": "Why not"}, InvalidAmount, ("amount",)),
        ({"over_reason": "x" * 501}, TooLong, ("over_reason",)),
        ({"shipping": Decimal("0.01")}, InvalidAmount, ("shipping",)),
        ({"quantities": {}}, NothingChosen, ("lines",)),
        ({"quantities": {0: 1}}, UnknownLine, ("lines", "0")),
        ({"note": "x" * 501}, TooLong, ("note",)),
        ({"reference": "x" * 201}, TooLong, ("reference",)),
    ],
)
def test_refund_of_what_cannot_be_is_refused(
    changes: dict[str, Any], error: type[ReturnError], field: tuple[str, ...], gateway: FakeGateway
) -> None:
    return_ = opened()

    with pytest.raises(error) as refused:
        pay(return_, **changes)

    assert refused.value.field == field
    assert books(return_.order) == NOTHING
    assert gateway.asked == []


def test_refund_of_more_pieces_than_there_are_is_refused(gateway: FakeGateway) -> None:
    return_ = opened()
    line = return_.lines.get()
    pay(return_, quantities={line.pk: 1})

    with pytest.raises(InvalidQuantity):
        pay(return_, quantities={line.pk: 2})

    assert books(return_.order)["pieces"] == 1


def test_refund_needs_the_permission(gateway: FakeGateway) -> None:
    return_ = opened()

    for role in (Role.SUPPORT, Role.WAREHOUSE):
        with pytest.raises(NotPermitted):
            pay(return_, actor=actors.staff(UserFactory(roles=[role])))
    with pytest.raises(NotPermitted):
        pay(return_, actor=actors.buyer("Ada Winter"))

    assert books(return_.order) == NOTHING


def test_refund_inside_a_transaction_is_a_mistake(
    gateway: FakeGateway,
) -> None:
    return_ = opened()
    # Tests run in a transaction of their own, which does not count; one more does.
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        pay(return_)

    assert books(return_.order) == NOTHING


def test_refund_of_less_is_made_up_for_later(gateway: FakeGateway) -> None:
    return_ = opened()
    refund = pay(return_, amount=Decimal("12.50"))

    rest = pay(return_, quantities={}, amount=Decimal("7.50"), note="Was not damaged after all.")

    assert (refund.adjustment, rest.adjustment) == (Decimal("-7.50"), Decimal("7.50"))
    assert list(rest.lines.all()) == []
    assert books(return_.order)["payments"] == ["2E+1"]
    with pytest.raises(RefundTooLarge):
        pay(return_, quantities={}, amount=Decimal("0.01"), actor=CLERK)


def test_refund_again_without_saying_for_what_is_refused(gateway: FakeGateway) -> None:
    return_ = opened("50.00")
    pay(return_)

    with pytest.raises(NothingChosen):
        pay(return_, amount=Decimal("20.00"))

    assert books(return_.order) == PAID


def test_refused_refund_frees_money_and_pieces(gateway: FakeGateway) -> None:
    gateway.next = [gateway.refuse]
    return_ = opened()

    refund = pay(return_)

    assert books(return_.order) == FAILED
    assert refund.transactions.get().failure == "The card was closed."
    assert pay(return_).status == "SUCCEEDED"
    assert books(return_.order)["payments"] == ["2E+1"]


def test_refund_refused_on_one_of_two_payments_can_be_paid_the_rest(gateway: FakeGateway) -> None:
    gateway.next = [gateway.pay, gateway.refuse]
    return_ = opened("15.00", "5.00")

    refund = pay(return_)

    assert books(return_.order) == {
        "payments": ["15", "0"],
        "refunds": ["FAILED"],
        "parts": ["SUCCEEDED", "FAILED"],
        "pieces": 2,
        "events": [EventType.REFUND_FAILED],
    }
    event = return_.events.latest("pk")
    assert (event.data["amount"], event.data["paid"]) == ("20.0000", "15.0000")
    with assertNumQueries(1):
        assert proposals.counting([refund, refund]) == [refund, refund]
    rest = pay(return_, quantities={}, amount=Decimal("5.00"))
    assert rest.status == "SUCCEEDED"
    assert books(return_.order)["payments"] == ["15", "5"]


def test_refund_told_afterwards_has_its_own_time_and_is_not_mailed(gateway: FakeGateway) -> None:
    return_ = opened()
    at = return_.created_at - timedelta(days=3)
    jobs = ProcrastinateJob.objects.count()

    refund = pay(return_, at=at)

    assert ProcrastinateJob.objects.count() == jobs
    assert (refund.created_at, refund.settled_at) == (at, at)
    assert return_.events.latest("pk").at == at


def test_refund_after_closing_and_before_anything_came(gateway: FakeGateway) -> None:
    return_ = opened()
    line = return_.lines.get()
    pay(return_, quantities={line.pk: 1})
    receipt = Receipt(
        line_id=line.pk,
        quantity=2,
        dispositions=(DisposeRequest(type="NOT_RESTOCKED", quantity=2),),
    )
    closed = lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    pay(closed)

    assert closed.status == "CLOSED"
    assert books(return_.order)["pieces"] == 2
