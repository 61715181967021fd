"""Orders that come in at the same moment, or while something of them goes back."""

from dataclasses import replace

import pytest

from accounts import actors
from orders.intake import Intake, OrderRejected, Outcome, take_in
from orders.models import FulfillmentLine, Order, Product, Variant
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return
from tests.concurrency.threads import in_turn, together
from tests.factories import StoreFactory
from tests.orders.intake.examples import line, order, parcel

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(results: list[object]) -> list[Outcome]:
    return sorted(result.outcome for result in results if isinstance(result, Intake))


def test_same_order_sent_by_four_at_once_is_one() -> None:
    StoreFactory(code="linden")

    results = together(*[lambda: take_in(order())] * 4)

    assert outcomes(results) == sorted([Outcome.CREATED] + [Outcome.UNCHANGED] * 3), results
    assert Order.objects.count() == 1


def test_new_article_in_two_orders_at_once_is_one() -> None:
    StoreFactory(code="linden")
    orders = [order(reference=f"#{number}") for number in range(4)]

    results = together(*[lambda data=data: take_in(data) for data in orders])

    assert outcomes(results) == [Outcome.CREATED] * 4, results
    assert Variant.objects.count() == len({each.sku for each in orders[0].lines})
    assert Product.objects.count() == Variant.objects.count()


def test_order_changed_while_it_goes_back_keeps_what_is_in_the_return() -> None:
    StoreFactory(code="linden")
    data = replace(order(), lines=(line(quantity=2),), fulfillments=(parcel(2),))
    made = take_in(data).order
    sent = FulfillmentLine.objects.get(fulfillment__order=made)
    wish = LineRequest(fulfillment_line_id=sent.pk, quantity=2, reason="too-small")
    fewer = replace(data, fulfillments=(parcel(1),))

    returned, changed = in_turn(
        lambda: lifecycle.create(made, [wish], actor=actors.system(), override_policy=True),
        lambda: take_in(fewer),
    )

    assert (type(returned), type(changed)) == (Return, OrderRejected), changed
    sent.refresh_from_db()
    assert (sent.quantity, sent.returning_quantity) == (2, 2)
