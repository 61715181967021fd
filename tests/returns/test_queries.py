"""Looking for returns: what each queue, filter and word finds."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from accounts import actors
from orders import search
from orders.models import FulfillmentLine
from orders.pagination import paginate
from returns import lifecycle, queries
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnStatus
from returns.queries import ORDERINGS, Filters, OrderReturnStatus, Queue, Sort
from tests.factories import (
    CustomerFactory,
    OrderFactory,
    ReturnFactory,
    ReturnLineFactory,
    StoreFactory,
    sent_order,
)

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def a_return(status: str, quantity: int = 2, **line: Any) -> Return:
    """Return a return with one line; `line` are further fields of it."""
    return ReturnLineFactory(for_return__status=status, quantity=quantity, **line).for_return


def in_queue(name: Queue) -> set[Return]:
    return set(queries.queue(name))


def test_request_waits_for_a_decision() -> None:
    requested = a_return("REQUESTED")
    for status in ("OPEN", "CLOSED", "CANCELED", "DECLINED"):
        a_return(status)
    assert in_queue(Queue.DECIDE) == {requested}


def test_open_return_waits_for_what_did_not_come() -> None:
    partly = a_return("OPEN", processed_quantity=1)
    untouched = a_return("OPEN")
    a_return("OPEN", processed_quantity=2)
    a_return("CLOSED", processed_quantity=1)
    assert in_queue(Queue.RECEIVE) == {partly, untouched}


def test_received_piece_that_needs_work_waits_to_be_finished() -> None:
    at_work = a_return("OPEN", processed_quantity=2)
    Return.objects.filter(pk=at_work.pk).update(disposed_quantity=1)
    done = a_return("OPEN", processed_quantity=1)
    Return.objects.filter(pk=done.pk).update(disposed_quantity=1)
    assert in_queue(Queue.FINISH) == {at_work}


def test_received_piece_waits_for_its_refund_but_a_missing_one_does_not() -> None:
    unpaid = a_return("CLOSED", processed_quantity=2, refunded_quantity=1)
    a_return("CLOSED", processed_quantity=2, refunded_quantity=2)
    a_return("CLOSED", processed_quantity=2, refunded_quantity=1, missing_quantity=1)
    a_return("OPEN")
    assert in_queue(Queue.REFUND) == {unpaid}


@time_machine.travel(datetime.datetime(2026, 11, 22, 23, 30, tzinfo=datetime.UTC))
def test_return_is_overdue_when_the_day_is_over_in_its_store() -> None:
    """Half past eleven at night in UTC is the 23rd in Berlin and the 22nd in New York."""
    day = datetime.date(2026, 11, 22)
    berlin = a_return("OPEN", for_return__send_by=day)
    new_york = StoreFactory(time_zone="America/New_York")
    a_return("OPEN", for_return__send_by=day, for_return__order__store=new_york)
    a_return("OPEN", for_return__send_by=day, processed_quantity=2)
    assert in_queue(Queue.OVERDUE) == {berlin}


def test_replacement_that_is_ready_waits_to_be_sent() -> None:
    ready = a_return("OPEN", for_return__exchange_quantity=1, for_return__exchange_ready_quantity=1)
    a_return("OPEN", for_return__exchange_quantity=1)
    assert in_queue(Queue.SEND) == {ready}


def test_queues_are_counted_in_one_query() -> None:
    a_return("REQUESTED")
    a_return("REQUESTED")
    with assertNumQueries(1):
        counts = queries.queue_counts(Queue)
    assert counts == {
        Queue.DECIDE: 2,
        Queue.ANSWER: 0,
        Queue.ASKED: 0,
        Queue.ON_THE_WAY: 0,
        Queue.RECEIVE: 0,
        Queue.FINISH: 0,
        Queue.SEND: 0,
        Queue.REFUND: 0,
        Queue.OVERDUE: 0,
        Queue.LATE: 0,
    }


def test_count_stops_where_nobody_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    order = OrderFactory()
    for number in (1, 2, 3):
        ReturnFactory(order=order, status="REQUESTED", number=number)
    assert queries.queue_counts([Queue.DECIDE]) == {Queue.DECIDE: 2}


def found(**filters: Any) -> set[Return]:
    return set(queries.find(Filters(**filters)))


def test_filters_narrow_to_status_store_and_days() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    store = StoreFactory()
    midnight = datetime.datetime(2026, 11, 20, tzinfo=berlin)
    minute = datetime.timedelta(minutes=1)
    first = a_return("OPEN", for_return__order__store=store, for_return__created_at=midnight)
    before = a_return(
        "OPEN", for_return__order__store=store, for_return__created_at=midnight - minute
    )
    other = a_return("CLOSED", for_return__created_at=midnight)
    day = datetime.date(2026, 11, 20)
    assert found() == {first, before, other}
    assert found(status="CLOSED") == {other}
    assert found(store=store) == {first, before}
    assert found(since=day, until=day, zone=berlin) == {first, other}
    assert found(until=day - datetime.timedelta(days=1), zone=berlin) == {before}
    assert found(store=store, since=day, zone=berlin, queue="receive") == {first}


@pytest.fixture
def requested() -> Return:
    """A return that was really asked for, so that it can be found by words."""
    order = sent_order(
        reference="#4711", customer=CustomerFactory(name="Jürgen Groß", email="jg@mail.example")
    )
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    parcel.order_line.sku = "TEE-042/M"
    parcel.order_line.save()
    parcel.fulfillment.tracking_number = "00340434161094042557"
    parcel.fulfillment.save()
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    return lifecycle.request(order, [wish], actor=actors.buyer("Jürgen Groß"))


@pytest.mark.parametrize(
    "words",
    [
        "#4711-R1",
        "4711-r1",
        "#4711",
        "TEE-042/M",
        "tee-042",
        "groß",
        "JÜRGEN groß",
        "jg@mail.example",
        "mail.example",
        "00340434161094042557",
        "0034043416",
        "4711 tee groß",
    ],
)
def test_word_finds_the_return(requested: Return, words: str) -> None:
    a_return("REQUESTED")
    assert found(words=words) == {requested}


def test_common_word_is_found_as_well(requested: Return, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COMMON", 0)
    a_return("REQUESTED")
    assert found(words="groß 4711") == {requested}


@pytest.mark.parametrize("words", ["4712", "groß tea", "'; --", ":*", "a & b | !c", "\\", "\0x"])
def test_other_words_find_nothing(requested: Return, words: str) -> None:
    assert found(words=words) <= {requested}
    assert found(words=f"nothing {words}") == set()


def test_reason_finds_its_returns_only(requested: Return) -> None:
    assert found(reason="too-small") == {requested}
    assert found(reason="too-big") == set()
    assert found(reason="too") == set()


def test_scanned_reference_is_the_return(requested: Return) -> None:
    assert queries.by_reference("#4711-R1") == requested
    assert queries.by_reference(" 4711-r1 ") == requested
    assert queries.by_reference("4711") is None
    assert queries.by_reference("4711-r1 groß") is None
    assert queries.by_reference("") is None
    assert queries.by_reference("\0") is None


def test_reference_of_two_stores_is_ambiguous(requested: Return) -> None:
    order = sent_order(reference="#4711")
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    lifecycle.request(order, [wish], actor=actors.buyer("Somebody"))
    assert queries.by_reference("#4711-R1") is None


def test_lists_come_in_the_asked_order() -> None:
    now = timezone.now()
    day = datetime.timedelta(days=1)
    first = a_return("OPEN", for_return__created_at=now - 3 * day)
    second = a_return("REQUESTED", for_return__created_at=now - 2 * day)
    third = a_return(
        "OPEN", for_return__created_at=now - day, for_return__send_by=now.date() - 30 * day
    )
    orders = {sort: paginate(queries.find(Filters(), sort), ORDERINGS[sort]).rows for sort in Sort}
    assert orders == {
        Sort.NEWEST: [third, second, first],
        Sort.OLDEST: [first, second, third],
        Sort.DEADLINE: [third, first],
    }


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], OrderReturnStatus.NO_RETURN),
        (["CANCELED", "DECLINED"], OrderReturnStatus.NO_RETURN),
        (["CLOSED", "DECLINED"], OrderReturnStatus.RETURNED),
        (["CLOSED", "OPEN"], OrderReturnStatus.IN_PROGRESS),
        (["CLOSED", "OPEN", "REQUESTED"], OrderReturnStatus.RETURN_REQUESTED),
    ],
)
def test_status_of_an_order_is_that_of_its_most_urgent_return(
    statuses: list[ReturnStatus], expected: OrderReturnStatus
) -> None:
    order = OrderFactory()
    for number, status in enumerate(statuses, start=1):
        ReturnFactory(order=order, status=status, number=number)
    with assertNumQueries(1):
        assert queries.order_return_statuses([order]) == {order.pk: expected}
