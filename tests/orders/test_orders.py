"""Whose order it is."""

import pytest

from orders.models import Order
from tests.factories import CustomerFactory, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_orders_of_user_are_of_all_their_customers_and_guest_orders_with_their_address() -> None:
    user = UserFactory(email="ada@example.com")
    own = [OrderFactory(customer=CustomerFactory(user=user)) for _number in range(2)]
    guest = OrderFactory(customer=None, guest_email="ada@Example.com")
    OrderFactory(customer=None, guest_email="eve@example.com")
    OrderFactory(customer=CustomerFactory(email="ada@example.com", user=UserFactory()))
    found = Order.objects.of_user(user.pk, user.email)
    assert set(found) == {*own, guest}


def test_orders_of_user_keep_the_filters_before() -> None:
    user = UserFactory()
    first, _second = (OrderFactory(customer=CustomerFactory(user=user)) for _number in range(2))
    found = Order.objects.filter(reference=first.reference).of_user(user.pk, user.email)
    assert list(found) == [first]
