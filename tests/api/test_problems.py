"""What is wrong with a mutation: field, message and code as the contract names them."""

from typing import Any

import pytest

from returns.models import Return
from tests.api import mutations
from tests.api.conftest import Program
from tests.api.shop import Sold, gid, sold

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = gid("Return", 999_999)
STATE = "Return status is invalid."


def error(field: list[str] | None, message: str, code: str | None) -> dict[str, Any]:
    return {"field": field, "message": message, "code": code}


def line(shop: Sold, index: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "fulfillmentLineItemId": shop.lines[index],
        "quantity": 1,
        "returnReason": "STYLE",
        **more,
    }


def made(program: Program, shop: Sold, *, requested: bool = False, **more: Any) -> dict[str, Any]:
    """Return a new return, as returnCreate or returnRequest tell it."""
    asked = {"orderId": shop.id, "returnLineItems": [line(shop, **more)]}
    if requested:
        answer = program.data(mutations.REQUEST, input=asked)["returnRequest"]
    else:
        answer = program.data(mutations.CREATE, input=asked)["returnCreate"]
    assert answer["userErrors"] == []
    found: dict[str, Any] = answer["return"]
    return found


def refused(program: Program, query: str, **variables: Any) -> list[dict[str, Any]]:
    """Return what is wrong with a mutation; it must have made nothing."""
    (answer,) = program.data(query, **variables).values()
    told: list[dict[str, Any]] = answer.pop("userErrors")
    assert set(answer.values()) == {None}
    return told


@pytest.mark.parametrize(
    ("query", "name", "place"),
    [
        (mutations.APPROVE, "id", ["input", "id"]),
        (mutations.CANCEL, "id", ["id"]),
        (mutations.CLOSE, "id", ["id"]),
        (mutations.REOPEN, "id", ["id"]),
    ],
)
def test_unknown_return(program: Program, query: str, name: str, place: list[str]) -> None:
    told = [error(place, "Return not found.", "NOT_FOUND")]
    assert refused(program, query, **{name: UNKNOWN}) == told


def test_unknown_return_in_inputs(program: Program) -> None:
    told = [error(["input", "returnId"], "Return not found.", "NOT_FOUND")]
    assert refused(program, mutations.PROCESS, input={"returnId": UNKNOWN}) == told
    told = [error(["returnId"], "Return not found.", "NOT_FOUND")]
    assert refused(program, mutations.REMOVE, id=UNKNOWN, lines=[]) == told
    told = [error(["input", "id"], "Return not found.", "NOT_FOUND")]
    asked = {"id": UNKNOWN, "declineReason": "OTHER"}
    assert refused(program, mutations.DECLINE, input=asked) == told


def test_moves_that_the_state_does_not_allow(program: Program) -> None:
    shop = sold()
    open_ = made(program, shop)["id"]
    told = "Return is not approvable. Only returns with status REQUESTED can be approved."
    place = ["input", "id"]
    assert refused(program, mutations.APPROVE, id=open_) == [error(place, told, "INVALID_STATE")]
    told = (
        "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined."
    )
    asked = {"id": open_, "declineReason": "OTHER"}
    assert refused(program, mutations.DECLINE, input=asked) == [error(place, told, "INVALID_STATE")]

    requested = made(program, shop, requested=True)["id"]
    for query in (mutations.CLOSE, mutations.REOPEN):
        assert refused(program, query, id=requested) == [error(["id"], STATE, "INVALID_STATE")]
    told = "Return is not cancelable."
    assert refused(program, mutations.CANCEL, id=requested) == [
        error(["id"], told, "INVALID_STATE")
    ]
    asked = {"id": requested, "declineReason": "FINAL_SALE", "declineNote": "Sold as is"}
    declined = program.data(mutations.DECLINE, input=asked)["returnDeclineRequest"]
    assert declined["return"]["decline"] == {"reason": "FINAL_SALE", "note": "Sold as is"}
    told = "The return is already declined."
    assert refused(program, mutations.DECLINE, input=asked) == [error(place, told, "INVALID_STATE")]


def test_same_move_again_changes_nothing(program: Program) -> None:
    key = made(program, sold())["id"]
    first = program.data(mutations.CLOSE, id=key)["returnClose"]
    assert (first["return"]["status"], first["userErrors"]) == ("CLOSED", [])
    assert program.data(mutations.CLOSE, id=key)["returnClose"] == first
    told = [error(["returnId"], STATE, "INVALID_STATE")]
    lines = [{"returnLineItemId": gid("ReturnLineItem", 1), "quantity": 1}]
    assert refused(program, mutations.REMOVE, id=key, lines=lines) == told
    opened = program.data(mutations.REOPEN, id=key)["returnReopen"]
    assert (opened["return"]["status"], opened["return"]["closedAt"]) == ("OPEN", None)
    assert program.data(mutations.REOPEN, id=key)["returnReopen"] == opened
    canceled = program.data(mutations.CANCEL, id=key)["returnCancel"]
    assert (canceled["return"]["status"], canceled["return"]["closedAt"]) == ("CANCELED", None)
    assert program.data(mutations.CANCEL, id=key)["returnCancel"] == canceled


@pytest.mark.parametrize(
    ("change", "query", "root", "place", "message", "code"),
    [
        (
            {"quantity": 3},
            mutations.CREATE,
            "returnInput",
            ["quantity"],
            "Return line item has an invalid quantity.",
            "INVALID",
        ),
        (
            {"quantity": 3},
            mutations.REQUEST,
            "input",
            ["quantity"],
            "Return line item has an invalid quantity.",
            "INVALID",
        ),
        (
            {"fulfillmentLineItemId": gid("FulfillmentLineItem", 999_999)},
            mutations.CREATE,
            "returnInput",
            ["fulfillmentLineItemId"],
            "Fulfillment Line Item was not found.",
            "NOT_FOUND",
        ),
        (
            {"returnReason": None},
            mutations.CREATE,
            "returnInput",
            [],
            "Return line items Either return reason or return reason definition must be provided",
            "NOT_FOUND",
        ),
        (
            {"returnReason": None},
            mutations.REQUEST,
            "input",
            ["returnReason"],
            "Return reason can't be blank",
            "BLANK",
        ),
        (
            {"returnReason": "OTHER"},
            mutations.CREATE,
            "returnInput",
            ["returnReasonNote"],
            'Return line items return reason note The note is required when the return reason is "Other"',  # noqa: E501
            "BLANK",
        ),
    ],
)
def test_wrong_line_refuses_all(
    program: Program,
    change: dict[str, Any],
    query: str,
    root: str,
    place: list[str],
    message: str,
    code: str,
) -> None:
    shop = sold()
    asked = {"orderId": shop.id, "returnLineItems": [line(shop, 1), {**line(shop), **change}]}
    told = [error([root, "returnLineItems", "1", *place], message, code)]
    assert refused(program, query, input=asked) == told
    assert not Return.objects.exists()


def test_other_reason_without_note_can_be_requested(program: Program) -> None:
    assert made(program, sold(), requested=True, returnReason="OTHER")["status"] == "REQUESTED"


def test_unknown_reason_and_fees_are_kept(program: Program) -> None:
    shop = sold()
    asked = {
        "orderId": shop.id,
        "returnLineItems": [
            line(shop, returnReason="UNKNOWN", restockingFee={"percentage": 10}),
        ],
        "returnShippingFee": {"amount": {"amount": 3.5, "currencyCode": "EUR"}},
    }
    answer = program.data(mutations.CREATE, input=asked)["returnCreate"]["return"]
    assert answer["returnLineItems"]["nodes"][0]["returnReason"] == "UNKNOWN"
    assert answer["returnLineItems"]["nodes"][0]["restockingFee"] == {
        "percentage": 10.0,
        "amountSet": {"shopMoney": {"amount": "4.99"}},
    }
    assert answer["returnShippingFees"] == [
        {"amountSet": {"shopMoney": {"amount": "3.5", "currencyCode": "EUR"}}}
    ]
    assert answer["order"] == {"returnStatus": "IN_PROGRESS"}


def test_wrong_pieces_are_not_taken_out(program: Program) -> None:
    shop = sold()
    found = made(program, shop)
    piece = found["returnLineItems"]["nodes"][0]["id"]
    asked = [{"returnLineItemId": piece, "quantity": 0}]
    told = [error(None, "Quantity must be greater than 0", "GREATER_THAN")]
    assert refused(program, mutations.REMOVE, id=found["id"], lines=asked) == told
    asked = [{"returnLineItemId": piece, "quantity": 9}]
    (wrong,) = refused(program, mutations.REMOVE, id=found["id"], lines=asked)
    assert (wrong["field"], wrong["code"]) == (["returnLineItems", "0", "quantity"], "INVALID")
    asked = [{"returnLineItemId": piece, "quantity": 1}]
    gone = program.data(mutations.REMOVE, id=found["id"], lines=asked)["removeFromReturn"]["return"]
    assert (gone["status"], gone["totalQuantity"]) == ("CLOSED", 0)


def test_unknown_line_is_not_processed(program: Program) -> None:
    found = made(program, sold())
    asked = {
        "returnId": found["id"],
        "returnLineItems": [{"id": gid("ReturnLineItem", 999_999), "quantity": 1}],
    }
    place = ["input", "returnLineItems", "0", "id"]
    told = [error(place, "Return line item was not found.", "NOT_FOUND")]
    assert refused(program, mutations.PROCESS, input=asked) == told


def test_money_that_is_not_there_undoes_the_processing(program: Program) -> None:
    shop = sold()
    found = made(program, shop)
    amount = {"amount": "999.0", "currencyCode": "EUR"}
    parts = [{"parentId": shop.payment, "transactionAmount": amount}]
    asked = {
        "returnId": found["id"],
        "returnLineItems": [{"id": found["returnLineItems"]["nodes"][0]["id"], "quantity": 1}],
        "financialTransfer": {"issueRefund": {"orderTransactions": parts}},
    }
    (told,) = refused(program, mutations.PROCESS, input=asked)
    assert (told["field"], told["code"]) == (
        ["input", "financialTransfer", "issueRefund"],
        "GREATER_THAN",
    )
    assert Return.objects.get().processed_quantity == 0


def work_of(found: dict[str, Any]) -> tuple[str, str]:
    work = found["reverseFulfillmentOrders"]["nodes"][0]
    return work["id"], work["lineItems"]["nodes"][0]["id"]


def test_wrong_parcels(program: Program) -> None:
    shop = sold()
    work, piece = work_of(made(program, shop))
    other = work_of(made(program, shop))[1]
    place = "reverseDeliveryLineItems"

    def told(asked: list[dict[str, Any]], work: str = work) -> list[dict[str, Any]]:
        return refused(program, mutations.DELIVER, work=work, lines=asked)

    unknown = gid("ReverseFulfillmentOrder", 999_999)
    words = "Reverse fulfillment order was not found."
    assert told([], unknown) == [error(["reverseFulfillmentOrderId"], words, "NOT_FOUND")]
    name = "reverseFulfillmentOrderLineItemId"
    for strange in (other, gid("ReverseFulfillmentOrderLineItem", 999_999)):
        assert told([{name: strange, "quantity": 1}]) == [
            error([place, "0", name], "must exist", None)
        ]
    words = "cannot deliver more items than are returned"
    assert told([{name: piece, "quantity": 2}]) == [error([place, "0", "quantity"], words, None)]
    twice = [{name: piece, "quantity": 1}] * 2
    assert told(twice) == [error([place, "1", "quantity"], words, None)]
    unknown = gid("ReverseDelivery", 999_999)
    words = "Reverse delivery was not found."
    assert refused(program, mutations.UPDATE_DELIVERY, id=unknown) == [
        error(["reverseDeliveryId"], words, "NOT_FOUND")
    ]


def test_wrong_dispositions(program: Program) -> None:
    shop = sold()
    _work, piece = work_of(made(program, shop))
    other = work_of(made(program, shop))[1]

    def disposal(piece: str, **more: Any) -> dict[str, Any]:
        name = "reverseFulfillmentOrderLineItemId"
        return {name: piece, "quantity": 1, "dispositionType": "NOT_RESTOCKED", **more}

    def told(*asked: dict[str, Any]) -> list[dict[str, Any]]:
        return refused(program, mutations.DISPOSE, inputs=list(asked))

    place = ["dispositionInputs"]
    assert told() == [error(place, "The array cannot be empty.", "BLANK")]
    words = "Cannot dispose items from more than one reverse fulfillment order."
    assert told(disposal(piece), disposal(other)) == [error(place, words, "INVALID")]
    strange = gid("ReverseFulfillmentOrderLineItem", 999_999)
    assert told(disposal(strange)) == [error(place, words, "INVALID")]
    nowhere = gid("Location", 999_999)
    assert told(disposal(piece, dispositionType="RESTOCKED", locationId=nowhere)) == [
        error([*place, "0", "locationId"], "Location not found.", "NOT_FOUND")
    ]
    (wrong,) = told(disposal(piece, quantity=2))
    assert (wrong["field"], wrong["code"]) == ([*place, "0", "quantity"], "INVALID")
    shop.order.lines.update(variant=None)
    words = "RESTOCKED is an invalid disposition type for a custom line item."
    assert told(disposal(piece, dispositionType="RESTOCKED", locationId=shop.location)) == [
        error([*place, "0", "dispositionType"], words, "INVALID")
    ]


def test_refund_of_a_return(program: Program) -> None:
    shop = sold()
    found = made(program, shop)
    piece = found["returnLineItems"]["nodes"][0]["id"]
    amount = {"amount": "20", "currencyCode": "EUR"}
    asked = {
        "returnId": found["id"],
        "returnRefundLineItems": [{"returnLineItemId": piece, "quantity": 1}],
        "orderTransactions": [{"parentId": shop.payment, "transactionAmount": amount}],
    }
    paid = program.data(mutations.REFUND, input=asked)["returnRefund"]
    assert paid["userErrors"] == []
    assert paid["refund"]["totalRefundedSet"] == {"shopMoney": {"amount": "20.0"}}
    assert paid["refund"]["return"] == {"id": found["id"]}
    (wrong,) = refused(program, mutations.REFUND, input=asked)
    assert (wrong["field"], wrong["code"]) == (
        ["returnRefundInput", "returnRefundLineItems", "0", "quantity"],
        "INVALID",
    )
