"""Big reads: what they answer, and how many statements they take."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from returns.models import Return
from tests.api import queries
from tests.api.conftest import Program
from tests.api.shop import gid, returned, sold

pytestmark = pytest.mark.django_db


def counted(act: Callable[[], Any]) -> tuple[Any, int]:
    with CaptureQueriesContext(connection) as statements:
        answer = act()
    return answer, len(statements)


@pytest.mark.parametrize("lines", [1, 3])
def test_whole_return_takes_the_same_statements_however_many_lines(
    program: Program, lines: int
) -> None:
    key = gid("Return", returned(*[1] * lines).pk)
    answer, count = counted(lambda: program.data(queries.RETURN, id=key))
    assert len(answer["return"]["returnLineItems"]["nodes"]) == lines
    assert count == 16


@pytest.mark.parametrize("orders", [1, 3, 50])
def test_list_of_orders_takes_the_same_statements_however_many(
    program: Program, orders: int
) -> None:
    for _each in range(orders):
        returned(1)
    answer, count = counted(lambda: program.data(queries.LIST, query="return_status:in_progress"))
    assert len(answer["orders"]["nodes"]) == orders
    assert answer["orders"]["nodes"][0]["returns"]["nodes"][0]["returnLineItems"]["nodes"]
    assert count == 6


def test_create_takes_few_statements(program: Program) -> None:
    shop = sold(1)
    line = {"fulfillmentLineItemId": shop.lines[0], "quantity": 1, "returnReason": "STYLE"}
    query = """mutation ($input: ReturnInput!) {
      returnCreate(returnInput: $input) { return { id status } userErrors { message } } }"""
    asked = {"orderId": shop.id, "returnLineItems": [line]}
    answer, count = counted(lambda: program.data(query, input=asked))
    assert answer["returnCreate"]["userErrors"] == []
    assert count == 17


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["#A1", "#B2", "#C3"]),
        ("name:A1", ["#A1"]),
        ("name:#A1 OR name:B2", ["#A1", "#B2"]),
        ("name:#A1 OR name:B2 AND return_status:returned", ["#A1"]),
        ("(name:#A1 OR name:B2) AND NOT name:B2", ["#A1"]),
        ("-name:A1", ["#B2", "#C3"]),
        ("return_status:in_progress", ["#A1"]),
        ("return_status:no_return", ["#B2", "#C3"]),
        ("created_at:>2020-01-01", ["#A1", "#B2", "#C3"]),
        ("created_at:<'2020-01-01T00:00:00Z'", []),
        ("created_at:nonsense", []),
        ("status:open", ["#A1", "#B2", "#C3"]),
        ("email:nobody@example.com", []),
        ("((((", ["#A1", "#B2", "#C3"]),
        ('name:"', []),
        ("id:99999999999999999999", []),
    ],
)
def test_orders_are_found_by_shopifys_search(
    program: Program, query: str, found: list[str]
) -> None:
    kept = returned(1).order
    rows = [kept, sold(1).order, sold(1).order]
    for row, name in zip(rows, ["#A1", "#B2", "#C3"], strict=True):
        Order.objects.filter(pk=row.pk).update(reference=name)
    answer = program.data(
        "query ($query: String) {"
        " orders(first: 9, sortKey: ID, query: $query) { nodes { name } } }",
        query=query,
    )
    assert [row["name"] for row in answer["orders"]["nodes"]] == found


PAGE = """
query ($first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean) {
  orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def test_pages_go_forward_and_back(program: Program) -> None:
    keys = [sold(1).id for _each in range(5)]

    def page(**asked: Any) -> tuple[list[str], dict[str, Any]]:
        found = program.data(PAGE, **asked)["orders"]
        return [row["id"] for row in found["nodes"]], found["pageInfo"]

    first, info = page(first=2)
    assert (first, info["hasNextPage"], info["hasPreviousPage"]) == (keys[:2], True, False)
    second, info = page(first=2, after=info["endCursor"])
    assert (second, info["hasNextPage"], info["hasPreviousPage"]) == (keys[2:4], True, True)
    assert page(last=2, before=info["startCursor"])[0] == keys[:2]
    assert page(last=2)[0] == keys[3:]
    assert page(first=2, reverse=True)[0] == [keys[4], keys[3]]
    third, info = page(first=2, after=info["endCursor"])
    assert (third, info["hasNextPage"]) == (keys[4:], False)


def test_nodes_are_found_by_one_statement_per_type(program: Program) -> None:
    one, two = returned(1), returned(1)
    ids = [
        gid("Return", two.pk),
        gid("Order", one.order_id),
        gid("Return", one.pk),
        gid("Order", 0),
    ]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer, count = counted(lambda: program.data(query, ids=ids))
    assert [row and row["id"] for row in answer["nodes"]] == [*ids[:3], None]
    assert count == 4


def test_reasons_have_the_ids_of_shopifys_library(program: Program) -> None:
    query = """{ returnReasonDefinitions(first: 10) { nodes { id handle deleted } } }"""
    nodes = program.data(query)["returnReasonDefinitions"]["nodes"]
    assert [row["handle"] for row in nodes[:6]] == [
        "unknown",
        "changed-my-mind",
        "item-not-as-described",
        "received-the-wrong-item",
        "other-reason",
        "damaged-or-defective",
    ]
    assert {row["deleted"] for row in nodes} == {False}


def test_return_is_calculated_before_it_exists(program: Program) -> None:
    shop = sold(2)
    query = """query ($input: CalculateReturnInput!) { returnCalculate(input: $input) {
      returnShippingFee { amountSet { shopMoney { amount } } }
      exchangeLineItems { quantity }
      returnLineItems { quantity subtotalSet { shopMoney { amount } }
        totalTaxSet { shopMoney { amount } }
        restockingFee { percentage amountSet { shopMoney { amount } } } } } }"""
    line = {"fulfillmentLineItemId": shop.lines[0], "quantity": 2}
    asked = {
        "orderId": shop.id,
        "returnLineItems": [{**line, "restockingFee": {"percentage": 10}}],
    }
    assert program.data(query, input=asked)["returnCalculate"] == {
        "returnShippingFee": None,
        "exchangeLineItems": [],
        "returnLineItems": [
            {
                "quantity": 2,
                "subtotalSet": {"shopMoney": {"amount": "-99.8"}},
                "totalTaxSet": {"shopMoney": {"amount": "0.0"}},
                "restockingFee": {
                    "percentage": 10.0,
                    "amountSet": {"shopMoney": {"amount": "9.98"}},
                },
            }
        ],
    }
    assert not Return.objects.exists()


def test_outcome_is_proposed(program: Program) -> None:
    made = returned(1)
    query = """query ($id: ID!, $lines: [SuggestedOutcomeReturnLineItemInput!]!) {
      return(id: $id) { suggestedFinancialOutcome(returnLineItems: $lines, exchangeLineItems: []) {
        discountedSubtotal { shopMoney { amount } } maximumRefundable { shopMoney { amount } }
        financialTransfer { ... on RefundReturnOutcome {
          amount { shopMoney { amount } }
          suggestedTransactions { kind amountSet { shopMoney { amount } }
            parentTransaction { id } } } } } } }"""
    lines = [{"id": gid("ReturnLineItem", made.lines.get().pk), "quantity": 1}]
    outcome = program.data(query, id=gid("Return", made.pk), lines=lines)["return"]
    payment = made.order.payments.get()
    amount = {"shopMoney": {"amount": "49.9"}}
    assert outcome["suggestedFinancialOutcome"] == {
        "discountedSubtotal": amount,
        "maximumRefundable": amount,
        "financialTransfer": {
            "amount": amount,
            "suggestedTransactions": [
                {
                    "kind": "SUGGESTED_REFUND",
                    "amountSet": amount,
                    "parentTransaction": {"id": gid("OrderTransaction", payment.pk * 2)},
                }
            ],
        },
    }


@pytest.mark.parametrize(
    ("arguments", "amount"),
    [
        ("suggestFullRefund: true", "99.8"),
        ('refundLineItems: [{lineItemId: "%s", quantity: 1}]', "49.9"),
        ("shippingAmount: 0", "0.0"),
    ],
)
def test_refund_of_an_order_is_proposed(program: Program, arguments: str, amount: str) -> None:
    shop = sold(2)
    line = gid("LineItem", shop.order.lines.get().pk)
    asked = arguments.replace("%s", line)
    query = f"""query ($id: ID!) {{ order(id: $id) {{ suggestedRefund({asked}) {{
      amountSet {{ shopMoney {{ amount }} }}
      suggestedTransactions {{ amountSet {{ shopMoney {{ amount }} }} }} }} }} }}"""
    money = {"shopMoney": {"amount": amount}}
    found = program.data(query, id=shop.id)["order"]["suggestedRefund"]
    assert found["amountSet"] == money
    parts = [] if amount == "0.0" else [{"amountSet": money}]
    assert found["suggestedTransactions"] == parts
