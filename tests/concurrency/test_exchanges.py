"""Buyers who want the last piece or spend one credit twice, and what happens while it is sent."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import Order, Payment, StockLevel, Variant
from returns import lifecycle
from returns.errors import OutOfStock
from returns.exchanges import agreements as exchanges
from returns.exchanges import payment_links
from returns.models import (
    ExchangeLine,
    ExchangePayment,
    ExchangeShipment,
    PaymentLink,
    Return,
    StoreCreditAccount,
)
from returns.store_credit import ledger
from tests.concurrency.test_store_credit import (
    all_read_before_any_writes,
    balanced,
    first_keeps_the_account,
)
from tests.concurrency.threads import all_at_once, kinds, run_after, together, without_locks
from tests.factories import StockLevelFactory, UserFactory, VariantFactory
from tests.returns.exchanging import (
    SYSTEM,
    bought,
    dearer,
    only,
    receive,
    send,
    shirt,
    stock_of,
    swap,
)
from tests.returns.linking import linking, owing

pytestmark = pytest.mark.django_db(transaction=True)


def wanting(variant: Variant) -> Callable[[], Return]:
    """Somebody whose order lets them have any product, and who wants this one."""
    order = bought(1, terms={"exchanges": "ANY_PRODUCT"})
    return lambda: swap(order, variant)


def last_piece() -> Variant:
    return StockLevelFactory(available=1).variant


def test_two_buyers_exchange_for_the_last_piece() -> None:
    variant = last_piece()

    outcomes = together(wanting(variant), wanting(variant))

    assert kinds(outcomes) == ["OutOfStock", "Return"]
    assert stock_of(variant) == (1, 1)
    assert ExchangeLine.objects.count() == Return.objects.count() == 1


def test_without_the_lock_two_buyers_both_get_the_last_piece() -> None:
    variant = last_piece()
    first, second = wanting(variant), wanting(variant)

    with without_locks(), run_after("orders.stock._locked", second) as others:
        first()

    assert kinds(others) == ["Return"]
    assert ExchangeLine.objects.count() == 2  # of one piece


def test_eight_buyers_exchange_for_three_pieces() -> None:
    variant = StockLevelFactory(available=3).variant

    outcomes = together(*[wanting(variant) for _buyer in range(8)])

    assert kinds(outcomes) == ["OutOfStock"] * 5 + ["Return"] * 3
    assert stock_of(variant) == (3, 3)


def test_exchanges_for_the_same_variants_in_opposite_orders_do_not_deadlock() -> None:
    variants = [VariantFactory() for _variant in range(4)]
    for variant in variants:
        StockLevelFactory(variant=variant, available=40)
        StockLevelFactory(variant=variant, available=40)

    def ask(wanted: list[Variant]) -> Callable[[], Return]:
        order = bought(1, 1, 1, 1, terms={"exchanges": "ANY_PRODUCT"})
        parcels = order.fulfillments.get().lines.order_by("pk")
        lines = [
            lifecycle.LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="style")
            for parcel in parcels
        ]
        swaps = [
            lifecycle.ExchangeRequest(variant_id=variant.pk, quantity=1, replaces=index)
            for index, variant in enumerate(wanted)
        ]
        return lambda: lifecycle.cancel(
            lifecycle.create(order, lines, actor=SYSTEM, exchanges=swaps), actor=SYSTEM
        )

    outcomes = together(*[ask(variants[::step]) for step in (1, -1) * 4])

    assert kinds(outcomes) == ["Return"] * 8
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}


def test_two_people_send_the_same_replacement() -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order)))

    outcomes = all_at_once(lambda: send(return_), lambda: send(return_))

    assert kinds(outcomes) == ["InvalidState", "Return"]
    assert ExchangeShipment.objects.count() == 1
    assert StockLevel.objects.get(variant=only(return_).variant).available == 0


@pytest.mark.parametrize("others", [0, 1])
def test_reservation_ends_while_the_replacement_is_sent(others: int) -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    later = timezone.now() + timedelta(days=30)
    acts: list[Callable[[], object]] = [
        lambda: send(return_),
        lambda: exchanges.end_reservations(before=later),
    ]

    outcomes = all_at_once(*(acts if others else acts[::-1]))

    assert stock_of(large) == (0, 0)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert only(return_).status == "PROCESSED"


def test_reservation_ends_and_somebody_else_takes_the_piece() -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    exchanges.end_reservations(before=timezone.now() + timedelta(days=30))
    rival = bought(1, terms={"exchanges": "ANY_PRODUCT"})

    outcomes = together(lambda: send(return_), lambda: swap(rival, large))

    assert "OutOfStock" in kinds(outcomes)
    available, reserved = stock_of(large)
    assert available - reserved == 0
    assert sum(isinstance(outcome, OutOfStock) for outcome in outcomes) == 1


def owing_from_one_account(balance: str) -> tuple[Return, Return, StoreCreditAccount]:
    """Two returns of one buyer's two orders, each of which owes 10.10, and their account."""
    (first, _), (second, _) = dearer(), dearer()
    Order.objects.update(customer=first.order.customer, store=first.order.store)
    Return.objects.update(store=first.order.store)
    for each in (first, second):
        each.order.refresh_from_db()
    account = ledger.open_account(first.order)
    ledger.credit(account, Decimal(balance), actor=SYSTEM, key=uuid4())
    return first, second, account


def spending(return_: Return, amount: str = "") -> Callable[[], ExchangePayment]:
    wanted = Decimal(amount) if amount else None
    return lambda: lifecycle.pay_with_credit(return_, actor=SYSTEM, key=uuid4(), amount=wanted)


def test_two_exchanges_are_paid_from_one_account() -> None:
    first, second, account = owing_from_one_account("15.00")

    with first_keeps_the_account():
        outcomes = together(spending(first), spending(second))

    # Whoever was second got what was left.
    assert sorted(made.amount for made in outcomes) == [Decimal("4.90"), Decimal("10.10")]
    assert balanced(account) == 0


def test_two_exchanges_want_the_same_credit() -> None:
    first, second, account = owing_from_one_account("15.00")

    with first_keeps_the_account():
        outcomes = together(spending(first, "10.10"), spending(second, "10.10"))

    assert kinds(outcomes) == ["ExchangePayment", "InsufficientCredit"]
    assert balanced(account) == Decimal("4.90")
    assert Payment.objects.filter(from_exchange=True).count() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert sorted([first.exchange_owed, second.exchange_owed]) == [0, Decimal("10.10")]


def test_without_locks_the_same_credit_pays_twice_but_for_the_database() -> None:
    first, second, account = owing_from_one_account("15.00")

    with all_read_before_any_writes(2):
        outcomes = together(spending(first, "10.10"), spending(second, "10.00"))

    assert kinds(outcomes) == ["ExchangePayment", "IntegrityError"]
    balanced(account)


def test_credit_and_a_payment_by_hand_for_the_same_exchange() -> None:
    return_, _line = dearer()
    account = ledger.open_account(return_.order)
    ledger.credit(account, Decimal(20), actor=SYSTEM, key=uuid4())
    finance = actors.staff(UserFactory(roles=[Role.FINANCE]))

    outcomes = all_at_once(
        spending(return_),
        lambda: lifecycle.record_payment(
            return_, actor=finance, amount=Decimal("10.10"), key="by-hand"
        ),
    )

    assert kinds(outcomes) == ["ExchangePayment", "InvalidState"]
    return_.refresh_from_db()
    assert (return_.exchange_paid, return_.exchange_owed) == (Decimal("10.10"), Decimal(0))
    assert balanced(account) in (Decimal(20), Decimal("9.90"))


def test_link_that_two_jobs_make_at_once_is_one() -> None:
    return_ = owing()

    with linking() as gateway:
        outcomes = all_at_once(*[lambda: payment_links.offer(_loaded(return_))] * 2)

    assert len(set(outcomes)) == len(gateway.keys) == PaymentLink.objects.count() == 1


def test_payment_at_a_link_that_is_told_twice_at_once_is_booked_once() -> None:
    with linking() as gateway:
        return_ = owing()
        payment_links.offer(_loaded(return_))
        link = PaymentLink.objects.get()
        gateway.take(link.reference)
        outcomes = all_at_once(*[lambda: payment_links.ask(link)] * 3)

    assert outcomes == [None] * 3
    return_.refresh_from_db()
    assert return_.exchange_paid == Decimal("10.10")


def _loaded(return_: Return) -> Return:
    return Return.objects.select_related("order").get(pk=return_.pk)
