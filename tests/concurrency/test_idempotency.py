"""The same mutation sent twice at once is done once."""

from typing import Any

import pytest
from django.test import Client

from accounts import clients
from accounts.models import Scope
from api.models import IdempotencyKey
from returns.models import Refund
from tests.api.shop import gid, sold
from tests.concurrency.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

REFUND = """
mutation ($input: RefundInput!) {
  refundCreate(input: $input) @idempotent(key: "once") { refund { id } userErrors { message } }
}
"""


def test_one_key_pays_back_once() -> None:
    shop = sold(2)
    token = clients.create(name="ERP", scopes=Scope.values).token
    part = {
        "orderId": shop.id,
        "kind": "REFUND",
        "gateway": "manual",
        "amount": "10",
        "parentId": shop.payment,
    }
    line = {"lineItemId": gid("LineItem", shop.order.lines.get().pk), "quantity": 1}
    asked = {"orderId": shop.id, "refundLineItems": [line], "transactions": [part]}

    def send() -> Any:
        body = {"query": REFUND, "variables": {"input": asked}}
        answer = Client(headers={"X-Shopify-Access-Token": token}).post(
            "/admin/api/2026-10/graphql.json", body, content_type="application/json"
        )
        return answer.json()

    answers = together(*[send] * 4)
    assert Refund.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1
    paid = gid("Refund", Refund.objects.get().pk)
    for answer in answers:
        if "errors" in answer:
            assert answer["errors"][0]["extensions"] == {"code": "IDEMPOTENCY_CONCURRENT_REQUEST"}
        else:
            assert answer["data"]["refundCreate"] == {"refund": {"id": paid}, "userErrors": []}
    assert any("errors" not in answer for answer in answers)
    assert send()["data"]["refundCreate"]["refund"] == {"id": paid}
