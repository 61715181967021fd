"""The acts on one return: what their pages show, what they do, what they refuse."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts import actors
from orders.models import FulfillmentLine, StockLevel
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Event, Return, ReturnLine, ReturnStatus
from tests.factories import LocationFactory, StoreFactory, sent_bundle, sent_order

pytestmark = pytest.mark.django_db

MakeReturn = Callable[..., Return]


def url(act: str, return_: Return) -> str:
    return reverse(f"backoffice:return_{act}", args=[return_.pk])


def page_of(return_: Return) -> str:
    return reverse("backoffice:return", args=[return_.pk])


def status_of(return_: Return) -> str:
    return str(Return.objects.get(pk=return_.pk).status)


def lines_of(return_: Return) -> list[ReturnLine]:
    return list(return_.lines.order_by("pk"))


@pytest.fixture
def requested() -> MakeReturn:
    """Return a function that makes a request for all pieces of an order with these lines."""

    def make(*quantities: int) -> Return:
        store = StoreFactory(return_location=LocationFactory(name="Hamburg"))
        order = sent_order(*quantities, store=store)
        wishes = [
            LineRequest(fulfillment_line_id=parcel.pk, quantity=parcel.quantity, reason="too-small")
            for parcel in FulfillmentLine.objects.filter(fulfillment__order=order)
        ]
        return lifecycle.request(order, wishes, actor=actors.buyer("Ada Winter"))

    return make


@pytest.fixture
def opened(requested: MakeReturn) -> MakeReturn:
    """Return a function that makes an approved return."""

    def make(*quantities: int) -> Return:
        return lifecycle.approve(requested(*quantities), actor=actors.system())

    return make


def test_some_pieces_are_approved(support: Client, requested: MakeReturn) -> None:
    return_ = requested(2, 1)
    first, second = lines_of(return_)
    answers = {f"line-{first.pk}": "1", f"line-{second.pk}": "0", "note": "One is worn."}
    assertRedirects(support.post(url("approve", return_), answers), page_of(return_))
    assert [(line.quantity, line.removed_quantity) for line in lines_of(return_)] == [
        (1, 1),
        (0, 1),
    ]
    assert status_of(return_) == ReturnStatus.OPEN
    assert Event.objects.last().note == "One is worn."  # type: ignore[union-attr]


def test_page_of_approving_begins_with_all_and_says_what_follows(
    support: Client, requested: MakeReturn
) -> None:
    return_ = requested(2)
    response = support.get(url("approve", return_))
    assert [row.field.value() for row in response.context["form"].rows] == [2]
    page = response.content.decode()
    assert "The buyer sends the goods by" in page
    assert f"{return_.order.email} gets a mail with the slip." in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("3", "less than or equal to 2"),
        ("-1", "greater than or equal to 0"),
        ("two", "Enter a whole number."),
        ("", "This field is required."),
        ("0", "Choose at least one item, or decline the return."),
    ],
)
def test_wrong_quantity_is_refused_and_kept(
    support: Client, requested: MakeReturn, typed: str, words: str
) -> None:
    return_ = requested(2)
    (line,) = lines_of(return_)
    answers = {f"line-{line.pk}": typed, "note": "Keep me"}
    response = support.post(url("approve", return_), answers)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert "Keep me" in page
    assert f'value="{typed}"' in page
    assert status_of(return_) == ReturnStatus.REQUESTED


def test_second_approval_says_what_happened_meanwhile(
    support: Client, requested: MakeReturn
) -> None:
    return_ = requested(1)
    (line,) = lines_of(return_)
    lifecycle.approve(return_, actor=actors.system("Eva"))
    response = support.post(url("approve", return_), {f"line-{line.pk}": "1"}, follow=True)
    assertRedirects(response, page_of(return_))
    page = response.content.decode()
    assert "This is not possible: the return is Open since" in page
    assert "by Eva." in page
    assert support.get(url("approve", return_)).status_code == 302


def test_request_is_declined_with_a_message(support: Client, requested: MakeReturn) -> None:
    return_ = requested(1)
    answers = {"reason": "OTHER", "note": "It was worn."}
    assertRedirects(support.post(url("decline", return_), answers), page_of(return_))
    declined = Return.objects.get(pk=return_.pk)
    assert (declined.status, declined.decline_reason, declined.decline_note) == (
        "DECLINED",
        "OTHER",
        "It was worn.",
    )


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"note": "Why"}, "reason", "This field is required."),
        ({"reason": "MOOD", "note": "Why"}, "reason", "Select a valid choice."),
        ({"reason": "OTHER"}, "note", "Tell the buyer why."),
        ({"reason": "OTHER", "note": "x" * 501}, "note", "at most 500 characters"),
    ],
)
def test_declining_without_reason_or_words_is_refused(
    support: Client, requested: MakeReturn, answers: dict[str, str], field: str, words: str
) -> None:
    return_ = requested(1)
    response = support.post(url("decline", return_), answers)
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])
    assert status_of(return_) == ReturnStatus.REQUESTED


def test_open_return_is_canceled(support: Client, opened: MakeReturn) -> None:
    return_ = opened(1)
    assert "1 piece can be returned again." in support.get(url("cancel", return_)).content.decode()
    support.post(url("cancel", return_), {"note": "The buyer called."})
    assert status_of(return_) == ReturnStatus.CANCELED


def test_request_cannot_be_canceled_by_staff(support: Client, requested: MakeReturn) -> None:
    return_ = requested(1)
    response = support.post(url("cancel", return_), {"note": ""}, follow=True)
    assert "You are not allowed to do this." in response.content.decode()
    assert status_of(return_) == ReturnStatus.REQUESTED


def test_return_is_closed_twice_and_reopened(support: Client, opened: MakeReturn) -> None:
    return_ = opened(2)
    page = support.get(url("close", return_)).content.decode()
    assert "2 pieces did not come back" in page
    for _ in range(2):
        support.post(url("close", return_), {"note": ""})
    assert status_of(return_) == ReturnStatus.CLOSED
    assert Event.objects.filter(type="return.closed").count() == 1
    support.post(url("reopen", return_), {"note": ""})
    assert status_of(return_) == ReturnStatus.OPEN


def test_pieces_are_taken_out(support: Client, opened: MakeReturn) -> None:
    return_ = opened(3)
    (line,) = lines_of(return_)
    support.post(url("remove_lines", return_), {f"line-{line.pk}": "2", "note": ""})
    assert [(line.quantity, line.removed_quantity) for line in lines_of(return_)] == [(1, 2)]


def test_nothing_taken_out_is_refused(support: Client, opened: MakeReturn) -> None:
    return_ = opened(1)
    (line,) = lines_of(return_)
    response = support.post(url("remove_lines", return_), {f"line-{line.pk}": "0", "note": ""})
    assert (response.status_code, response.context["form"].non_field_errors()) == (
        422,
        ["Choose what to take out."],
    )


def received(return_: Return, **pieces: int) -> dict[str, str]:
    """Return the answers for a return of one line; pieces by disposition."""
    (line,) = lines_of(return_)
    types = ("RESTOCKED", "NOT_RESTOCKED", "MISSING", "PROCESSING_REQUIRED")
    answers = {f"line-{line.pk}-{type_}": str(pieces.get(type_, 0)) for type_ in types}
    return {**answers, "note": ""}


def test_form_of_receiving_begins_with_all_back_in_stock(
    warehouse: Client, opened: MakeReturn
) -> None:
    return_ = opened(3)
    (bound,) = warehouse.get(url("process", return_)).context["form"].bound_rows
    assert [field.value() for field in bound.quantities] == [3, 0, 0, 0]
    assert bound.location is None


def test_what_came_back_is_booked(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(3)
    answers = received(return_, RESTOCKED=1, NOT_RESTOCKED=1, MISSING=1)
    assertRedirects(warehouse.post(url("process", return_), answers), page_of(return_))
    (line,) = lines_of(return_)
    assert (line.processed_quantity, line.missing_quantity) == (3, 1)
    assert status_of(return_) == ReturnStatus.CLOSED
    assert StockLevel.objects.get().available == 1


def test_piece_that_needed_work_is_finished_later(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(2)
    answers = received(return_, RESTOCKED=1, PROCESSING_REQUIRED=1)
    warehouse.post(url("process", return_), answers)
    (bound,) = warehouse.get(url("process", return_)).context["form"].bound_rows
    assert (bound.row.has_arrived, bound.row.most) == (True, 1)
    assert [field.name.split("-")[-1] for field in bound.quantities] == [
        "RESTOCKED",
        "NOT_RESTOCKED",
        "MISSING",
    ]
    name = bound.row.name
    finished = {f"{name}-RESTOCKED": "0", f"{name}-NOT_RESTOCKED": "1", f"{name}-MISSING": "0"}
    warehouse.post(url("process", return_), finished)
    assert status_of(return_) == ReturnStatus.CLOSED


def test_more_than_expected_is_refused_at_its_field(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(2)
    (line,) = lines_of(return_)
    response = warehouse.post(
        url("process", return_), received(return_, RESTOCKED=2, NOT_RESTOCKED=1)
    )
    assert response.status_code == 422
    assert response.context["form"].errors == {
        f"line-{line.pk}-RESTOCKED": ["Enter 0 to 2: that many pieces have not been received yet."]
    }
    assert lines_of(return_)[0].processed_quantity == 0


def test_nothing_received_is_refused(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(1)
    response = warehouse.post(url("process", return_), received(return_))
    assert response.context["form"].non_field_errors() == ["Enter what came back."]


def test_piece_goes_to_the_chosen_location(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(1)
    other = LocationFactory(name="Leeds")
    (line,) = lines_of(return_)
    answers = {**received(return_, RESTOCKED=1), f"line-{line.pk}-location": str(other.pk)}
    warehouse.post(url("process", return_), answers)
    assert StockLevel.objects.get().location == other


def test_location_that_takes_no_returns_is_refused(warehouse: Client, opened: MakeReturn) -> None:
    return_ = opened(1)
    LocationFactory()
    closed = LocationFactory(accepts_returns=False)
    (line,) = lines_of(return_)
    answers = {**received(return_, RESTOCKED=1), f"line-{line.pk}-location": str(closed.pk)}
    response = warehouse.post(url("process", return_), answers)
    assert list(response.context["form"].errors) == [f"line-{line.pk}-location"]


def test_bundle_of_articles_can_go_back_to_stock(warehouse: Client) -> None:
    order = sent_order(store=StoreFactory())
    sent_bundle(order, quantity=2, per_bundle=(1, 3))
    parcel = FulfillmentLine.objects.get(order_line__title="Gift set")
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=2, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=actors.system())
    warehouse.post(url("process", return_), received(return_, RESTOCKED=2))
    assert sorted(StockLevel.objects.values_list("available", flat=True)) == [2, 6]


def test_note_is_written(finance: Client, requested: MakeReturn) -> None:
    return_ = requested(1)
    answer = finance.post(url("note", return_), {"body": "Called the buyer."})
    assertRedirects(answer, page_of(return_))
    event = Event.objects.get(type="note.added")
    assert (event.note, event.internal) == ("Called the buyer.", True)


def test_empty_note_is_asked_for_on_the_page(finance: Client, requested: MakeReturn) -> None:
    response = finance.post(url("note", requested(1)), {"body": "  "})
    assert response.status_code == 422
    assert response.context["note_form"].errors == {"body": ["Write something."]}


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize(
    ("act", "is_open", "queries"),
    [
        ("approve", False, 4),
        ("decline", False, 3),
        ("process", True, 6),
        ("remove_lines", True, 4),
        ("let_keep", True, 4),
        ("close", True, 3),
        ("cancel", True, 3),
    ],
)
def test_page_of_an_act_takes_few_queries(
    manager: Client,
    requested: MakeReturn,
    opened: MakeReturn,
    lines: int,
    act: str,
    is_open: bool,
    queries: int,
) -> None:
    return_ = (opened if is_open else requested)(*[2] * lines)
    with assertNumQueries(queries):
        assert manager.get(url(act, return_)).status_code == 200
