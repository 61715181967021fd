"""The buyer's side: only their own orders, by the same verb as the pages of the shop."""

from typing import Any

import pytest
from django.test import Client

from accounts.actors import ActorKind
from returns.models import Event, Return
from tests.api.shop import Sold, gid, sold
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/customer/api/2026-10/graphql"
INFORMATION = """
query ($id: ID!) {
  order(id: $id) {
    name
    returnInformation {
      hasRestockingFee hasReturnShippingFee returnShippingMethods
      returnableLineItems(first: 5) { nodes { quantity lineItem { id } } }
      nonReturnableLineItems(first: 5) {
        nodes { quantity quantityDetails { quantity reasonCode } }
      }
      nonReturnableSummary { nonReturnableReasons }
    }
  }
}
"""
REQUEST = """
mutation ($id: ID!, $lines: [RequestedLineItemInput!]!) {
  orderRequestReturn(orderId: $id, requestedLineItems: $lines) {
    return { id name status returnLineItems(first: 5) { nodes { quantity lineItem { id } } } }
    userErrors { field message code }
  }
}
"""


@pytest.fixture
def shop(db: None) -> Sold:
    return sold(2, 1)


@pytest.fixture
def buyer(shop: Sold) -> Client:
    customer = shop.order.customer
    assert customer is not None
    customer.user = UserFactory(email=customer.email, roles=[])
    customer.save(update_fields=["user"])
    client = Client()
    client.force_login(customer.user)
    return client


def ask(client: Client, query: str, **variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer: dict[str, Any] = client.post(ADDRESS, body, content_type="application/json").json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def lines(shop: Sold) -> list[str]:
    return [gid("LineItem", row.pk) for row in shop.order.lines.order_by("position")]


def test_buyer_reads_what_may_go_back_and_asks_for_it(shop: Sold, buyer: Client) -> None:
    two, one = lines(shop)
    asked = [{"lineItemId": two, "quantity": 1, "returnReason": "STYLE"}]
    made = ask(buyer, REQUEST, id=shop.id, lines=asked)["orderRequestReturn"]
    assert made["userErrors"] == []
    assert made["return"]["status"] == "REQUESTED"
    assert made["return"]["returnLineItems"]["nodes"] == [{"quantity": 1, "lineItem": {"id": two}}]
    assert Event.objects.get().actor_kind == ActorKind.BUYER

    found = ask(buyer, INFORMATION, id=shop.id)["order"]["returnInformation"]
    assert found == {
        "hasRestockingFee": False,
        "hasReturnShippingFee": False,
        "returnShippingMethods": ["CUSTOMER_PROVIDED_LABEL"],
        "returnableLineItems": {
            "nodes": [
                {"quantity": 1, "lineItem": {"id": two}},
                {"quantity": 1, "lineItem": {"id": one}},
            ]
        },
        "nonReturnableLineItems": {
            "nodes": [
                {"quantity": 1, "quantityDetails": [{"quantity": 1, "reasonCode": "RETURNED"}]}
            ]
        },
        "nonReturnableSummary": {"nonReturnableReasons": ["RETURNED"]},
    }


def test_wrong_requests_make_nothing(shop: Sold, buyer: Client) -> None:
    two, _one = lines(shop)

    def told(**line: Any) -> dict[str, Any]:
        asked = [{"lineItemId": two, "quantity": 1, "returnReason": "STYLE", **line}]
        made = ask(buyer, REQUEST, id=shop.id, lines=asked)["orderRequestReturn"]
        assert made["return"] is None
        error: dict[str, Any] = made["userErrors"][0]
        return error

    place = ["requestedLineItems", "0"]
    assert told(quantity=3)["field"] == [*place, "quantity"]
    assert told(lineItemId=gid("LineItem", 999_999))["code"] == "NOT_FOUND"
    assert told(returnReason=None)["field"] == [*place, "returnReasonDefinitionId"]
    assert told(customerNote="x" * 301)["code"] == "TOO_LONG"
    assert not Return.objects.exists()


def test_return_is_calculated_by_order_line(shop: Sold, buyer: Client) -> None:
    query = """query ($input: CalculateReturnInput!) { returnCalculate(input: $input) {
      financialSummary { returnTotalSet { shopMoney { amount } } } } }"""
    two, _one = lines(shop)
    asked = {"orderId": shop.id, "returnLineItems": [{"lineItemId": two, "quantity": 2}]}
    found = ask(buyer, query, input=asked)["returnCalculate"]["financialSummary"]
    assert found == {"returnTotalSet": {"shopMoney": {"amount": "-99.8"}}}


def test_orders_of_others_are_not_there(shop: Sold) -> None:
    stranger = Client()
    stranger.force_login(UserFactory(roles=[]))
    assert ask(stranger, INFORMATION, id=shop.id) == {"order": None}
    made = ask(stranger, REQUEST, id=shop.id, lines=[])["orderRequestReturn"]
    assert made["userErrors"][0] == {
        "field": ["orderId"],
        "message": "Order not found.",
        "code": "NOT_FOUND",
    }
    asked = {"orderId": shop.id, "returnLineItems": []}
    query = """query ($input: CalculateReturnInput!) { returnCalculate(input: $input) {
      financialSummary { returnTotalSet { shopMoney { amount } } } } }"""
    assert ask(stranger, query, input=asked) == {"returnCalculate": None}


def test_strangers_and_forged_requests_are_refused(shop: Sold) -> None:
    body = {"query": "{ customer { displayName } }"}
    assert Client().post(ADDRESS, body, content_type="application/json").status_code == 401
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(UserFactory(roles=[]))
    assert careful.post(ADDRESS, body, content_type="application/json").status_code == 403
