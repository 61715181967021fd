"""Orders come in by API, are sent, paid, archived and paid back."""

from typing import Any

import pytest

from orders.models import Customer, Fulfillment, Location, Order, Payment
from returns.models import Refund
from tests.api.conftest import Program
from tests.api.shop import gid, sold
from tests.factories import LocationFactory, StoreFactory, VariantFactory

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = """
mutation ($order: OrderCreateOrderInput!) {
  orderCreate(order: $order) {
    order {
      id name email displayFinancialStatus displayFulfillmentStatus
      customer { firstName lastName }
      totalPriceSet { shopMoney { amount currencyCode } }
      totalTaxSet { shopMoney { amount } }
      lineItems(first: 5) { nodes { id title sku quantity taxLines { title rate } } }
      shippingAddress { address1 city countryCodeV2 name }
      fulfillmentOrders(first: 1) {
        nodes { id status lineItems(first: 5) { nodes { id remainingQuantity } } }
      }
    }
    userErrors { field message code }
  }
}
"""
FULFILL = """
mutation ($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id status trackingInfo { company number }
      fulfillmentLineItems(first: 5) { nodes { id quantity } } }
    userErrors { field message }
  }
}
"""
EVENT = """
mutation ($event: FulfillmentEventInput!) {
  fulfillmentEventCreate(fulfillmentEvent: $event) {
    fulfillmentEvent { id status happenedAt } userErrors { field message }
  }
}
"""
REFUND = """
mutation ($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id totalRefundedSet { shopMoney { amount } }
      refundLineItems(first: 5) { nodes { quantity lineItem { id } restockType } } }
    order { displayFinancialStatus }
    userErrors { field message }
  }
}
"""


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


def wished(**more: Any) -> dict[str, Any]:
    variant = VariantFactory(price="20.00")
    return {
        "name": "#5001",
        "email": "ada@example.com",
        "currency": "EUR",
        "lineItems": [
            {
                "variantId": gid("ProductVariant", variant.pk),
                "quantity": 2,
                "taxLines": [{"title": "VAT", "rate": "0.05", "priceSet": money("2.00")}],
            },
            {"title": "Gift wrap", "quantity": 1, "priceSet": money("3.50")},
        ],
        "shippingLines": [{"title": "Standard", "priceSet": money("4.90")}],
        "shippingAddress": {
            "firstName": "Ada",
            "lastName": "Winter",
            "address1": "Rosenweg 7",
            "city": "Köln",
            "zip": "50667",
            "countryCode": "DE",
        },
        "financialStatus": "PAID",
        **more,
    }


def test_order_comes_in_is_sent_and_arrives(program: Program) -> None:
    StoreFactory(currency="EUR")
    made = program.data(CREATE, order=wished())["orderCreate"]
    assert made["userErrors"] == []
    order = made["order"]
    assert (order["name"], order["displayFinancialStatus"]) == ("#5001", "PAID")
    assert order["displayFulfillmentStatus"] == "UNFULFILLED"
    assert order["totalPriceSet"] == {"shopMoney": {"amount": "50.4", "currencyCode": "EUR"}}
    assert order["totalTaxSet"] == {"shopMoney": {"amount": "2.0"}}
    assert order["lineItems"]["nodes"][0]["taxLines"] == [{"title": "VAT", "rate": 0.05}]
    assert order["shippingAddress"] == {
        "address1": "Rosenweg 7",
        "city": "Köln",
        "countryCodeV2": "DE",
        "name": "Ada Winter",
    }

    work = order["fulfillmentOrders"]["nodes"][0]
    assert [line["remainingQuantity"] for line in work["lineItems"]["nodes"]] == [2]
    parcel: dict[str, Any] = {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": work["id"]}],
        "trackingInfo": {"company": "DHL", "number": "00340434161094022115"},
    }
    sent = program.data(FULFILL, fulfillment=parcel)["fulfillmentCreate"]
    assert sent["userErrors"] == []
    assert sent["fulfillment"]["trackingInfo"] == [
        {"company": "DHL", "number": "00340434161094022115"}
    ]
    assert sent["fulfillment"]["fulfillmentLineItems"]["nodes"][0]["quantity"] == 2
    again = program.data(FULFILL, fulfillment=parcel)["fulfillmentCreate"]
    assert again["userErrors"][0]["message"] == "Fulfillment order has nothing left to fulfill."

    key = sent["fulfillment"]["id"]
    told = program.data(EVENT, event={"fulfillmentId": key, "status": "DELIVERED"})
    assert told["fulfillmentEventCreate"]["userErrors"] == []
    assert told["fulfillmentEventCreate"]["fulfillmentEvent"]["status"] == "DELIVERED"
    assert Fulfillment.objects.get().delivered_at is not None

    found = program.data(
        """query ($id: ID!) { returnableFulfillments(orderId: $id, first: 5) {
             nodes { id returnableFulfillmentLineItems(first: 5) { nodes { quantity } } } } }""",
        id=order["id"],
    )["returnableFulfillments"]["nodes"]
    assert [row["quantity"] for row in found[0]["returnableFulfillmentLineItems"]["nodes"]] == [2]


def test_order_without_name_gets_the_next_number(program: Program) -> None:
    StoreFactory(currency="EUR")
    names = [
        program.data(CREATE, order=wished(name=None))["orderCreate"]["order"]["name"]
        for _each in range(2)
    ]
    assert names == ["#1001", "#1002"]


def test_new_customer_comes_with_the_order(program: Program) -> None:
    StoreFactory(currency="EUR")
    customer = {"toUpsert": {"email": "Bo@example.com", "firstName": "Bo", "lastName": "Berg"}}
    for name in ("#1", "#2"):
        made = program.data(CREATE, order=wished(name=name, customer=customer))["orderCreate"]
        assert made["order"]["customer"] == {"firstName": "Bo", "lastName": "Berg"}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"lineItems": []}, ["order", "lineItems"]),
        ({"processedAt": "2999-01-01T00:00:00Z"}, ["order", "processedAt"]),
        ({"customerId": gid("Customer", 9_999)}, ["order", "customerId"]),
        (
            {"lineItems": [{"title": "x", "quantity": 0, "priceSet": money("1")}]},
            ["order", "lineItems", "0", "quantity"],
        ),
        ({"lineItems": [{"title": "x", "quantity": 1}]}, ["order", "lineItems", "0", "priceSet"]),
    ],
)
def test_wrong_order_is_refused(program: Program, change: dict[str, Any], place: list[str]) -> None:
    StoreFactory(currency="EUR")
    made = program.data(CREATE, order=wished(**change))["orderCreate"]
    assert (made["order"], made["userErrors"][0]["field"]) == (None, place)
    assert not Order.objects.exists()


def test_name_is_taken_once(program: Program) -> None:
    StoreFactory(currency="EUR")
    order = wished()
    assert program.data(CREATE, order=order)["orderCreate"]["userErrors"] == []
    again = program.data(CREATE, order=order)["orderCreate"]
    assert again["userErrors"][0]["message"] == "Name has already been taken"


def test_order_is_archived_opened_paid_and_canceled(program: Program) -> None:
    StoreFactory(currency="EUR")
    made = program.data(CREATE, order=wished(financialStatus="PENDING"))["orderCreate"]["order"]

    def act(name: str, fields: str = "order { closed displayFinancialStatus }") -> dict[str, Any]:
        asked = {"id": made["id"]}
        kind = name[0].upper() + name[1:]
        query = f"""mutation ($input: {kind}Input!) {{
          {name}(input: $input) {{ {fields} userErrors {{ field message }} }} }}"""
        answer: dict[str, Any] = program.data(query, input=asked)[name]
        return answer

    assert act("orderClose")["order"]["closed"] is True
    assert act("orderOpen")["order"] == {"closed": False, "displayFinancialStatus": "PENDING"}
    assert act("orderMarkAsPaid")["order"]["displayFinancialStatus"] == "PAID"
    assert str(Payment.objects.get().amount) == "50.4000"
    assert act("orderMarkAsPaid")["userErrors"] == [
        {"field": ["input", "id"], "message": "Order cannot be marked as paid."}
    ]
    cancel = """mutation ($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: false) {
      job { done } orderCancelUserErrors { field message code } } }"""
    assert program.data(cancel, id=made["id"])["orderCancel"] == {
        "job": {"done": True},
        "orderCancelUserErrors": [],
    }
    assert Order.objects.get().canceled_at is not None


def refund_of(program: Program, key: str, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = program.data(REFUND, key=key, input=asked)["refundCreate"]
    return answer


def test_order_is_paid_back_once_per_key(program: Program) -> None:
    shop = sold(2)
    line = gid("LineItem", shop.order.lines.get().pk)
    part = {
        "orderId": shop.id,
        "kind": "REFUND",
        "gateway": "manual",
        "amount": "49.90",
        "parentId": shop.payment,
    }
    asked = {
        "orderId": shop.id,
        "refundLineItems": [{"lineItemId": line, "quantity": 1}],
        "transactions": [part],
    }
    paid = refund_of(program, "one", **asked)
    assert paid["userErrors"] == []
    assert paid["refund"]["totalRefundedSet"] == {"shopMoney": {"amount": "49.9"}}
    assert paid["refund"]["refundLineItems"]["nodes"] == [
        {"quantity": 1, "lineItem": {"id": line}, "restockType": "NO_RESTOCK"}
    ]
    assert paid["order"] == {"displayFinancialStatus": "PARTIALLY_REFUNDED"}
    assert refund_of(program, "one", **asked) == paid
    assert Refund.objects.count() == 1

    other = program.ask(REFUND, key="one", input={**asked, "note": "Another"})
    assert other["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    many = refund_of(
        program, "two", **{**asked, "refundLineItems": [{"lineItemId": line, "quantity": 2}]}
    )
    assert many["userErrors"] == [
        {
            "field": ["refundLineItems", "0", "quantity"],
            "message": "Quantity cannot refund more items than were purchased",
        }
    ]


def test_wrong_refunds(program: Program) -> None:
    shop = sold(1)
    part = {
        "orderId": shop.id,
        "kind": "REFUND",
        "gateway": "manual",
        "amount": "999",
        "parentId": shop.payment,
    }

    def told(**asked: Any) -> Any:
        return refund_of(program, str(asked), **asked)["userErrors"]

    assert told(orderId=gid("Order", 9_999)) == [
        {"field": ["orderId"], "message": "Order does not exist"}
    ]
    assert told(orderId=shop.id, transactions=[part]) == [
        {
            "field": None,
            "message": "Refund amount €999.00 is greater than net payment received €49.90",
        }
    ]
    assert told(orderId=shop.id, transactions=[{**part, "kind": "AUTHORIZATION"}]) == [
        {"field": None, "message": "Kind authorization is not a valid transaction"}
    ]
    assert told(orderId=shop.id, transactions=[{**part, "parentId": None}]) == [
        {
            "field": ["transactions"],
            "message": "Transactions require a parent_id associated with the order",
        }
    ]


def test_refund_without_key_is_refused_from_2026_04_on(program: Program) -> None:
    query = """mutation ($input: RefundInput!) {
      refundCreate(input: $input) { userErrors { message } } }"""
    asked = {"orderId": gid("Order", 9_999)}
    answer = program.ask(query, input=asked)
    assert answer["errors"][0]["message"] == (
        "The @idempotent directive is required for this mutation but was not provided."
    )
    assert answer["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    old = program.ask(query, address="/admin/api/2026-01/graphql.json", input=asked)
    assert old["data"] == {"refundCreate": {"userErrors": [{"message": "Order does not exist"}]}}


def test_customer_comes_in_once(program: Program) -> None:
    query = """mutation ($input: CustomerInput!) { customerCreate(input: $input) {
      customer { email displayName } userErrors { field message } } }"""
    asked = {"email": "cy@example.com", "firstName": "Cy", "lastName": "Dahl"}
    assert program.data(query, input=asked)["customerCreate"] == {
        "customer": {"email": "cy@example.com", "displayName": "Cy Dahl"},
        "userErrors": [],
    }
    assert program.data(query, input=asked)["customerCreate"]["userErrors"] == [
        {"field": ["email"], "message": "Email has already been taken"}
    ]


def test_store_credit_is_added_and_taken(program: Program) -> None:
    customer = sold(1).order.customer
    assert customer is not None
    credit = """mutation ($id: ID!, $amount: Decimal!, $currency: CurrencyCode!, $until: DateTime) {
      storeCreditAccountCredit(id: $id, creditInput: {expiresAt: $until,
          creditAmount: {amount: $amount, currencyCode: $currency}}) {
        storeCreditAccountTransaction { amount { amount } balanceAfterTransaction { amount }
          account { id balance { amount } } }
        userErrors { field message code } } }"""
    debit = """mutation ($id: ID!, $amount: Decimal!, $currency: CurrencyCode!) {
      storeCreditAccountDebit(id: $id,
          debitInput: {debitAmount: {amount: $amount, currencyCode: $currency}}) {
        storeCreditAccountTransaction { amount { amount } balanceAfterTransaction { amount } }
        userErrors { field message code } } }"""
    owner = gid("Customer", customer.pk)
    added = program.data(credit, id=owner, amount="10", currency="EUR")["storeCreditAccountCredit"]
    assert added["userErrors"] == []
    assert added["storeCreditAccountTransaction"]["balanceAfterTransaction"] == {"amount": "10.0"}
    account = added["storeCreditAccountTransaction"]["account"]["id"]
    taken = program.data(debit, id=account, amount="4", currency="EUR")["storeCreditAccountDebit"]
    assert taken["storeCreditAccountTransaction"] == {
        "amount": {"amount": "-4.0"},
        "balanceAfterTransaction": {"amount": "6.0"},
    }

    def told(query: str, **asked: Any) -> Any:
        (answer,) = program.data(query, **asked).values()
        assert answer["storeCreditAccountTransaction"] is None
        return answer["userErrors"][0]

    place = ["debitInput", "debitAmount"]
    assert told(debit, id=account, amount="9", currency="EUR") == {
        "field": [*place, "amount"],
        "message": "The store credit account does not have sufficient funds to satisfy the request",
        "code": "INSUFFICIENT_FUNDS",
    }
    assert told(debit, id=account, amount="0", currency="EUR")["code"] == "NEGATIVE_OR_ZERO_AMOUNT"
    assert told(debit, id=account, amount="1", currency="USD") == {
        "field": [*place, "currencyCode"],
        "message": "The currency provided does not match the currency of the store credit account",
        "code": "MISMATCHING_CURRENCY",
    }
    past = {"id": account, "amount": "1", "currency": "EUR", "until": "2020-01-01T00:00:00Z"}
    assert told(credit, **past) == {
        "field": ["creditInput", "expiresAt"],
        "message": "The expiry date must be in the future",
        "code": "EXPIRES_AT_IN_PAST",
    }
    strange = {"amount": "1", "currency": "EUR"}
    assert told(credit, id=gid("StoreCreditAccount", 999), **strange)["code"] == "ACCOUNT_NOT_FOUND"
    assert told(credit, id=gid("Customer", 9_999), **strange) == {
        "field": ["id"],
        "message": "Owner does not exist",
        "code": "OWNER_NOT_FOUND",
    }


def test_locations_are_listed(program: Program) -> None:
    LocationFactory()
    nodes = program.data("{ locations(first: 5) { nodes { id name } } }")["locations"]["nodes"]
    assert nodes == [
        {"id": gid("Location", row.pk), "name": row.name} for row in Location.objects.all()
    ]
