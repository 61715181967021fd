"""Which piece is in which return: the lowest free one, or the one that was asked for."""

import pytest
from django.db import IntegrityError

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle, pieces
from returns.errors import NotReturnable, PieceTaken
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnLine
from returns.pieces import Sent
from tests.factories import FulfillmentFactory, FulfillmentLineFactory, OrderLineFactory, sent_order

BUYER = actors.buyer("Ada Winter")


def parcel_of(order: Order, index: int = 0) -> FulfillmentLine:
    return FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")[index]


def ask(order: Order, quantity: int = 1, *which: int, index: int = 0) -> Return:
    wish = LineRequest(
        fulfillment_line_id=parcel_of(order, index).pk,
        quantity=quantity,
        reason="too-small",
        pieces=which,
    )
    return lifecycle.request(order, [wish], actor=BUYER)


def held(return_: Return) -> list[int]:
    return return_.lines.get().held_pieces


def in_two_parcels() -> Order:
    """Return an order of 5 pieces: 2 in the first parcel, 2 in the second, one not sent."""
    order = sent_order(1)
    line = OrderLineFactory(order=order, quantity=5)
    for _parcel in range(2):
        FulfillmentLineFactory(
            order_line=line, fulfillment=FulfillmentFactory(order=order), quantity=2
        )
    return order


def test_free_pieces_are_those_of_the_parcels_in_order_then_what_was_not_sent() -> None:
    nothing = pieces.NOTHING
    assert pieces.free(5, [Sent(7, 2, nothing), Sent(3, 2, nothing)]) == (
        {7: [0, 1], 3: [2, 3]},
        [4],
    )
    assert pieces.free(5, [Sent(7, 2, frozenset({1})), Sent(3, 2, frozenset({2, 3}))]) == (
        {7: [0], 3: []},
        [4],
    )
    assert pieces.free(2, []) == ({}, [0, 1])


def test_pieces_stay_apart_when_a_parcel_was_made_smaller_than_what_it_has_back() -> None:
    assert pieces.free(3, [Sent(7, 1, frozenset({0, 1}))]) == ({7: []}, [2])


@pytest.mark.django_db
def test_lowest_free_pieces_are_taken() -> None:
    order = sent_order(4)
    assert held(ask(order, 2)) == [0, 1]
    assert held(ask(order, 1)) == [2]


@pytest.mark.django_db
def test_chosen_piece_is_taken_and_others_take_what_is_left() -> None:
    order = sent_order(3)
    assert held(ask(order, 1, 1)) == [1]
    assert held(ask(order, 2)) == [0, 2]


@pytest.mark.django_db
def test_piece_keeps_its_number_when_an_earlier_return_is_canceled() -> None:
    order = sent_order(3)
    first, second = ask(order), ask(order)
    lifecycle.cancel(first, actor=BUYER)
    third = ask(order, 2)
    assert [held(return_) for return_ in (second, third)] == [[1], [0, 2]]


@pytest.mark.django_db
def test_pieces_of_a_second_parcel_follow_those_of_the_first() -> None:
    order = in_two_parcels()
    assert held(ask(order, 2, index=2)) == [2, 3]
    assert held(ask(order, 1, 1, index=1)) == [1]


@pytest.mark.django_db
@pytest.mark.parametrize("piece", [0, 2, 4, 99])
def test_piece_that_is_not_free_in_the_parcel_is_refused(piece: int) -> None:
    order = in_two_parcels()
    ask(order, 1, 0, index=1)
    with pytest.raises(PieceTaken) as caught:
        ask(order, 1, piece, index=1)
    assert caught.value.field == ("lines", "0")
    assert Return.objects.count() == 1


@pytest.mark.django_db
def test_removed_pieces_are_the_last_ones_and_free_again() -> None:
    order = sent_order(3)
    return_ = lifecycle.approve(ask(order, 3), actor=actors.system())
    line = return_.lines.get()
    lifecycle.remove_lines(return_, actor=actors.system(), quantities={line.pk: 1})
    line.refresh_from_db()
    assert (line.held_pieces, line.pieces) == ([0, 1], [0, 1, 2])
    assert held(ask(order)) == [2]


@pytest.mark.django_db
def test_database_refuses_a_line_with_fewer_numbers_than_pieces() -> None:
    ask(sent_order(3), 2)
    with pytest.raises(IntegrityError, match="returns_returnline_pieces_complete"):
        ReturnLine.objects.update(pieces=[0])


@pytest.mark.django_db
def test_returns_of_several_orders_are_all_made_or_none() -> None:
    orders = [sent_order(1), sent_order(1)]
    wishes = [
        (
            order,
            [LineRequest(fulfillment_line_id=parcel_of(order).pk, quantity=1, reason="too-small")],
        )
        for order in reversed(orders)
    ]
    ask(orders[0])
    with pytest.raises(NotReturnable):
        lifecycle.request_each(wishes, actor=BUYER)
    assert Return.objects.count() == 1
    lifecycle.cancel(Return.objects.get(), actor=BUYER)
    made = lifecycle.request_each(wishes, actor=BUYER)
    assert [return_.order for return_ in made] == [orders[1], orders[0]]
