"""A whole return, told by a program: from the order to the money."""

import pytest

from accounts.actors import ActorKind
from returns.models import Event
from tests.api import mutations
from tests.api.conftest import Program
from tests.api.shop import sold

pytestmark = pytest.mark.django_db(transaction=True)

RETURNABLE = """
query ($id: ID!) {
  returnableFulfillments(orderId: $id, first: 10) {
    nodes {
      id
      returnableFulfillmentLineItems(first: 10) {
        nodes { quantity fulfillmentLineItem { id lineItem { title } } }
      }
    }
  }
}
"""
PAYMENTS = "query ($id: ID!) { order(id: $id) { transactions { id kind } } }"


def test_return_from_request_to_refund(program: Program) -> None:
    shop = sold()
    found = program.data(RETURNABLE, id=shop.id)["returnableFulfillments"]["nodes"][0]
    chosen = found["returnableFulfillmentLineItems"]["nodes"][0]
    assert chosen["quantity"] == 2

    asked = program.data(
        mutations.REQUEST,
        input={
            "orderId": shop.id,
            "returnLineItems": [
                {
                    "fulfillmentLineItemId": chosen["fulfillmentLineItem"]["id"],
                    "quantity": 1,
                    "returnReason": "SIZE_TOO_SMALL",
                    "customerNote": "Too small around the shoulders",
                }
            ],
        },
    )["returnRequest"]
    assert asked["userErrors"] == []
    assert (asked["return"]["name"], asked["return"]["status"]) == (
        f"{shop.order.reference}-R1",
        "REQUESTED",
    )

    key = asked["return"]["id"]
    approved = program.data(mutations.APPROVE, id=key)["returnApproveRequest"]
    assert (approved["return"]["status"], approved["userErrors"]) == ("OPEN", [])

    work = program.data(
        """query ($id: ID!) { return(id: $id) {
             returnLineItems(first: 5) { nodes { id processableQuantity customerNote } }
             reverseFulfillmentOrders(first: 5) {
               nodes { id lineItems(first: 5) { nodes { id totalQuantity } } } } } }""",
        id=key,
    )["return"]
    line = work["returnLineItems"]["nodes"][0]
    assert line["processableQuantity"] == 1
    assert line["customerNote"] == "Too small around the shoulders"
    place = work["reverseFulfillmentOrders"]["nodes"][0]
    piece = place["lineItems"]["nodes"][0]

    sent = program.data(
        mutations.DELIVER,
        work=place["id"],
        lines=[],
        tracking={"number": "1Z999AA10123456784"},
        label={"fileUrl": "https://labels.example/1.pdf"},
    )["reverseDeliveryCreateWithShipping"]
    assert sent["userErrors"] == []
    assert sent["reverseDelivery"]["deliverable"] == {
        "tracking": {
            "carrierName": "UPS",
            "number": "1Z999AA10123456784",
            "url": "https://www.ups.com/track?tracknum=1Z999AA10123456784",
        },
        "label": {"publicFileUrl": "https://labels.example/1.pdf"},
    }
    assert sent["reverseDelivery"]["reverseDeliveryLineItems"]["nodes"] == [
        {"quantity": 1, "reverseFulfillmentOrderLineItem": {"id": piece["id"]}}
    ]

    done = program.data(
        mutations.PROCESS,
        input={
            "returnId": key,
            "returnLineItems": [
                {
                    "id": line["id"],
                    "quantity": 1,
                    "dispositions": [
                        {
                            "reverseFulfillmentOrderLineItemId": piece["id"],
                            "quantity": 1,
                            "dispositionType": "RESTOCKED",
                            "locationId": shop.location,
                        }
                    ],
                }
            ],
            "financialTransfer": {
                "issueRefund": {
                    "orderTransactions": [
                        {
                            "parentId": program.data(PAYMENTS, id=shop.id)["order"]["transactions"][
                                0
                            ]["id"],
                            "transactionAmount": {"amount": "49.90", "currencyCode": "EUR"},
                        }
                    ]
                }
            },
        },
    )["returnProcess"]
    assert done["userErrors"] == []
    assert done["return"]["status"] == "CLOSED"
    assert done["return"]["returnLineItems"]["nodes"] == [
        {
            "id": line["id"],
            "processedQuantity": 1,
            "unprocessedQuantity": 0,
            "refundedQuantity": 1,
        }
    ]
    refund = done["return"]["refunds"]["nodes"][0]
    assert refund["totalRefundedSet"] == {"shopMoney": {"amount": "49.9"}}
    assert [(each["kind"], each["status"]) for each in refund["transactions"]["nodes"]] == [
        ("REFUND", "SUCCESS")
    ]
    assert set(Event.objects.values_list("actor_kind", "actor_name")) == {
        (ActorKind.API, "Warehouse app")
    }


def test_pieces_that_are_disposed_of_first_are_processed_afterwards(program: Program) -> None:
    shop = sold(1)
    made = program.data(
        mutations.CREATE,
        input={
            "orderId": shop.id,
            "returnLineItems": [
                {
                    "fulfillmentLineItemId": shop.lines[0],
                    "quantity": 1,
                    "returnReason": "DEFECTIVE",
                }
            ],
        },
    )["returnCreate"]["return"]
    piece = made["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]
    disposal = {
        "reverseFulfillmentOrderLineItemId": piece["id"],
        "quantity": 1,
        "dispositionType": "NOT_RESTOCKED",
    }
    disposed = program.data(mutations.DISPOSE, inputs=[disposal])
    assert disposed["reverseFulfillmentOrderDispose"]["userErrors"] == []
    line = made["returnLineItems"]["nodes"][0]
    between = program.data(
        """query ($id: ID!) { return(id: $id) { status returnLineItems(first: 1) {
             nodes { processedQuantity processableQuantity unprocessedQuantity } } } }""",
        id=made["id"],
    )["return"]
    assert between == {
        "status": "OPEN",
        "returnLineItems": {
            "nodes": [{"processedQuantity": 0, "processableQuantity": 1, "unprocessedQuantity": 1}]
        },
    }

    asked = {"returnId": made["id"], "returnLineItems": [{"id": line["id"], "quantity": 1}]}
    done = program.data(mutations.PROCESS, input=asked)["returnProcess"]
    assert (done["userErrors"], done["return"]["status"]) == ([], "CLOSED")

    again = program.data(mutations.PROCESS, input=asked)["returnProcess"]
    assert again == {
        "return": None,
        "userErrors": [
            {
                "field": ["input", "returnId"],
                "message": "Return status is invalid.",
                "code": "INVALID_STATE",
            }
        ],
    }
