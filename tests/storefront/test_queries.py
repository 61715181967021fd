"""How many statements each page takes, with session and user, whatever it shows.

One more on every whole page is for the link to withdraw from a contract; `statements` leaves it out
and sees to it that it is one.
"""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actors
from orders.models import Customer, Order
from returns import lifecycle
from returns.lifecycle import LineRequest, Receipt
from returns.models import Return
from returns.refunds import payouts
from tests.factories import ReturnPolicyFactory, sent_order
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db


def statements(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    links = [query for query in queries if "returns_withdrawalfunction" in query["sql"]]
    assert len(links) == 1
    return len(queries) - 1


def returned(order: Order, *, approved: bool = True) -> Return:
    """Return every line of an order, and approve it unless told not to."""
    wishes = [
        LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        for parcel in parcels_of(order)
    ]
    return_ = lifecycle.request(order, wishes, actor=actors.buyer("Ada"))
    return lifecycle.approve(return_, actor=actors.system()) if approved else return_


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "number"), [("home", 7), ("orders", 5), ("returns", 4)])
def test_lists_take_few_statements(
    ada: Client, customer: Customer, name: str, number: int, count: int
) -> None:
    for _number in range(count):
        returned(sent_order(*[1] * count, customer=customer))
    assert statements(ada, reverse(f"storefront:{name}")) == number


@pytest.mark.parametrize("count", [1, 3])
def test_order_takes_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = sent_order(*[2] * count, customer=customer)
    for _number in range(2):
        returned(order)
    assert statements(ada, reverse("storefront:order", args=[order.public_id])) == 8


@pytest.mark.parametrize("count", [1, 3])
def test_start_takes_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = sent_order(*[2] * count, customer=customer, shipping_amount=5)
    url = reverse("storefront:start_return", args=[order.public_id])
    assert statements(ada, url) == 7
    review_url = ada.post(url, answers(parcels_of(order)[0])).headers["Location"]
    assert statements(ada, review_url) == 9
    key = review_url.rstrip("/").split("/")[-1]
    assert statements(ada, f"{url}?draft={key}") == 9


@pytest.mark.parametrize("count", [1, 3])
def test_estimate_takes_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = sent_order(*[2] * count, customer=customer, shipping_amount=5)
    url = reverse("storefront:estimate", args=[order.public_id])
    said = answers(parcels_of(order)[0])
    with CaptureQueriesContext(connection) as queries:
        ada.post(url, said)
    assert len(queries) == 8


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("auto_approve", "number"), [(False, 16), (True, 19)])
def test_sending_takes_few_statements(
    ada: Client, customer: Customer, auto_approve: bool, number: int, count: int
) -> None:
    """With fees too, and with the statements that open and end transactions."""
    order = sent_order(*[1] * count, customer=customer)
    policy = ReturnPolicyFactory(
        store=order.store, restocking_fee_percent=5, auto_approve=auto_approve
    )
    order.return_terms = policy.terms.to_json()
    order.save()
    said: dict[str, object] = {}
    for parcel in parcels_of(order):
        said |= answers(parcel)
    said["selected"] = [parcel.pk for parcel in parcels_of(order)]
    url = reverse("storefront:start_return", args=[order.public_id])
    review_url = ada.post(url, said).headers["Location"]
    with CaptureQueriesContext(connection) as queries:
        assert ada.post(review_url).status_code == 302
    assert len(queries) == number
    assert Return.objects.get().total_quantity == count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("name", "number"), [("return", 9), ("return_done", 4), ("cancel_return", 3)]
)
def test_return_takes_few_statements(
    ada: Client,
    customer: Customer,
    name: str,
    number: int,
    count: int,
) -> None:
    return_ = returned(sent_order(*[1] * count, customer=customer, shipping_amount=5))
    assert statements(ada, reverse(f"storefront:{name}", args=[return_.public_id])) == number


@pytest.mark.parametrize("count", [1, 3])
def test_return_paid_back_in_part_takes_few_statements(
    ada: Client, customer: Customer, count: int
) -> None:
    return_ = returned(sent_order(*[1] * (count + 1), customer=customer, shipping_amount=5))
    received = list(return_.lines.all())[:count]
    receipts = [Receipt(line_id=line.pk, quantity=1) for line in received]
    lifecycle.process(return_, actor=actors.system(), receipts=receipts)
    payouts.refund(return_, actor=actors.system(), key=uuid4())

    assert statements(ada, reverse("storefront:return", args=[return_.public_id])) == 9
