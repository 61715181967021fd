"""Money goes out once and the books are right, whatever is sent twice, refused or crashes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine, Order, Payment
from returns import lifecycle, payouts
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    KeyReused,
    NothingChosen,
    NotPermitted,
    RefundTooLarge,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.gateways import GATEWAYS, GatewayUnreachable, Outcome, PayoutRequest
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import EventType, Refund, RefundTransaction, Return
from tests.factories import PaymentFactory, UserFactory, sent_order

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()
Behaviour = Callable[[PayoutRequest], Outcome]


class Crash(Exception):
    """The process dies here."""


class FakeGateway:
    """Pays each key once, unless told to behave otherwise for the next calls."""

    def __init__(self) -> None:
        self.paid: dict[str, Decimal] = {}
        self.asked: list[str] = []
        self.next: list[Behaviour] = []

    def refund(self, request: PayoutRequest) -> Outcome:
        self.asked.append(request.key)
        behave = self.next.pop(0) if self.next else self.pay
        return behave(request)

    def pay(self, request: PayoutRequest) -> Outcome:
        self.paid.setdefault(request.key, request.amount)
        return Outcome(paid=True, reference=f"re_{len(self.paid)}")

    def refuse(self, request: PayoutRequest) -> Outcome:
        return Outcome(paid=False, failure="The card was closed.")

    def unreachable(self, request: PayoutRequest) -> Outcome:
        raise GatewayUnreachable

    def pay_and_lose_the_answer(self, request: PayoutRequest) -> Outcome:
        self.pay(request)
        raise GatewayUnreachable

    def pay_and_crash(self, request: PayoutRequest) -> Outcome:
        self.pay(request)
        raise Crash


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def opened(*paid: str, quantity: int = 2, gateway: str = "fake") -> Return:
    """An open return of all pieces of a line of 10.00 each, paid in these parts."""
    order = sent_order(quantity)
    order.lines.update(unit_price=Decimal(10))
    order.payments.all().delete()
    for hours, amount in enumerate(paid or ("20.00",)):
        PaymentFactory(
            order=order,
            amount=Decimal(amount),
            gateway=gateway,
            external_id=f"pay_{hours}",
            captured_at=order.placed_at + timedelta(hours=hours),
        )
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
    return lifecycle.create(order, [wish], actor=SYSTEM)


def pay(return_: Return, **changes: Any) -> Refund:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return payouts.refund(return_, **values)


def books(order: Order) -> dict[str, Any]:
    """What the books say of an order, after checking that each says the same as the others."""
    payments = Payment.objects.filter(order=order).order_by("captured_at")
    parts = RefundTransaction.objects.filter(refund__order=order).order_by("pk")
    for payment in payments:
        counted = [part.amount for part in parts if part.payment_id == payment.pk and going(part)]
        assert payment.refunded_amount == sum(counted)
    for return_ in Return.objects.filter(order=order):
        own = [
            part.amount for part in parts if part.refund.for_return_id == return_.pk and going(part)
        ]
        assert return_.refunded_amount == sum(own)
        pieces = sum(line.refunded_quantity for line in return_.lines.all())
        assert return_.refunded_quantity == pieces
    return {
        "payments": [str(payment.refunded_amount.normalize()) for payment in payments],
        "refunds": [refund.status for refund in order.refunds.all()],
        "parts": [part.status for part in parts],
        "pieces": sum(return_.refunded_quantity for return_ in order.returns.all()),
        "events": list(
            order.events.filter(type__startswith="refund.").values_list("type", flat=True)
        ),
    }


def going(part: RefundTransaction) -> bool:
    return part.status != "FAILED"


NOTHING = {"payments": ["0"], "refunds": [], "parts": [], "pieces": 0, "events": []}
PENDING = {
    "payments": ["2E+1"],
    "refunds": ["PENDING"],
    "parts": ["PENDING"],
    "pieces": 2,
    "events": [],
}
PAID = {
    "payments": ["2E+1"],
    "refunds": ["SUCCEEDED"],
    "parts": ["SUCCEEDED"],
    "pieces": 2,
    "events": [EventType.REFUND_SUCCEEDED],
}
FAILED = {
    "payments": ["0"],
    "refunds": ["FAILED"],
    "parts": ["FAILED"],
    "pieces": 0,
    "events": [EventType.REFUND_FAILED],
}


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

    assert "20.00 EUR" in refused.value.message
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
        ({"amount": Decimal("20.01")}, RefundTooLarge, ("amount",)),
        ({"amount": Decimal("1E+30")}, RefundTooLarge, ("amount",)),
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
        pay(return_, quantities={}, amount=Decimal("0.01"))


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
    assert refund.counts
    rest = pay(return_, quantities={}, amount=Decimal("5.00"))
    assert rest.status == "SUCCEEDED"
    assert books(return_.order)["payments"] == ["15", "5"]


@pytest.mark.parametrize("answer", ["unreachable", "pay_and_lose_the_answer"])
def test_refund_with_unknown_outcome_waits_and_is_settled_later(
    answer: str, gateway: FakeGateway
) -> None:
    gateway.next = [getattr(gateway, answer)]
    return_ = opened()

    refund = pay(return_)
    waiting = books(return_.order)
    settled = payouts.settle(refund, actor=SYSTEM)
    again = payouts.settle(refund, actor=SYSTEM)

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
    payouts.settle(refund, actor=SYSTEM)

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
    payouts.settle(first, actor=SYSTEM)

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
    payouts.settle(refund, actor=SYSTEM)

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
    with pytest.raises(RefundTooLarge):
        pay(return_, quantities={}, amount=Decimal("0.01"))

    assert books(return_.order) == PENDING


def crash(*_args: Any, **_kwargs: Any) -> Any:
    raise Crash


@pytest.mark.parametrize(
    "step",
    ["refunds.propose", "_write_pending", "_write_transactions", "_count_pieces"],
)
def test_crash_before_the_refund_is_meant_leaves_nothing(
    step: str, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    return_ = opened()
    with monkeypatch.context() as patch:
        patch.setattr(f"returns.payouts.{step}", crash)
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
        patch.setattr(f"returns.payouts.{step}", crash)
        with pytest.raises(Crash):
            pay(return_, key=key)
    crashed = books(return_.order)
    same = pay(return_, key=key)

    assert payouts.settle_left_pending(before=timezone.now() + timedelta(1)) == 1

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

    payouts.settle_left_pending(before=timezone.now() + timedelta(1))

    assert books(return_.order)["parts"] == ["SUCCEEDED", "SUCCEEDED"]
    assert sorted(map(str, gateway.paid.values())) == ["15.0000", "5.0000"]


def test_crash_while_a_refusal_is_recorded_frees_the_money_once(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.next = [gateway.refuse, gateway.refuse]
    return_ = opened()
    with monkeypatch.context() as patch:
        patch.setattr("returns.payouts._record_event", crash)
        with pytest.raises(Crash):
            pay(return_)
    assert books(return_.order) == PENDING

    payouts.settle_left_pending(before=timezone.now() + timedelta(1))

    assert books(return_.order) == FAILED


def test_settle_left_pending_leaves_young_refunds_alone(gateway: FakeGateway) -> None:
    gateway.next = [gateway.unreachable]
    refund = pay(opened())

    assert payouts.settle_left_pending(before=refund.created_at) == 0
    assert len(gateway.asked) == 1


def test_settle_left_pending_goes_on_after_one_that_cannot_be_settled(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.next = [gateway.unreachable, gateway.unreachable]
    stuck, other = pay(opened()), pay(opened())
    gateway.next = [crash]

    done = payouts.settle_left_pending(before=timezone.now() + timedelta(1))

    stuck.refresh_from_db()
    other.refresh_from_db()
    assert (done, stuck.status, other.status) == (1, "PENDING", "SUCCEEDED")
    assert f"Refund {stuck.pk} could not be settled" in caplog.text


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
