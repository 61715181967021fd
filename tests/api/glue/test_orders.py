"""Orders: whole documents, prices that sum up, and the state of every piece."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import actors
from accounts.actors import Actor
from orders.models import FulfillmentLine, Order, OrderLine
from orders.money import share_of_pieces
from returns import lifecycle
from returns.lifecycle import DisposeRequest, LineRequest, Receipt
from returns.models import DispositionType, Return
from returns.refunds import payouts
from tests.api.glue.conftest import HOST, Storefront, error, told
from tests.factories import (
    CustomerFactory,
    OrderLineFactory,
    StoreFactory,
    sent_bundle,
    sent_order,
)

pytestmark = pytest.mark.django_db

BUYER, SYSTEM = actors.buyer("Ada"), actors.system()


def attributes(shop: Storefront, order: Order) -> dict[str, Any]:
    found: dict[str, Any] = shop.document(f"/orders/{order.reference}")["data"]["attributes"]
    return found


def column(shop: Storefront, order: Order, name: str) -> list[Any]:
    return [item[name] for item in attributes(shop, order)["items"]]


def test_order_is_shown_whole(shop: Storefront, de: Any) -> None:
    with time_machine.travel("2026-11-20T08:00:00.5Z", tick=False):
        order = shop.order(
            store=de,
            reference="DE--1",
            shipping_amount=Decimal("4.90"),
            shipping_tax=Decimal("0.78"),
        )
        line = order.lines.get()
        OrderLine.objects.update(discount_total=Decimal("5.00"), tax_total=Decimal("7.17"))
        document = shop.document("/orders/DE--1", **{"Accept-Language": "de"})
    assert document == {
        "data": {
            "type": "orders",
            "id": "DE--1",
            "attributes": {
                "merchantReferences": [],
                "itemStates": ["delivered"],
                "createdAt": "2026-11-10 08:00:00.500000",
                "currencyIsoCode": "EUR",
                "priceMode": "GROSS_MODE",
                "store": "DE",
                "totals": {
                    "expenseTotal": 490,
                    "discountTotal": 500,
                    "taxTotal": 795,
                    "subtotal": 4990,
                    "grandTotal": 4980,
                    "canceledTotal": 0,
                    "remunerationTotal": 0,
                },
                "billingAddress": None,
                "shippingAddress": {
                    "salutation": None,
                    "firstName": "Ada",
                    "middleName": None,
                    "lastName": "Winter",
                    "address1": "Rosenweg 7",
                    "address2": None,
                    "address3": None,
                    "company": None,
                    "city": "Köln",
                    "zipCode": "50667",
                    "poBox": None,
                    "phone": None,
                    "cellPhone": None,
                    "description": None,
                    "comment": None,
                    "email": None,
                    "country": "Deutschland",
                    "iso2Code": "DE",
                },
                "items": [
                    {
                        "merchantReference": None,
                        "state": "delivered",
                        "name": "Linen shirt",
                        "sku": line.sku,
                        "quantity": 1,
                        "unitPrice": 4990,
                        "sumPrice": 4990,
                        "unitGrossPrice": 4990,
                        "sumGrossPrice": 4990,
                        "unitNetPrice": 0,
                        "sumNetPrice": 0,
                        "taxRate": "19.00",
                        "unitTaxAmountFullAggregation": 717,
                        "sumTaxAmountFullAggregation": 717,
                        "refundableAmount": 4490,
                        "canceledAmount": 0,
                        "unitSubtotalAggregation": 4990,
                        "sumSubtotalAggregation": 4990,
                        "unitProductOptionPriceAggregation": 0,
                        "sumProductOptionPriceAggregation": 0,
                        "unitExpensePriceAggregation": 0,
                        "sumExpensePriceAggregation": 0,
                        "unitDiscountAmountAggregation": 500,
                        "sumDiscountAmountAggregation": 500,
                        "unitDiscountAmountFullAggregation": 500,
                        "sumDiscountAmountFullAggregation": 500,
                        "unitPriceToPayAggregation": 4490,
                        "sumPriceToPayAggregation": 4490,
                        "taxRateAverageAggregation": "19.00",
                        "taxAmountAfterCancellation": None,
                        "orderReference": "DE--1",
                        "uuid": str(line.uuid),
                        "isReturnable": True,
                        "returnableTill": "2026-12-15",
                        "notReturnableReasons": [],
                        "idShipment": None,
                        "bundleItemIdentifier": None,
                        "relatedBundleItemIdentifier": None,
                        "salesOrderConfiguredBundle": None,
                        "salesOrderConfiguredBundleItem": None,
                        "metadata": {
                            "superAttributes": {"Size": "M", "Colour": "Sage"},
                            "image": "",
                        },
                        "salesUnit": None,
                        "calculatedDiscounts": [],
                        "productOptions": [],
                        "amount": None,
                    }
                ],
                "expenses": [
                    {
                        "type": "SHIPMENT_EXPENSE_TYPE",
                        "name": "Shipping",
                        "sumPrice": 490,
                        "unitGrossPrice": 490,
                        "sumGrossPrice": 490,
                        "unitNetPrice": 0,
                        "sumNetPrice": 0,
                        "unitTaxAmount": 78,
                        "sumTaxAmount": 78,
                        "unitPriceToPayAggregation": 490,
                        "sumPriceToPayAggregation": 490,
                    }
                ],
                "calculatedDiscounts": [],
                "bundleItems": [],
            },
            "links": {"self": f"{HOST}/orders/DE--1"},
        },
        "links": {"self": f"{HOST}/orders/DE--1"},
    }


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize(("currency", "unit"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
@pytest.mark.parametrize("quantity", [1, 3, 7])
def test_pieces_sum_up_to_their_line(
    shop: Storefront, included: bool, currency: str, unit: int, quantity: int
) -> None:
    store = StoreFactory(code="XX", currency=currency)
    order = shop.order(quantity, store=store, tax_included=included, reference="X")

    def amount(units: int) -> Decimal:
        return Decimal(units).scaleb(-unit)

    OrderLine.objects.update(
        unit_price=amount(1009), discount_total=amount(100 * quantity + 2), tax_total=amount(346)
    )
    line = order.lines.get()
    found = attributes(shop, order)
    items = found["items"]

    def total(name: str) -> int:
        return sum(item[name] for item in items)

    to_pay = 909 * quantity - 2 + (0 if included else 346)
    mode = ("sumGrossPrice", "sumNetPrice") if included else ("sumNetPrice", "sumGrossPrice")
    assert found["priceMode"] == ("GROSS_MODE" if included else "NET_MODE")
    assert [item["quantity"] for item in items] == [1] * quantity
    assert total("sumPrice") == total(mode[0]) == 1009 * quantity
    assert total(mode[1]) == 0
    assert total("sumDiscountAmountAggregation") == 100 * quantity + 2
    assert total("sumTaxAmountFullAggregation") == 346
    assert total("sumPriceToPayAggregation") == total("refundableAmount") == to_pay
    assert found["totals"]["grandTotal"] == to_pay
    assert found["totals"]["subtotal"] == 1009 * quantity
    assert all(item["sumDiscountAmountAggregation"] >= 0 for item in items)
    gross = line.subtotal if included else line.subtotal + line.tax_total
    assert [item["refundableAmount"] for item in items] == [
        int(share_of_pieces(gross, quantity, piece, 1, currency).scaleb(unit))
        for piece in range(quantity)
    ]


def test_tax_rates_that_the_shop_tells_are_told(shop: Storefront, de: Any) -> None:
    order = shop.order(store=de, reference="DE--1")
    OrderLine.objects.update(
        tax_total=Decimal("4.00"),
        taxes=[
            {"title": "State", "amount": "3.00", "rate": "6.25"},
            {"title": "City", "amount": "1.00", "rate": "2.5"},
        ],
    )
    assert column(shop, order, "taxRate") == ["8.75"]
    OrderLine.objects.update(unit_price=0, tax_total=0, taxes=[])
    assert column(shop, order, "taxRate") == ["0.00"]


def ask(order: Order, quantity: int = 1) -> Return:
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")
    return lifecycle.request(order, [wish], actor=BUYER)


def receive(return_: Return, quantity: int, actor: Actor = SYSTEM) -> Return:
    line = return_.lines.get()
    done = DisposeRequest(type=DispositionType.NOT_RESTOCKED, quantity=quantity)
    receipt = Receipt(line_id=line.pk, quantity=quantity, dispositions=(done,))
    return lifecycle.process(return_, actor=actor, receipts=[receipt])


def test_states_of_pieces_follow_their_return(shop: Storefront, de: Any) -> None:
    order = shop.order(4, store=de, reference="DE--1")

    def states() -> list[str]:
        return column(shop, order, "state")

    return_ = ask(order, 3)
    wait, back, paid, home = "waiting for return", "returned", "refunded", "delivered"
    assert states() == [wait, wait, wait, home]
    return_ = receive(lifecycle.approve(return_, actor=SYSTEM), 2)
    assert states() == [back, back, wait, home]
    line = return_.lines.get()
    payouts.refund(return_, actor=SYSTEM, key=return_.public_id, quantities={line.pk: 1})
    assert states() == [paid, back, wait, home]
    lifecycle.ship_back(return_, actor=SYSTEM, quantities={line.pk: 1}, message="Worn.")
    assert states() == [paid, "shipped to customer", wait, home]
    lifecycle.close(Return.objects.get(), actor=SYSTEM)
    assert states() == [paid, "shipped to customer", back, home]
    totals = attributes(shop, order)["totals"]
    assert (totals["remunerationTotal"], totals["grandTotal"]) == (2 * 4990, 4 * 4990)
    assert column(shop, order, "refundableAmount") == [0, 4990, 4990, 4990]
    shown = shop.document("/returns/DE--1-R1")["data"]["attributes"]["returnTotals"]
    assert shown == {"refundTotal": 4990, "remunerationTotal": 3 * 4990}


def test_canceled_return_leaves_its_mark_until_the_next_one(shop: Storefront, de: Any) -> None:
    order = shop.order(2, store=de, reference="DE--1")
    lifecycle.cancel(ask(order), actor=BUYER)
    found = attributes(shop, order)["items"]
    assert [(item["state"], item["isReturnable"]) for item in found] == [
        ("return canceled", True),
        ("delivered", True),
    ]
    ask(order)
    assert column(shop, order, "state") == ["waiting for return", "delivered"]


def test_items_say_why_they_cannot_go_back(shop: Storefront, de: Any) -> None:
    order = shop.order(2, store=de, reference="DE--1")
    OrderLineFactory(order=order)
    OrderLine.objects.filter(order=order, position=1).update(final_sale=True)
    told_of = [
        (item["isReturnable"], item["returnableTill"], item["notReturnableReasons"], item["state"])
        for item in attributes(shop, order)["items"]
    ]
    final = (False, None, ["Final sale: cannot be returned"], "delivered")
    assert told_of == [final, final, (False, None, ["Not sent yet"], "paid")]
    Order.objects.update(outstanding=Decimal("1.00"))
    assert column(shop, order, "state") == ["delivered", "delivered", "payment pending"]
    Order.objects.update(canceled_at=timezone.now())
    assert column(shop, order, "state") == ["delivered", "delivered", "canceled"]
    assert column(shop, order, "canceledAmount") == [0, 0, 4990]
    on_its_way = shop.order(store=de, reference="DE--2", delivered=False)
    assert column(shop, on_its_way, "state") == ["shipped"]


def test_piece_in_a_return_says_so(shop: Storefront, de: Any) -> None:
    order = shop.order(2, store=de, reference="DE--1")
    receive(lifecycle.approve(ask(order), actor=SYSTEM), 1)
    told_of = [
        (item["isReturnable"], item["notReturnableReasons"])
        for item in attributes(shop, order)["items"]
    ]
    assert told_of == [(False, ["Already returned"]), (True, [])]


def test_window_that_is_over_is_told(shop: Storefront, de: Any) -> None:
    order = shop.order(store=de, reference="DE--1")
    order.fulfillments.update(
        shipped_at=timezone.now() - timedelta(days=99),
        delivered_at=timezone.now() - timedelta(days=98),
    )
    assert column(shop, order, "notReturnableReasons") == [["The time for returns is over"]]


def test_bundle_goes_back_whole_and_its_parts_with_it(shop: Storefront, de: Any) -> None:
    order = sent_order(1, store=de, customer=shop.customer, reference="DE--1")
    bundle, parts = sent_bundle(order, quantity=2, per_bundle=(2,))
    rows = [
        (
            item["name"],
            item["bundleItemIdentifier"],
            item["relatedBundleItemIdentifier"],
            item["isReturnable"],
        )
        for item in attributes(shop, order)["items"][1:]
    ]
    heading, part = str(bundle.uuid), parts[0].title
    assert rows == [("Gift set", heading, None, True)] * 2 + [(part, None, heading, False)] * 4
    parcel = FulfillmentLine.objects.get(order_line=bundle)
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    lifecycle.request(order, [wish], actor=BUYER)
    wait, home = "waiting for return", "delivered"
    assert column(shop, order, "state")[1:] == [wait, home, wait, wait, home, home]


def test_list_has_the_newest_first_and_nothing_of_others(shop: Storefront, de: Any) -> None:
    sent_order(store=de, customer=CustomerFactory())
    sent_order(store=de, customer=None, guest_email="ada@example.com")
    for number in (1, 3, 2):
        placed_at = timezone.now() - timedelta(days=10 - number)
        shop.order(store=de, reference=f"DE--{number}", placed_at=placed_at)
    document = shop.document("/orders?page[limit]=2&fields[orders]=store")
    assert document == {
        "data": [
            {
                "type": "orders",
                "id": reference,
                "attributes": {"store": "DE"},
                "links": {"self": f"{HOST}/orders/{reference}"},
            }
            for reference in ("DE--3", "DE--2")
        ],
        "links": {
            "self": f"{HOST}/orders?page[limit]=2&fields[orders]=store",
            "first": f"{HOST}/orders?fields[orders]=store&page[offset]=0&page[limit]=2",
            "last": f"{HOST}/orders?fields[orders]=store&page[offset]=2&page[limit]=2",
            "next": f"{HOST}/orders?fields[orders]=store&page[offset]=2&page[limit]=2",
        },
    }
    full = shop.document("/orders")["data"][0]
    assert full == shop.document("/orders/DE--3")["data"]


def test_orders_of_others_and_unknown_ones_are_not_there(shop: Storefront, de: Any) -> None:
    other = sent_order(store=de, customer=CustomerFactory(), reference="DE--9")
    missing = error(404, "801", "Can't find order by the given order reference")
    for reference in (other.reference, "DE--10", "%00", "'"):
        assert told(shop.get(f"/orders/{reference}"), 404) == missing


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow_with_rows(
    shop: Storefront, de: Any, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        order = shop.order(*[2] * rows, store=de, reference=f"DE--{number}")
        parcel = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")[0]
        wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
        lifecycle.request(order, [wish], actor=BUYER)
    shop.get("/orders")
    with django_assert_num_queries(5):
        shop.document("/orders")
    with django_assert_num_queries(5):
        shop.document("/orders/DE--0")


def test_pieces_that_were_paid_back_without_a_return_are_the_last_ones(
    shop: Storefront, de: Any
) -> None:
    order = shop.order(3, store=de, reference="DE--1")
    ask(order)
    OrderLine.objects.update(refunded_quantity=1)
    assert column(shop, order, "state") == ["waiting for return", "delivered", "refunded"]
    assert column(shop, order, "refundableAmount") == [4990, 4990, 0]
