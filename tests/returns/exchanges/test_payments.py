"""What buyers owe for replacements that cost more, and what becomes of what they paid."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import actors
from accounts.models import Role
from orders.models import Payment
from returns import lifecycle
from returns.errors import (
    InvalidAmount,
    InvalidState,
    KeyReused,
    NotPermitted,
)
from returns.exchanges import payment_links
from returns.lifecycle import ExchangeRequest
from returns.models import Refund
from returns.refunds import payouts, proposals
from tests.factories import (
    UserFactory,
)
from tests.returns.exchanging import (
    BUYER,
    SYSTEM,
    bought,
    dearer,
    only,
    pay,
    receive,
    send,
    shirt,
    swap,
    types,
    wishes,
)

pytestmark = pytest.mark.django_db


def test_dearer_replacement_waits_for_payment() -> None:
    return_, line = dearer()

    assert return_.exchange_owed == Decimal("10.10")
    assert line.status == "AWAITING_PAYMENT"
    assert types(return_) == ["return.created", "exchange.payment_asked"]
    receive(return_)
    line.refresh_from_db()
    assert line.status == "AWAITING_PAYMENT"
    with pytest.raises(InvalidState):
        send(return_)


def test_payment_lets_the_replacement_go() -> None:
    return_, _line = dearer()
    receive(return_)

    pay(return_, "4.10")
    return_.refresh_from_db()
    assert (return_.exchange_owed, only(return_).status) == (Decimal("6.00"), "AWAITING_PAYMENT")
    pay(return_, "6.00", method="BANK_TRANSFER", reference="RF18")

    return_.refresh_from_db()
    assert (return_.exchange_owed, return_.exchange_paid) == (Decimal(0), Decimal("10.10"))
    assert only(return_).status == "READY"
    assert [str(each.amount) for each in Payment.objects.filter(from_exchange=True)] == [
        "4.1000",
        "6.0000",
    ]
    assert send(return_).status == "CLOSED"
    assert Refund.objects.get().exchange_amount == Decimal("49.90")


def test_payment_told_twice_is_booked_once() -> None:
    return_, _line = dearer()

    pay(return_, "10.10", key="pi_1")
    pay(return_, "10.10", key="pi_1")
    with pytest.raises(KeyReused):
        pay(return_, "5.00", key="pi_1")

    assert Payment.objects.filter(from_exchange=True).count() == 1


@pytest.mark.parametrize("amount", ["0", "-1", "10.11", "1.005", "NaN"])
def test_payment_by_hand_of_a_wrong_amount_is_refused(amount: str) -> None:
    return_, _line = dearer()
    finance = actors.staff(UserFactory(roles=[Role.FINANCE]))

    with pytest.raises(InvalidAmount) as refused:
        pay(return_, amount, actor=finance)

    assert refused.value.field == ("amount",)


def test_payment_by_hand_needs_the_permission() -> None:
    return_, _line = dearer()

    with pytest.raises(NotPermitted):
        pay(return_, "1.00", actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))


def test_payment_that_a_gateway_tells_late_is_never_lost() -> None:
    return_, line = dearer()
    lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={line.pk: 1})

    pay(return_, "10.10")
    receive(return_)

    return_.refresh_from_db()
    proposal = proposals.propose(return_)
    assert (proposal.exchange_amount, proposal.amount) == (Decimal("-10.10"), Decimal("60.00"))
    assert payouts.refund(return_, actor=SYSTEM, key=uuid4()).amount == Decimal("60.00")


def test_what_was_paid_for_a_removed_replacement_comes_back() -> None:
    return_, line = dearer()
    receive(return_)
    payouts.refund(return_, actor=SYSTEM, key=uuid4())
    pay(return_, "10.10")

    return_ = lifecycle.remove_exchanges(return_, actor=SYSTEM, quantities={line.pk: 1})

    assert return_.status == "CLOSED"
    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())
    assert (refund.exchange_amount, refund.amount) == (Decimal("-60.00"), Decimal("60.00"))


def test_missing_pieces_bring_nothing_so_their_replacement_is_paid_in_full() -> None:
    order = bought(1)
    return_ = swap(order, shirt(order))

    receive(return_, fate="MISSING")

    return_.refresh_from_db()
    assert return_.exchange_owed == Decimal("49.90")
    assert only(return_).status == "AWAITING_PAYMENT"
    pay(return_, "49.90")
    assert only(return_).status == "READY"


def test_fees_are_owed_when_the_goods_bring_no_more_than_the_replacement_costs() -> None:
    order = bought(1, terms={"return_shipping_fee": Decimal("4.90")})

    assert swap(order, shirt(order)).exchange_owed == Decimal("4.90")


def test_cheaper_replacement_leaves_a_refund() -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order, price="40.00")))

    refund = payouts.refund(return_, actor=SYSTEM, key=uuid4())

    assert (refund.exchange_amount, refund.amount) == (Decimal("40.00"), Decimal("9.90"))


def test_request_owes_nothing_before_it_is_approved() -> None:
    order = bought(1)
    large = shirt(order, price="60.00")
    wanted = [ExchangeRequest(variant_id=large.pk, quantity=1, replaces=0)]
    return_ = lifecycle.request(order, wishes(order), actor=BUYER, exchanges=wanted)
    assert (return_.exchange_owed, only(return_).status) == (Decimal(0), "PENDING")

    return_ = lifecycle.approve(return_, actor=SYSTEM)

    assert (return_.exchange_owed, only(return_).status) == (Decimal("10.10"), "AWAITING_PAYMENT")
    assert types(return_) == ["return.requested", "return.approved", "exchange.payment_asked"]


def test_no_link_is_made_where_people_pay_by_hand() -> None:
    return_, _line = dearer()

    assert payment_links.offer(return_) == ""
