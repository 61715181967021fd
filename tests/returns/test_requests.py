"""What a request is refused for, before it is made."""

import pytest
from django.utils import timezone

from orders.models import FulfillmentLine, Order
from returns import requests
from returns.errors import InvalidQuantity, MissingReason, NothingChosen
from returns.requests import LineRequest
from tests.factories import ReturnReasonFactory, sent_order

pytestmark = pytest.mark.django_db


def parcels_of(order: Order) -> list[FulfillmentLine]:
    found = FulfillmentLine.objects.filter(fulfillment__order=order)
    return list(found.select_related("fulfillment", "order_line").order_by("pk"))


def test_problems_of_several_wishes_are_all_told() -> None:
    order = sent_order(1, 2, 3)
    reason = ReturnReasonFactory()
    first, second, third = parcels_of(order)
    wishes = [
        LineRequest(fulfillment_line_id=first.pk, quantity=2, reason=reason.handle),
        LineRequest(fulfillment_line_id=second.pk, quantity=2, reason=reason.handle),
        LineRequest(fulfillment_line_id=third.pk, quantity=1, reason=""),
    ]
    found = requests.problems(order, wishes, [first, second, third], at=timezone.now())
    assert [(type(error), error.field) for error in found] == [
        (InvalidQuantity, ("lines", "0", "quantity")),
        (MissingReason, ("lines", "2", "reason")),
    ]


def test_problem_without_wishes_is_that_nothing_is_chosen() -> None:
    order = sent_order()
    found = requests.problems(order, [], parcels_of(order), at=timezone.now())
    assert [type(error) for error in found] == [NothingChosen]


def test_possible_wishes_have_no_problems() -> None:
    order = sent_order()
    (parcel,) = parcels_of(order)
    wish = LineRequest(
        fulfillment_line_id=parcel.pk, quantity=1, reason=ReturnReasonFactory().handle
    )
    assert requests.problems(order, [wish], [parcel], at=timezone.now()) == []
