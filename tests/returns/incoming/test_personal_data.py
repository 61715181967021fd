"""A person's data is handed over and erased when the shop asks for it; the law's part stays."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts import actors
from orders import search
from orders.models import Customer, FulfillmentLine, Order, OrderSource, SourceDelivery
from returns import lifecycle
from returns.incoming import personal_data
from returns.lifecycle import LineRequest
from returns.models import Event, EventType, Return
from returns.refunds import payouts
from tests.factories import UserFactory
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> OrderSource:
    made = OrderSourceFactory()
    told(made, "orders/create", body("shopify_order"))
    told(made, "fulfillments/create", body("shopify_fulfillment"))
    Customer.objects.update(user=UserFactory(email="ada@example.com", name="Ada Winter"))
    return made


def returned(source: OrderSource) -> Return:
    """A return that the buyer asked for, in the buyer's words."""
    parcel = FulfillmentLine.objects.get(order_line__sku="PLATE")
    wish = LineRequest(
        fulfillment_line_id=parcel.pk,
        quantity=1,
        reason="other-reason",
        customer_note="I am Ada and it is ugly",
    )
    buyer = actors.buyer("Ada Winter")
    at = datetime(2026, 10, 10, tzinfo=UTC)
    return lifecycle.request(Order.objects.get(), [wish], actor=buyer, at=at)


def test_everything_about_a_person_is_collected(source: OrderSource) -> None:
    return_ = returned(source)
    delivery = told(source, "customers/data_request", body("shopify_data_request"))
    assert delivery.message == ("To be handed over: 1 customers, 1 orders. Save it as a file.")
    told(source, "customers/data_request", body("shopify_data_request"))
    assert Event.objects.filter(type=EventType.PERSON_DATA_ASKED).count() == 1
    found: Any = personal_data.of_delivery(delivery)
    assert found["customers"][0]["email"] == "ada@example.com"
    assert found["orders"][0]["shipping_address"]["city"] == "Köln"
    assert [line["sku"] for line in found["orders"][0]["lines"]] == ["CUP-SAGE", "PLATE"]
    assert found["returns"][0]["reference"] == return_.reference
    assert found["returns"][0]["lines"][0]["customer_note"] == "I am Ada and it is ugly"


def test_person_with_an_open_return_is_erased_once_it_is_closed(source: OrderSource) -> None:
    return_ = returned(source)
    refused = told(source, "customers/redact", body("shopify_redact"))
    assert (refused.status, return_.reference in refused.message) == ("RECEIVED", True)
    assert Customer.objects.get().name == "Ada Winter"
    lifecycle.cancel(return_, actor=actors.buyer("Ada Winter"))
    done = told(source, "customers/redact", body("shopify_redact"))
    assert (done.status, done.message) == ("APPLIED", "Forgotten: 1 customers, 1 orders.")
    customer, order = Customer.objects.get(), Order.objects.get()
    assert (customer.name, customer.email, customer.tags, customer.user) == ("", "", [], None)
    assert (order.email, order.shipping_address) == ("", {"country": "DE"})
    assert order.payments.get().amount == Decimal("58.90")
    assert return_.lines.get().customer_note == ""
    assert not Event.objects.filter(actor_name="Ada Winter").exists()
    assert Event.objects.filter(order=order, type=EventType.PERSON_ERASED).count() == 1
    assert not search.narrow(Order.objects.all(), "ada@example.com").exists()
    assert not SourceDelivery.objects.filter(body__contains="ada@example.com").exists()


def test_erasing_twice_changes_nothing(source: OrderSource) -> None:
    told(source, "customers/redact", body("shopify_redact"))
    again = told(source, "customers/redact", body("shopify_redact"))
    assert again.status == "APPLIED"
    assert Event.objects.filter(type=EventType.PERSON_ERASED).count() == 1


def test_login_of_a_forgotten_buyer_is_closed_and_that_of_staff_stays(source: OrderSource) -> None:
    user = Customer.objects.get().user
    assert user is not None
    told(source, "customers/redact", body("shopify_redact"))
    user.refresh_from_db()
    assert (user.email, user.name, user.is_active) == (
        f"erased-{user.pk}@erased.invalid",
        "",
        False,
    )


def test_store_credit_that_is_left_keeps_its_owner(source: OrderSource) -> None:
    order = Order.objects.get()
    payouts.refund_order(
        order, actor=actors.system(), key=uuid4(), amount=Decimal(5), to_credit=Decimal(5)
    )
    refused = told(source, "customers/redact", body("shopify_redact"))
    assert refused.status == "RECEIVED"
    assert "store credit" in refused.message


def test_timeline_is_guarded_outside_of_an_erasure(source: OrderSource) -> None:
    returned(source)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(note="")
