"""Buyers: one signed in, one a guest."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from orders.models import Customer, FulfillmentLine, Order
from storefront.access import OPENED
from tests.factories import CustomerFactory, UserFactory

Guest = Callable[..., Client]


@pytest.fixture
def customer(db: None) -> Customer:
    """A customer with a login, Ada Winter."""
    user: User = UserFactory(email="ada@example.com", name="Ada Winter")
    made: Customer = CustomerFactory(email="ada@example.com", user=user)
    return made


@pytest.fixture
def ada(customer: Customer) -> Client:
    """A browser in which that customer is signed in."""
    client = Client()
    assert customer.user is not None
    client.force_login(customer.user)
    return client


@pytest.fixture
def guest(db: None) -> Guest:
    """Return a function that gives a browser in which these orders were opened with a code."""

    def opened(*orders: Order) -> Client:
        client = Client()
        session = client.session
        session[OPENED] = [order.pk for order in orders]
        session.save()
        return client

    return opened


def parcels_of(order: Order) -> list[FulfillmentLine]:
    """Return an order's fulfilment lines, as their lines are in the order."""
    found = FulfillmentLine.objects.filter(fulfillment__order=order)
    return list(found.select_related("order_line").order_by("order_line__position"))


def answers(parcel: FulfillmentLine, *, note: str = "", **said: object) -> dict[str, object]:
    """Return what a browser sends when this item is chosen: one piece that is too small."""
    said = {"quantity": 1, "reason": "too-small", "note": note, **said}
    return {
        "selected": [str(parcel.pk)],
        **{f"item-{parcel.pk}-{name}": value for name, value in said.items()},
    }
