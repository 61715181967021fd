"""Every row of the table of states, with what it does to pieces, events and jobs."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.asserts import assertNumQueries

from accounts.models import Role
from orders.models import FulfillmentLine, Order
from returns import emails, lifecycle
from returns.errors import (
    InvalidQuantity,
    InvalidState,
    KeyReused,
    MissingNote,
    MissingReason,
    NothingChosen,
    NotPermitted,
    NotReturnable,
    ReturnError,
    TooLong,
    UnknownLine,
)
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import (
    DeclineReason,
    EventType,
    Return,
    ReturnStatus,
    ReverseFulfillment,
)
from returns.models.policies import ReturnTerms
from returns.refunds import payouts
from tests.factories import sent_order
from tests.returns.stories import (
    BUYER,
    SYSTEM,
    closed,
    event_types,
    held,
    opened,
    parcel_of,
    received,
    requested,
    staff,
    wish,
)

pytestmark = pytest.mark.django_db


def test_request_holds_pieces_and_waits() -> None:
    return_ = requested(quantity=2, of=3)

    assert (return_.status, return_.total_quantity, return_.send_by) == ("REQUESTED", 2, None)
    assert return_.reference == f"{return_.order.reference}-R1"
    assert held(return_) == 2
    assert event_types(return_) == [EventType.RETURN_REQUESTED]
    event = return_.events.get()
    assert (event.from_status, event.to_status, event.actor_name) == (
        "",
        "REQUESTED",
        "Ada Winter",
    )
    jobs = ProcrastinateJob.objects.values_list("task_name", "args")
    assert list(jobs) == [("returns.tasks.deliver_event", {"event_id": event.pk})]


def test_request_approved_at_once_where_the_terms_say_so() -> None:
    order = sent_order(1, return_terms=ReturnTerms(auto_approve=True).to_json())

    return_ = lifecycle.request(order, [wish(order)], actor=BUYER)

    assert return_.status == ReturnStatus.OPEN
    assert event_types(return_) == [EventType.RETURN_CREATED]
    assert ReverseFulfillment.objects.get().for_return == return_


def test_request_with_the_same_key_is_one_return() -> None:
    order = sent_order(3)
    key = uuid4()

    first = lifecycle.request(order, [wish(order)], actor=BUYER, request_key=key)
    again = lifecycle.request(order, [wish(order)], actor=BUYER, request_key=key)

    assert again == first
    assert held(first) == 1


def test_request_key_of_another_order_is_refused() -> None:
    order, other = sent_order(), sent_order()
    key = uuid4()
    lifecycle.request(order, [wish(order)], actor=BUYER, request_key=key)

    with pytest.raises(KeyReused):
        lifecycle.request(other, [wish(other)], actor=BUYER, request_key=key)

    assert list(other.returns.all()) == []


def test_request_unarchives_the_order() -> None:
    order = sent_order()
    Order.objects.filter(pk=order.pk).update(archived_at=order.placed_at)

    lifecycle.request(order, [wish(order)], actor=BUYER)

    order.refresh_from_db()
    assert order.archived_at is None


def test_several_returns_until_all_pieces_are_back() -> None:
    order = sent_order(2)

    first = lifecycle.request(order, [wish(order)], actor=BUYER)
    second = lifecycle.request(order, [wish(order)], actor=BUYER)
    with pytest.raises(NotReturnable) as refused:
        lifecycle.request(order, [wish(order)], actor=BUYER)

    assert [first.number, second.number] == [1, 2]
    assert refused.value.blockers == ("IN_RETURN",)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"quantity": 0}, InvalidQuantity, ("lines", "0", "quantity")),
        ({"quantity": 4}, InvalidQuantity, ("lines", "0", "quantity")),
        ({"quantity": -1}, InvalidQuantity, ("lines", "0", "quantity")),
        ({"fulfillment_line_id": 0}, UnknownLine, ("lines", "0")),
        ({"reason": ""}, MissingReason, ("lines", "0", "reason")),
        ({"reason": "nonsense"}, MissingReason, ("lines", "0", "reason")),
        ({"reason": "other-reason"}, MissingNote, ("lines", "0", "customer_note")),
        ({"customer_note": "x" * 301}, TooLong, ("lines", "0", "customer_note")),
    ],
)
def test_request_with_one_bad_line_changes_nothing(
    changes: dict[str, Any], error: type[ReturnError], field: tuple[str, ...]
) -> None:
    order = sent_order(3)

    with pytest.raises(error) as refused:
        lifecycle.request(order, [wish(order, **changes), wish(order)], actor=BUYER)

    assert refused.value.field == field
    assert Return.objects.count() == 0
    assert parcel_of(order).returning_quantity == 0


def test_request_of_one_line_twice_counts_together() -> None:
    order = sent_order(3)

    with pytest.raises(InvalidQuantity) as refused:
        lifecycle.request(order, [wish(order, 2), wish(order, 2)], actor=BUYER)

    assert refused.value.field == ("lines", "1", "quantity")


def test_request_without_lines_is_refused() -> None:
    with pytest.raises(NothingChosen):
        lifecycle.request(sent_order(), [], actor=BUYER)


def test_create_needs_the_permission() -> None:
    order = sent_order()

    with pytest.raises(NotPermitted):
        lifecycle.create(order, [wish(order)], actor=staff(Role.WAREHOUSE))


def test_create_may_set_the_policy_aside_but_not_the_facts() -> None:
    order = sent_order(1, return_terms=ReturnTerms(window_days=0).to_json())
    support = staff(Role.SUPPORT)

    with pytest.raises(NotReturnable) as refused:
        lifecycle.create(order, [wish(order)], actor=support)
    return_ = lifecycle.create(order, [wish(order)], actor=support, override_policy=True)
    with pytest.raises(NotReturnable) as held_:
        lifecycle.create(order, [wish(order)], actor=support, override_policy=True)

    assert refused.value.blockers == ("RETURN_WINDOW_EXPIRED",)
    assert held_.value.blockers == ("IN_RETURN",)
    assert return_.status == ReturnStatus.OPEN
    assert return_.events.get().data == {"pieces": 1, "override_policy": True}


def test_approve_opens_the_work_and_sets_the_deadline() -> None:
    return_ = requested(quantity=2)

    approved = lifecycle.approve(return_, actor=staff(Role.SUPPORT))

    assert approved.status == ReturnStatus.OPEN
    assert approved.approved_at is not None
    assert approved.send_by is not None
    assert (approved.send_by - approved.approved_at.date()).days in (14, 15)
    work = ReverseFulfillment.objects.get(for_return=return_)
    assert (work.status, work.location) == ("OPEN", return_.store.return_location)
    assert [line.quantity for line in work.lines.all()] == [2]


def test_approve_of_some_pieces_releases_the_others() -> None:
    return_ = requested(quantity=3)
    line = return_.lines.get()

    lifecycle.approve(return_, actor=SYSTEM, quantities={line.pk: 1})

    return_.refresh_from_db()
    line.refresh_from_db()
    assert (return_.total_quantity, line.quantity, line.removed_quantity) == (1, 1, 2)
    assert held(return_) == 1
    assert return_.events.latest("pk").data["removed"][0]["quantity"] == 2


def test_approve_of_nothing_is_refused() -> None:
    return_ = requested()

    with pytest.raises(NothingChosen):
        lifecycle.approve(return_, actor=SYSTEM, quantities={})

    return_.refresh_from_db()
    assert return_.status == ReturnStatus.REQUESTED


def test_decline_releases_the_pieces_and_tells_why() -> None:
    return_ = requested()

    lifecycle.decline(return_, actor=SYSTEM, reason=DeclineReason.FINAL_SALE, note="Sold as final.")

    return_.refresh_from_db()
    assert (return_.status, return_.decline_reason, return_.decline_note) == (
        "DECLINED",
        "FINAL_SALE",
        "Sold as final.",
    )
    assert held(return_) == 0


def test_decline_for_another_reason_needs_words() -> None:
    with pytest.raises(MissingNote):
        lifecycle.decline(requested(), actor=SYSTEM, reason=DeclineReason.OTHER)


def test_cancel_of_a_request_is_for_its_buyer_alone() -> None:
    return_ = requested()

    with pytest.raises(NotPermitted):
        lifecycle.cancel(return_, actor=staff(Role.MANAGER))
    canceled = lifecycle.cancel(return_, actor=BUYER)

    assert canceled.status == ReturnStatus.CANCELED
    assert held(return_) == 0


def test_cancel_of_an_open_return_cancels_the_work() -> None:
    canceled = lifecycle.cancel(opened(), actor=staff(Role.SUPPORT))

    assert canceled.closed_at is None
    assert [work.status for work in canceled.reverse_fulfillments.all()] == ["CANCELED"]


def test_cancel_after_receiving_is_refused() -> None:
    return_ = opened(quantity=2)
    line = return_.lines.get()
    lifecycle.process(return_, actor=SYSTEM, receipts=[Receipt(line_id=line.pk, quantity=1)])

    with pytest.raises(InvalidState):
        lifecycle.cancel(return_, actor=SYSTEM)


def test_remove_lines_shortens_the_return_and_its_work() -> None:
    return_ = opened(quantity=3)
    line = return_.lines.get()

    left = lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.pk: 2})

    assert (left.status, left.total_quantity) == ("OPEN", 1)
    assert left.reverse_fulfillments.get().lines.get().quantity == 1
    assert held(return_) == 1


def test_remove_of_the_last_line_closes() -> None:
    return_ = opened(quantity=2)

    left = lifecycle.remove_lines(return_, actor=SYSTEM, quantities={return_.lines.get().pk: 2})

    assert (left.status, left.total_quantity) == ("CLOSED", 0)
    assert left.closed_at is not None
    assert event_types(left)[-1] == EventType.LINES_REMOVED


def test_remove_of_received_pieces_is_refused() -> None:
    return_ = opened(quantity=2)
    line = return_.lines.get()
    lifecycle.process(return_, actor=SYSTEM, receipts=[Receipt(line_id=line.pk, quantity=1)])

    with pytest.raises(InvalidQuantity):
        lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.pk: 2})


def test_remove_of_what_never_came_closes_when_the_rest_is_done() -> None:
    return_ = opened(quantity=2)
    line = return_.lines.get()
    receipt = Receipt(
        line_id=line.pk,
        quantity=1,
        dispositions=(DisposeRequest(type="NOT_RESTOCKED", quantity=1),),
    )
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    left = lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.pk: 1})

    assert (left.status, left.total_quantity) == ("CLOSED", 1)


def test_close_and_reopen() -> None:
    return_ = opened()

    shut = lifecycle.close(return_, actor=staff(Role.SUPPORT), note="Lost in the post.")
    again = lifecycle.reopen(return_, actor=staff(Role.SUPPORT))

    assert (shut.status, again.status, again.closed_at) == ("CLOSED", "OPEN", None)
    assert event_types(return_)[-2:] == [EventType.RETURN_CLOSED, EventType.RETURN_REOPENED]
    assert again.reverse_fulfillments.get().status == "OPEN"


@pytest.mark.parametrize(
    ("make", "verb"),
    [
        (closed, lifecycle.close),
        (opened, lifecycle.reopen),
        (lambda: lifecycle.cancel(opened(), actor=SYSTEM), lifecycle.cancel),
    ],
)
def test_repeating_a_move_changes_and_records_nothing(
    make: Callable[[], Return], verb: Callable[..., Return]
) -> None:
    return_ = make()
    before = Return.objects.values().get(pk=return_.pk)
    events = event_types(return_)

    verb(return_, actor=SYSTEM)

    assert Return.objects.values().get(pk=return_.pk) == before
    assert event_types(return_) == events


@pytest.mark.parametrize(
    ("make", "act"),
    [
        (opened, lambda r: lifecycle.approve(r, actor=SYSTEM)),
        (opened, lambda r: lifecycle.decline(r, actor=SYSTEM, reason="FINAL_SALE")),
        (requested, lambda r: lifecycle.close(r, actor=SYSTEM)),
        (requested, lambda r: lifecycle.reopen(r, actor=SYSTEM)),
        (closed, lambda r: lifecycle.cancel(r, actor=SYSTEM)),
        (closed, lambda r: lifecycle.remove_lines(r, actor=SYSTEM, quantities={})),
        (closed, lambda r: lifecycle.process(r, actor=SYSTEM, receipts=[])),
        (requested, lambda r: lifecycle.process(r, actor=SYSTEM, receipts=[])),
        (requested, lambda r: payouts.refund(r, actor=SYSTEM, key=uuid4())),
    ],
)
def test_a_move_off_the_table_says_what_happened(
    make: Callable[[], Return], act: Callable[[Return], Any]
) -> None:
    return_ = make()
    before = Return.objects.values().get(pk=return_.pk)

    with pytest.raises(InvalidState) as refused:
        act(return_)

    assert str(return_.get_status_display()) in refused.value.message
    assert Return.objects.values().get(pk=return_.pk) == before


def test_a_refused_move_tells_the_time_as_the_store_has_it() -> None:
    with time_machine.travel(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), tick=False):
        return_ = closed()

    with pytest.raises(InvalidState) as refused:
        lifecycle.cancel(return_, actor=SYSTEM)

    assert "23 Nov 2026, 00:30" in refused.value.message


@pytest.mark.parametrize(
    ("role", "make", "verbs"),
    [
        (Role.SUPPORT, requested, {"approve", "decline", "remove_lines", "add_exchanges"}),
        (Role.WAREHOUSE, requested, set()),
        (Role.SUPPORT, opened, {"cancel", "close", "let_keep", "remove_lines", "add_exchanges"}),
        (Role.WAREHOUSE, opened, {"process"}),
        (Role.FINANCE, opened, {"refund"}),
        (Role.MANAGER, closed, {"reopen", "refund", "ship_back", "ship_repaired"}),
    ],
)
def test_available_verbs_follow_state_and_role(
    role: Role, make: Callable[[], Return], verbs: set[str]
) -> None:
    return_ = make()
    actor = staff(role)

    with assertNumQueries(0):
        found = lifecycle.available(return_, actor)

    assert found == verbs


def test_buyer_may_only_cancel() -> None:
    assert lifecycle.available(requested(), BUYER) == {"cancel"}


def test_add_note_is_internal_text() -> None:
    return_ = requested()

    event = lifecycle.add_note(return_, actor=staff(Role.FINANCE), body=" <b>call back</b> ")

    assert (event.type, event.note, event.internal) == ("note.added", "<b>call back</b>", True)
    # For automation rules; nobody is mailed.
    assert ProcrastinateJob.objects.count() == 2
    assert emails.for_event(event) is None


def test_add_note_without_words_is_refused() -> None:
    with pytest.raises(MissingNote):
        lifecycle.add_note(requested(), actor=SYSTEM, body="  ")


def test_events_cannot_be_edited() -> None:
    event = requested().events.get()
    event.note = "changed"

    with pytest.raises(IntegrityError), transaction.atomic():
        event.save()

    event.refresh_from_db()
    assert event.note == ""


def test_history_told_afterwards_is_not_mailed() -> None:
    order = sent_order(1)

    return_ = lifecycle.request(order, [wish(order)], actor=SYSTEM, at=order.placed_at)

    assert return_.created_at == order.placed_at
    assert ProcrastinateJob.objects.count() == 0


def test_refund_pays_what_came_back() -> None:
    return_ = received(opened(quantity=2, of=3))

    refund = payouts.refund(return_, actor=staff(Role.FINANCE), key=uuid4())

    payment = return_.order.payments.get()
    assert (refund.status, refund.amount) == ("SUCCEEDED", payment.refunded_amount)
    return_.refresh_from_db()
    assert (return_.refunded_quantity, return_.refunded_amount) == (2, refund.amount)
    assert event_types(return_)[-1] == EventType.REFUND_SUCCEEDED
    assert Decimal(return_.events.latest("pk").data["amount"]) == refund.amount


@pytest.mark.parametrize("count", [1, 3])
def test_request_statements(count: int) -> None:
    order = sent_order(*[1] * count)
    parcels = FulfillmentLine.objects.filter(fulfillment__order=order)
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        for parcel in parcels
    ]

    with assertNumQueries(12):
        lifecycle.request(order, wishes, actor=BUYER, request_key=uuid4())
