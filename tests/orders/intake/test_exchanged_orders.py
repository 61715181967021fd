"""What an exchange added to an order stays, whatever the shop sends of the order again."""

from dataclasses import replace
from decimal import Decimal

from orders.intake import Outcome, take_in
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Payment, Store
from tests.factories import FulfillmentFactory, OrderLineFactory, PaymentFactory
from tests.orders.intake.examples import line, order, parcel
from tests.orders.intake.test_updates import PLATE


def exchanged() -> OrderLine:
    """Add a parcel with a replacement, and a payment for it, as an exchange does."""
    made = Order.objects.get()
    joined = OrderLineFactory(order=made, position=3, title="Mug", from_exchange=True)
    sent = FulfillmentFactory(order=made, number=2, from_exchange=True)
    FulfillmentLine.objects.create(fulfillment=sent, order_line=joined, quantity=1)
    PaymentFactory(order=made, amount=Decimal("2.00"), from_exchange=True)
    return joined


def test_replacement_stays_when_the_order_comes_in_changed(store: Store) -> None:
    take_in(order())
    joined = exchanged()

    intake = take_in(order(lines=(line(title="Tea cup"), PLATE)))

    assert intake.outcome == Outcome.UPDATED
    joined.refresh_from_db()
    assert (joined.position, joined.title) == (3, "Mug")
    assert Payment.objects.filter(from_exchange=True).count() == 1
    assert FulfillmentLine.objects.filter(order_line=joined).exists()


def test_new_line_and_parcel_of_the_shop_come_before_the_replacement(store: Store) -> None:
    take_in(order())
    exchanged()
    bowl = line(title="Bowl", sku="BOWL")

    take_in(order(lines=(line(), PLATE, bowl), fulfillments=(parcel(3, 1), parcel(0, 0, 2))))

    titles = list(OrderLine.objects.values_list("position", "title"))
    assert titles == [(1, "Cup"), (2, "Plate"), (3, "Bowl"), (4, "Mug")]
    numbers = list(Fulfillment.objects.values_list("number", "from_exchange"))
    assert numbers == [(1, False), (2, False), (3, True)]


def test_line_that_the_shop_takes_away_leaves_the_replacement(store: Store) -> None:
    take_in(order())
    exchanged()

    take_in(replace(order(), lines=(line(),), fulfillments=(parcel(3),)))

    assert list(OrderLine.objects.values_list("position", "title")) == [(1, "Cup"), (2, "Mug")]
