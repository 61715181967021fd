"""Canceling what was not sent yet: what may be, what becomes of it, and the money."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.intake import OrderRejected, take_in
from orders.models import Order, OrderLine, Payment
from returns import eligibility
from returns.cancellations import choices, decisions
from returns.errors import (
    InvalidQuantity,
    InvalidState,
    KeyReused,
    MissingNote,
    NothingChosen,
    NotPermitted,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.models import Cancellation, Event, Refund
from returns.refunds import payouts
from tests.factories import (
    FulfillmentFactory,
    FulfillmentLineFactory,
    OrderFactory,
    OrderLineFactory,
    StoreFactory,
    UserFactory,
)
from tests.jobs import run_all as run_jobs
from tests.orders.intake import examples
from tests.returns.cancels import BUYER, SYSTEM, ask, canceled, waiting

pytestmark = pytest.mark.django_db


def offered(order: Order) -> list[tuple[int, bool]]:
    lines = list(order.lines.order_by("position"))
    made = choices.load(order)
    sent = choices.sent_pieces(order)
    found = choices.choices(order, lines, sent, made, now=timezone.now())
    return [(choice.left, choice.by_staff) for choice in found]


def send(line: OrderLine, quantity: int) -> None:
    parcel = FulfillmentFactory(order=line.order)
    FulfillmentLineFactory(order_line=line, fulfillment=parcel, quantity=quantity)


def test_unsent_pieces_are_canceled_and_paid_back() -> None:
    order = waiting(3, 1)

    made = ask(order, 2)
    run_jobs()

    made.refresh_from_db()
    assert (made.status, made.problem, canceled(order)) == ("DONE", "", [2, 0])
    refund = Refund.objects.get()
    assert made.refund == refund
    assert made.settled_at is not None
    assert (refund.amount, refund.status, refund.for_return) == (Decimal(20), "SUCCEEDED", None)
    assert order.lines.order_by("position").values_list("refunded_quantity", flat=True)[0] == 2
    title = order.lines.order_by("position")[0].title
    event = Event.objects.get(type="cancellation.done")
    assert (event.order, event.for_return, event.actor_name) == (order, None, "Ada Winter")
    items = [{"title": title, "quantity": 2}]
    assert event.data == {"cancellation": made.pk, "items": items}
    assert [sent.subject for sent in mail.outbox] == [
        f"Items of order {order.reference} are canceled",
        f"We paid back €20.00 of order {order.reference}",
    ]
    assert offered(order) == [(1, False), (1, False)]


def test_last_pieces_bring_the_delivery_cost_whatever_the_terms_of_returns_say() -> None:
    order = waiting(2, shipping_amount=Decimal("4.90"), terms={"shipping_refund": "NEVER"})

    ask(order, 1)
    run_jobs()
    ask(order, 1)
    run_jobs()

    amounts = list(Refund.objects.order_by("pk").values_list("amount", flat=True))
    assert amounts == [Decimal(10), Decimal("14.90")]
    assert Payment.objects.get().refundable_amount == 0


def test_delivery_cost_stays_while_something_was_sent() -> None:
    order = waiting(2, shipping_amount=Decimal("4.90"), terms={"shipping_refund": "NEVER"})
    send(order.lines.get(), 1)
    ask(order, 1)
    run_jobs()
    assert Refund.objects.get().amount == Decimal(10)


def test_settling_twice_pays_once() -> None:
    made = ask(waiting(1), 1)
    first = decisions.settle(made)
    again = decisions.settle(Cancellation.objects.get(pk=made.pk))
    Cancellation.objects.update(settled_at=None, refund=None)  # died before it was written down
    third = decisions.settle(Cancellation.objects.get(pk=made.pk))
    assert first == again == third == Refund.objects.get()


def test_pieces_that_were_paid_by_hand_meanwhile_bring_nothing_more() -> None:
    order = waiting(1)
    made = ask(order, 1)
    line = order.lines.get()
    payouts.refund_order(order, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})

    assert decisions.settle(made) is None

    made.refresh_from_db()
    assert made.problem == "Choose 0 to 0 pieces: that many have not been paid back."
    assert made.settled_at is not None
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [(3, False)]),
        ({"mode": "NONE"}, []),
        ({"mode": "BY_STAFF"}, [(3, True)]),
        ({"terms": {"cancel_minutes": 60}}, []),
        ({"terms": {"cancel_minutes": 60 * 24 * 11}}, [(3, False)]),
        ({"canceled_at": timezone.now()}, []),
    ],
)
def test_terms_say_whether_buyers_may_cancel(
    values: dict[str, Any], expected: list[tuple[int, bool]]
) -> None:
    assert offered(waiting(3, **values)) == expected


def test_window_counts_from_the_order_to_the_minute() -> None:
    now = timezone.now()
    order = waiting(1, terms={"cancel_minutes": 30}, placed_at=now - timedelta(minutes=30))
    lines = list(order.lines.all())
    late = now + timedelta(seconds=1)
    assert choices.choices(order, lines, {}, (), now=now)
    assert choices.choices(order, lines, {}, (), now=late) == []


def test_terms_of_a_line_count_for_it_alone() -> None:
    order = waiting(2, 2)
    first = order.lines.order_by("position")[0]
    first.return_terms = {"settings": {"cancel_unsent": "NONE"}}
    first.save()
    assert offered(order) == [(2, False)]
    with pytest.raises(UnknownLine):
        ask(order, 1)


@pytest.mark.parametrize(
    "changes", [{"is_goods": False}, {"personalised": True}, {"from_exchange": True}]
)
def test_what_cannot_be_canceled_online(changes: dict[str, bool]) -> None:
    order = waiting(2)
    order.lines.update(**changes)
    assert offered(order) == []


def test_pieces_that_were_sent_asked_for_or_paid_back_are_not_offered() -> None:
    order = waiting(9, mode="BY_STAFF")
    line = order.lines.get()
    send(line, 2)
    ask(order, 3)
    payouts.refund_order(order, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})
    assert offered(order) == [(3, True)]


def test_canceled_pieces_wait_for_their_money_without_counting_twice() -> None:
    order = waiting(3)
    line = order.lines.get()
    payouts.refund_order(order, actor=SYSTEM, key=uuid4(), quantities={line.pk: 1})
    ask(order, 1)
    assert offered(order) == [(1, False)]
    run_jobs()
    assert offered(order) == [(1, False)]


def test_bundle_is_canceled_whole_while_no_part_was_sent() -> None:
    order = OrderFactory(return_terms={"cancel_unsent": "AT_ONCE"})
    bundle = OrderLineFactory(order=order, quantity=2, bundle_kind="FIXED", unit_price=20)
    part = OrderLineFactory(order=order, quantity=2, bundle_parent=bundle, unit_price=0)
    assert offered(order) == [(2, False)]
    send(part, 1)
    assert offered(order) == []


@pytest.mark.parametrize(
    ("quantities", "error", "field"),
    [
        ((), NothingChosen, ("lines",)),
        ((0, 0), NothingChosen, ("lines",)),
        ((4,), InvalidQuantity, "quantity"),
        ((-1,), InvalidQuantity, "quantity"),
    ],
)
def test_wrong_quantities_are_refused(
    quantities: tuple[int, ...], error: type[ReturnError], field: Any
) -> None:
    order = waiting(3, 1)
    with pytest.raises(error) as refused:
        ask(order, *quantities)
    assert refused.value.field == field or refused.value.field[-1] == field
    assert (Cancellation.objects.count(), canceled(order)) == (0, [0, 0])


def test_line_of_another_order_is_refused() -> None:
    order, other = waiting(1), waiting(1)
    with pytest.raises(UnknownLine):
        decisions.request(order, {other.lines.get().pk: 1}, actor=BUYER, key=uuid4())


def test_only_the_buyer_asks() -> None:
    order = waiting(1)
    clerk = actors.staff(UserFactory(roles=[Role.MANAGER]))
    with pytest.raises(NotPermitted):
        ask(order, 1, actor=clerk)


def test_same_request_again_gives_what_it_made() -> None:
    order, key = waiting(3), uuid4()
    made = ask(order, 2, key=key)
    assert ask(order, 2, key=key) == made
    assert canceled(order) == [2]
    with pytest.raises(KeyReused):
        ask(order, 1, key=key)


def test_request_waits_for_a_person_where_the_terms_say_so() -> None:
    order = waiting(3, mode="BY_STAFF")
    made = ask(order, 2)
    run_jobs()

    assert (made.status, canceled(order), Refund.objects.count()) == ("REQUESTED", [0], 0)
    assert [sent.subject for sent in mail.outbox] == [
        f"You asked to cancel items of order {order.reference}"
    ]

    done = decisions.approve(made, actor=actors.staff(UserFactory(roles=[Role.SUPPORT])))
    run_jobs()
    assert (done.status, canceled(order)) == ("DONE", [2])
    assert Refund.objects.get().amount == 20
    types = list(order.events.values_list("type", flat=True))
    assert types == ["cancellation.asked", "cancellation.done", "refund.succeeded"]


def test_what_was_sent_meanwhile_is_left_out() -> None:
    order = waiting(3, mode="BY_STAFF")
    made = ask(order, 3)
    send(order.lines.get(), 1)

    decisions.approve(made, actor=SYSTEM)

    title = order.lines.get().title
    event = order.events.get(type="cancellation.done")
    assert canceled(order) == [2]
    assert event.data["sent"] == [{"title": title, "quantity": 1}]
    run_jobs()
    done = next(sent for sent in mail.outbox if "are canceled" in sent.subject)
    assert f"These were on their way already, so you get them:\n1 x {title}" in done.body
    assert Refund.objects.get().amount == 20


def test_nothing_left_cannot_be_approved_but_declined() -> None:
    order = waiting(1, mode="BY_STAFF")
    made = ask(order, 1)
    send(order.lines.get(), 1)
    with pytest.raises(InvalidState):
        decisions.approve(made, actor=SYSTEM)

    declined = decisions.decline(made, actor=SYSTEM, note=" Already packed. ")
    run_jobs()

    assert (declined.status, declined.note) == ("DECLINED", "Already packed.")
    assert "Already packed." in mail.outbox[-1].body
    with pytest.raises(InvalidState):
        decisions.approve(made, actor=SYSTEM)
    with pytest.raises(InvalidState):
        decisions.decline(made, actor=SYSTEM, note="No.")


def test_declining_needs_permission_and_words() -> None:
    made = ask(waiting(1, mode="BY_STAFF"), 1)
    warehouse = actors.staff(UserFactory(roles=[Role.WAREHOUSE]))
    with pytest.raises(NotPermitted):
        decisions.decline(made, actor=warehouse, note="No.")
    with pytest.raises(NotPermitted):
        decisions.approve(made, actor=warehouse)
    with pytest.raises(MissingNote):
        decisions.decline(made, actor=SYSTEM, note=" ")
    with pytest.raises(TooLong):
        decisions.decline(made, actor=SYSTEM, note="x" * 501)


def test_canceled_pieces_are_no_items_to_return_any_more() -> None:
    order = waiting(3)
    ask(order, 2)
    assert [item.quantity for item in eligibility.for_order(order)] == [1]
    ask(order, 1)
    assert eligibility.for_order(order) == []


def test_parcel_with_canceled_pieces_is_refused() -> None:
    StoreFactory(code="linden")
    data = examples.order(fulfillments=())
    order = take_in(data).order
    Order.objects.update(return_terms={"cancel_unsent": "AT_ONCE"})
    order.refresh_from_db()
    ask(order, 2)

    with pytest.raises(OrderRejected) as refused:
        take_in(examples.order(fulfillments=(examples.parcel(2, 1),)))
    assert [problem.message for problem in refused.value.problems] == [
        "2 pieces of Cup were canceled and must not be sent."
    ]
    take_in(examples.order(fulfillments=(examples.parcel(1, 1),)))
    assert offered(order) == []
