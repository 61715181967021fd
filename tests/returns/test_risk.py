"""What is counted of a buyer's past, for whom, and what it says."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from orders.models import Customer, Order
from returns import lifecycle, risk
from returns.models import Return
from returns.refunds import payouts
from returns.risk import Level, Signals
from tests.factories import CustomerFactory, StoreFactory, sent_bundle, sent_order
from tests.returns.stories import BUYER, SYSTEM, received, requested, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Customer:
    return CustomerFactory(name="Ada Winter")


def bought(customer: Customer, pieces: int = 4, back: int = 0, reason: str = "too-small") -> Order:
    """An order of so many pieces, of which some came back."""
    order = sent_order(pieces, customer=customer)
    if back:
        one = lifecycle.create(order, [wish(order, back, reason=reason)], actor=SYSTEM)
        received(one)
    return order


def asked(customer: Customer) -> Return:
    order = sent_order(2, customer=customer)
    return lifecycle.request(order, [wish(order)], actor=BUYER)


def of(return_: Return) -> Signals:
    with assertNumQueries(1):
        return risk.signals_of(return_, at=timezone.now())


def test_new_buyer_has_no_past() -> None:
    return_ = requested()
    assert of(return_) == Signals(bought=3)
    assert of(return_).level == Level.LOW


def test_pieces_returns_and_money_are_counted(ada: Customer) -> None:
    order = bought(ada, 4, back=1)
    bought(ada, 4, back=2, reason="damaged-or-defective")
    bought(CustomerFactory(), 9, back=9)
    payouts.refund(order.returns.get(), actor=SYSTEM, key=uuid4())

    found = of(asked(ada))
    assert found == Signals(
        bought=10, returned=3, returns=2, claims=1, refunded=(("EUR", Decimal("49.90")),)
    )
    assert found.rate == 30


def test_missing_pieces_say_look_twice(ada: Customer) -> None:
    order = sent_order(2, customer=ada)
    received(lifecycle.create(order, [wish(order, 2)], actor=SYSTEM), "MISSING")
    found = of(asked(ada))
    assert (found.missing, found.level) == (2, Level.MEDIUM)
    assert found.reasons[0] == (Level.MEDIUM, "2 pieces were not in their parcels")


def test_declined_old_and_canceled_do_not_count(ada: Customer) -> None:
    declined = asked(ada)
    lifecycle.decline(declined, actor=SYSTEM, reason="FINAL_SALE")
    long_ago = bought(ada, 4, back=4)
    Order.objects.filter(pk=long_ago.pk).update(placed_at=timezone.now() - timedelta(days=366))
    assert of(asked(ada)) == Signals(bought=4)


def test_guest_is_known_by_the_address_in_any_case() -> None:
    first = sent_order(3, customer=None, guest_email="Bo@Example.com")
    lifecycle.create(first, [wish(first, 2)], actor=SYSTEM)
    second = sent_order(1, customer=None, guest_email="bo@example.COM", store=StoreFactory())
    return_ = lifecycle.request(second, [wish(second)], actor=BUYER)
    assert of(return_) == Signals(bought=4, returned=2, returns=1)
    nobody = sent_order(1, customer=None, guest_email="")
    return_ = lifecycle.request(nobody, [wish(nobody)], actor=BUYER)
    assert risk.signals_of(return_, at=timezone.now()) == Signals()


def test_bundle_counts_as_the_pieces_that_go_back(ada: Customer) -> None:
    order = sent_order(1, customer=ada)
    sent_bundle(order, quantity=2, per_bundle=[1, 3])
    assert of(asked(ada)).bought == 1 + 2 + 2


def test_past_is_seen_as_of_a_moment(ada: Customer) -> None:
    bought(ada, 4, back=1)
    return_ = asked(ada)
    before = timezone.now() - timedelta(days=1)
    assert risk.signals_of(return_, at=before) == Signals(bought=6)


@pytest.mark.parametrize(
    ("signals", "level"),
    [
        (Signals(bought=5, returned=5, returns=1), Level.LOW),
        (Signals(bought=6, returned=3, returns=1), Level.MEDIUM),
        (Signals(bought=10, returned=8, returns=1), Level.HIGH),
        (Signals(bought=100, returns=5), Level.MEDIUM),
        (Signals(bought=100, returns=10), Level.HIGH),
        (Signals(bought=100, claims=3), Level.MEDIUM),
        (Signals(bought=100, missing=3), Level.HIGH),
    ],
)
def test_level_is_that_of_the_strongest_signal(signals: Signals, level: Level) -> None:
    assert signals.level == level
    assert signals.reasons[0][0] == level
