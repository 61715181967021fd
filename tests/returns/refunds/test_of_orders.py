"""Money back on an order without a return, and beside the returns of the same pieces."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import actors
from accounts.models import Role
from orders.models import Order, OrderLine, Payment
from orders.money import ZERO
from returns import emails, lifecycle
from returns.credit_notes import pdf
from returns.errors import (
    InvalidAmount,
    InvalidQuantity,
    KeyReused,
    NothingChosen,
    NotPermitted,
    RefundTooLarge,
    ReturnError,
    UnknownLine,
)
from returns.models import Event, Refund
from returns.refunds import payouts, pricing, proposals
from returns.refunds.gateways import GATEWAYS
from tests.factories import OrderLineFactory, UserFactory, sent_bundle
from tests.returns.cashbox import (
    CLERK,
    SYSTEM,
    FakeGateway,
    bought,
    opened,
    pay,
    pay_order,
    wish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    fake = FakeGateway()
    monkeypatch.setitem(GATEWAYS, "fake", fake)
    return fake


def unsent(order: Order, pieces: int) -> OrderLine:
    """A further line of 10.00 a piece that nobody has sent yet."""
    return OrderLineFactory(order=order, quantity=pieces, unit_price=Decimal(10))


def test_pieces_that_were_never_sent_are_paid_back(gateway: FakeGateway) -> None:
    order = bought("50.00")
    line = unsent(order, 3)

    refund = pay_order(order, quantities={line.pk: 2}, note=" Sold out. ", actor=CLERK)

    line.refresh_from_db()
    part = refund.transactions.get()
    (paid,) = refund.lines.all()
    assert (refund.for_return, refund.status, refund.amount) == (None, "SUCCEEDED", Decimal(20))
    assert (refund.items_amount, refund.adjustment, refund.over_amount) == (Decimal(20), ZERO, ZERO)
    assert (paid.order_line, paid.return_line, paid.quantity, paid.amount) == (
        line,
        None,
        2,
        Decimal(20),
    )
    assert line.refunded_quantity == 2
    assert gateway.paid == {f"{refund.idempotency_key}:{part.pk}": Decimal("20.00")}
    assert Payment.objects.get().refunded_amount == 20
    event = order.events.get()
    assert (event.for_return, event.type, event.note) == (None, "refund.succeeded", "Sold out.")
    assert (event.from_status, event.to_status, event.actor_name) == ("", "", "Clerk")
    assert event.data == {
        "refund": refund.pk,
        "amount": "20.0000",
        "paid": "20.0000",
        "currency": "EUR",
    }


def test_amount_for_nothing_particular_is_paid_back(gateway: FakeGateway) -> None:
    order = bought()
    refund = pay_order(order, amount=Decimal("3.50"))
    assert (refund.items_amount, refund.adjustment) == (ZERO, Decimal("3.50"))
    assert list(refund.lines.all()) == []
    assert refund.credit_notes.get().amount == Decimal("3.50")


def test_delivery_cost_alone_is_paid_back_in_parts(gateway: FakeGateway) -> None:
    order = bought("25.00")
    Order.objects.update(shipping_amount=Decimal("4.90"), shipping_tax=Decimal("0.78"))
    parts = [
        pay_order(order, shipping=Decimal("2.00")),
        pay_order(order, shipping=Decimal("2.90")),
    ]
    assert sum(part.shipping_amount for part in parts) == Decimal("4.90")
    assert sum(part.shipping_tax for part in parts) == Decimal("0.78")
    with pytest.raises(InvalidAmount, match=r"Only .0\.00 of the delivery cost"):
        pay_order(order, shipping=Decimal("0.01"))


def test_delivery_cost_comes_with_the_last_piece_but_not_with_goodwill(
    gateway: FakeGateway,
) -> None:
    order = bought("25.00")
    Order.objects.update(shipping_amount=Decimal("4.90"))
    line = order.lines.get()
    first = pay_order(order, quantities={line.pk: 1})
    last = pay_order(order, quantities={line.pk: 1})
    assert (first.shipping_amount, last.shipping_amount) == (ZERO, Decimal("4.90"))
    assert pay_order(order, amount=Decimal("0.10")).shipping_amount == 0


def test_return_of_pieces_that_were_paid_back_brings_nothing_more(gateway: FakeGateway) -> None:
    return_ = opened("100.00", quantity=3)
    line = return_.order.lines.get()
    pay_order(return_.order, quantities={line.pk: 2})

    proposal = proposals.propose(return_)
    refund = pay(return_)

    assert (proposal.quantity, proposal.amount) == (3, Decimal(10))
    assert (refund.amount, refund.lines.get().quantity) == (Decimal(10), 3)
    return_.refresh_from_db()
    assert (return_.refunded_quantity, return_.refunded_amount) == (3, Decimal(10))
    assert Payment.objects.get().refunded_amount == 30


def test_return_of_all_that_was_paid_back_ends_with_a_refund_of_nothing(
    gateway: FakeGateway,
) -> None:
    return_ = opened()
    pay_order(return_.order, quantities={return_.order.lines.get().pk: 2})
    refund = pay(return_)
    assert (refund.amount, refund.status, refund.credit_notes.count()) == (ZERO, "SUCCEEDED", 0)
    assert proposals.default_quantities(list(return_.lines.all())) == {}


def test_estimate_of_a_request_knows_what_was_paid_back_without_one(gateway: FakeGateway) -> None:
    order = bought("100.00", quantity=3)
    parcel = order.fulfillments.get().lines.get()
    pay_order(order, quantities={parcel.order_line_id: 2})
    assert proposals.estimate(order, [(parcel, 1)]).amount == 10
    assert proposals.estimate(order, [(parcel, 3)]).amount == 10


def test_pieces_that_a_return_paid_back_are_not_paid_again(gateway: FakeGateway) -> None:
    order = bought("100.00", quantity=3)
    return_ = lifecycle.create(order, [wish(order, 2)], actor=SYSTEM)
    pay(return_)
    line = order.lines.get()
    with pytest.raises(InvalidQuantity, match="0 to 1 pieces") as refused:
        pay_order(order, quantities={line.pk: 2})
    assert refused.value.field == ("lines", str(line.pk), "quantity")
    assert pay_order(order, quantities={line.pk: 1}).amount == 10


def test_parts_of_a_bundle_are_paid_back_with_it() -> None:
    order = bought(gateway="manual")
    parent, (part,) = sent_bundle(order, quantity=1, per_bundle=[1])
    with pytest.raises(UnknownLine, match="only within a bundle"):
        pay_order(order, quantities={part.pk: 1})
    assert pay_order(order, quantities={parent.pk: 1}).lines.get().order_line == parent


def test_several_payments_and_credit_are_shared_as_for_a_return(gateway: FakeGateway) -> None:
    order = bought("12.00", "8.00")
    line = order.lines.get()
    refund = pay_order(order, quantities={line.pk: 2}, to_credit=Decimal("5.00"))
    parts = refund.transactions.values_list("gateway", "amount")
    assert sorted((name, str(amount)) for name, amount in parts) == [
        ("fake", "12.0000"),
        ("fake", "3.0000"),
        ("store_credit", "5.0000"),
    ]


def test_same_key_again_gives_the_same_refund_and_another_use_is_refused(
    gateway: FakeGateway,
) -> None:
    order = bought("100.00")
    line = order.lines.get()
    key = uuid4()
    first = pay_order(order, key=key, quantities={line.pk: 1})
    assert pay_order(order, key=key, quantities={line.pk: 1}) == first
    for other in ({"quantities": {line.pk: 2}}, {"amount": Decimal(1)}):
        with pytest.raises(KeyReused):
            pay_order(order, key=key, **other)
    return_ = lifecycle.create(order, [wish(order, 1)], actor=SYSTEM)
    with pytest.raises(KeyReused):
        pay(return_, key=key)
    with pytest.raises(KeyReused):
        pay_order(bought(), key=key, quantities={line.pk: 1})
    assert len(gateway.asked) == 1


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({}, NothingChosen, ("lines",)),
        ({"amount": Decimal(0)}, NothingChosen, ("lines",)),
        ({"quantities": {0: 1}}, UnknownLine, ("lines", "0")),
        ({"amount": Decimal("-1")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("1.001")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("NaN")}, InvalidAmount, ("amount",)),
        ({"amount": Decimal("20.01"), "actor": CLERK}, RefundTooLarge, ("amount",)),
        ({"amount": Decimal(1), "to_credit": Decimal(2)}, InvalidAmount, ("to_credit",)),
        ({"amount": Decimal(1), "parts": {0: Decimal(1)}}, InvalidAmount, ("parts", "0")),
    ],
)
def test_what_cannot_be_paid_back_is_refused_with_nothing_done(
    changes: dict[str, Any], error: type[ReturnError], field: tuple[str, ...]
) -> None:
    order = bought(gateway="manual")
    with pytest.raises(error) as refused:
        pay_order(order, **changes)
    assert (refused.value.field, bool(refused.value.message)) == (field, True)
    assert (Refund.objects.count(), Event.objects.count()) == (0, 0)
    assert Payment.objects.get().refunded_amount == 0


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.WAREHOUSE])
def test_refund_of_an_order_needs_the_permission(role: Role) -> None:
    with pytest.raises(NotPermitted):
        pay_order(bought(), amount=Decimal(1), actor=actors.staff(UserFactory(roles=[role])))


def test_buyer_is_mailed_and_gets_a_credit_note(gateway: FakeGateway) -> None:
    order = bought()
    line = order.lines.get()
    refund = pay_order(order, quantities={line.pk: 1})

    message = emails.for_event(order.events.select_related("order__store").get())

    assert message is not None
    assert message.subject == f"We paid back €10.00 of order {order.reference}"
    assert message.to == [order.email]
    assert not mail.outbox
    assert pdf.render(refund.credit_notes.get()).startswith(b"%PDF")


def test_database_refuses_a_refund_line_of_both_or_neither() -> None:
    return_ = opened(gateway="manual")
    paid = pay(return_).lines.get()
    paid.order_line = return_.order.lines.get()
    with pytest.raises(IntegrityError, match="of_return_or_order"), transaction.atomic():
        paid.save()
    paid.order_line = paid.return_line = None
    with pytest.raises(IntegrityError, match="of_return_or_order"), transaction.atomic():
        paid.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lines", [1, 3])
def test_refund_of_an_order_takes_few_statements(lines: int) -> None:
    order = bought("200.00", gateway="manual")
    chosen = {unsent(order, 2).pk: 2 for _ in range(lines)}
    with CaptureQueriesContext(connection) as statements:
        payouts.refund_order(order, actor=SYSTEM, key=uuid4(), quantities=chosen)
    assert len(statements) == 24


# --- both kinds together ----------------------------------------------------------------------

PIECES = st.integers(1, 6)


@settings(max_examples=60, deadline=None)
@given(
    quantity=PIECES,
    cents=st.integers(0, 5000),
    acts=st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=8),
)
def test_any_mixture_pays_exactly_the_line(
    quantity: int, cents: int, acts: list[tuple[bool, int]]
) -> None:
    """Pure: from the order as many as are not paid; with returns up to all pieces, paid or not."""
    whole = Decimal(cents) / 100
    done = returned = 0
    paid = Decimal(0)
    for is_return, count in [*acts, (True, quantity)]:
        left = quantity - returned if is_return else max(quantity - done, 0)
        now = min(count, left)
        part = pricing.Pieces(
            key=1,
            order_line_id=1,
            quantity=now,
            line_gross=whole,
            line_tax=whole / 10,
            line_quantity=quantity,
        )
        money = pricing.OrderMoney(currency="EUR", done={1: done}, left=[(1, Decimal(1000))])
        found = pricing.price([part], money, shipping=Decimal(0), return_shipping_fee=Decimal(0))
        done += now
        returned += now if is_return else 0
        paid += found.amount
        assert paid <= whole
        if done >= quantity:
            assert paid == whole
    assert (returned, paid) == (quantity, whole)
