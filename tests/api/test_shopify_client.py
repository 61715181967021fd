"""A whole return driven by Shopify's own Python package against a running server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import shopify
from pytest_django.live_server_helper import LiveServer

from accounts import clients
from accounts.models import Scope
from tests.api import mutations, queries
from tests.api.shop import sold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graphql(live_server: LiveServer) -> Iterator[shopify.GraphQL]:
    token = clients.create(name="ShopifyAPI", scopes=Scope.values).token
    shopify.ShopifyResource.set_site(f"{live_server.url}/admin/api/2026-10")
    shopify.ShopifyResource.set_headers({"X-Shopify-Access-Token": token})
    yield shopify.GraphQL()
    shopify.ShopifyResource.clear_session()


def test_return_is_created_sent_processed_and_paid_back(graphql: shopify.GraphQL) -> None:
    shop = sold(2)

    def ask(query: str, **variables: Any) -> Any:
        answer = json.loads(graphql.execute(query, variables=variables))
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        return found

    line = {"fulfillmentLineItemId": shop.lines[0], "quantity": 2, "returnReason": "DEFECTIVE"}
    made = ask(mutations.CREATE, input={"orderId": shop.id, "returnLineItems": [line]})["return"]
    work = made["reverseFulfillmentOrders"]["nodes"][0]
    sent = ask(
        mutations.DELIVER, work=work["id"], lines=[], tracking={"number": "1Z999AA10123456784"}
    )
    assert sent["userErrors"] == []
    disposal = {
        "reverseFulfillmentOrderLineItemId": work["lineItems"]["nodes"][0]["id"],
        "quantity": 2,
        "dispositionType": "RESTOCKED",
        "locationId": shop.location,
    }
    amount = {"amount": "99.80", "currencyCode": "EUR"}
    part = {"parentId": shop.payment, "transactionAmount": amount}
    piece = made["returnLineItems"]["nodes"][0]["id"]
    done = ask(
        mutations.PROCESS,
        input={
            "returnId": made["id"],
            "returnLineItems": [{"id": piece, "quantity": 2, "dispositions": [disposal]}],
            "financialTransfer": {"issueRefund": {"orderTransactions": [part]}},
        },
    )
    assert (done["userErrors"], done["return"]["status"]) == ([], "CLOSED")
    whole = ask(queries.RETURN, id=made["id"])
    assert whole["order"]["returnStatus"] == "RETURNED"
    assert whole["refunds"]["nodes"][0]["totalRefundedSet"] == {"shopMoney": {"amount": "99.8"}}
    assert whole["reverseFulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
