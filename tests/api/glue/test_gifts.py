"""What the giver of a gift and who canceled pieces see of them as items."""

from typing import Any
from urllib.parse import quote

import pytest

from orders.models import Order
from returns import lifecycle
from tests.api.glue.conftest import Storefront
from tests.returns.cancels import ask, waiting
from tests.returns.giving import SYSTEM, give_back, given
from tests.returns.stories import received

pytestmark = pytest.mark.django_db


def attributes(shop: Storefront, order: Order) -> dict[str, Any]:
    document = shop.document(f"/orders/{quote(order.reference)}")
    found: dict[str, Any] = document["data"]["attributes"]
    return found


@pytest.mark.parametrize("came_back", [False, True])
def test_giver_learns_only_that_a_piece_cannot_go_back(shop: Storefront, came_back: bool) -> None:
    code = given(2, customer=shop.customer)
    return_ = give_back(code, 1)
    if came_back:
        received(lifecycle.approve(return_, actor=SYSTEM))

    found = attributes(shop, code.order)

    keys = ("state", "isReturnable", "notReturnableReasons")
    assert [tuple(item[key] for key in keys) for item in found["items"]] == [
        ("delivered", False, ["Cannot be returned"]),
        ("delivered", True, []),
    ]
    assert found["totals"]["remunerationTotal"] == 0
    assert shop.document("/returns")["data"] == []
    assert shop.get(f"/returns/{quote(return_.reference)}").status_code == 404


def test_giver_cannot_ask_for_the_piece(shop: Storefront) -> None:
    code = given(2, customer=shop.customer)
    give_back(code, 1)
    items = attributes(shop, code.order)["items"]

    refused, taken = (shop.ask(code.order, item["uuid"]) for item in items)

    assert (refused.status_code, taken.status_code) == (422, 201)
    assert [each["code"] for each in refused.json()["errors"]] == ["3601"]


def test_canceled_pieces_are_canceled_items(shop: Storefront) -> None:
    order = waiting(3, customer=shop.customer, shipping_amount=5)
    ask(order, 2)

    found = attributes(shop, order)

    keys = ("state", "canceledAmount", "refundableAmount")
    assert [tuple(item[key] for key in keys) for item in found["items"]] == [
        ("paid", 0, 1000),
        ("canceled", 1000, 0),
        ("canceled", 1000, 0),
    ]
    assert (found["totals"]["grandTotal"], found["totals"]["canceledTotal"]) == (3500, 2000)
