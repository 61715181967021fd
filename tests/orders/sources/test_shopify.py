"""What Shopify's bodies become, without a database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orders.intake import OrderRejected
from orders.models import OrderSource, Store
from orders.sources import shopify_orders, shopify_others, shopify_parcels, shopify_refunds
from orders.sources.told import ToldOrder
from tests.orders.sources.bodies import body, parsed

SOURCE = OrderSource(store=Store(code="de"), kind="shopify", personalised_by="engraving, Name")


def order(**changes: object) -> ToldOrder:
    return shopify_orders.order_of(
        parsed("shopify_order", **changes), SOURCE, {"632910392": "cup"}, {"655441491": object()}
    )


def test_order_becomes_ours() -> None:
    told = order()
    data = told.data
    assert (told.external_id, told.changed_at) == (
        "820982911946154508",
        datetime(2026, 10, 1, 7, 31, tzinfo=UTC),
    )
    assert (data.store, data.reference, data.currency) == ("de", "#1001", "EUR")
    assert data.placed_at == datetime(2026, 10, 1, 7, 29, 58, tzinfo=UTC)
    assert (data.language, data.channel, data.tax_included) == ("de-DE", "web", True)
    assert (data.shipping_amount, data.shipping_tax) == (Decimal("4.90"), Decimal("0.78"))
    assert (data.discount, data.outstanding) == (Decimal(0), Decimal(0))
    assert data.customer is not None
    assert (data.customer.reference, data.customer.name) == (
        "shopify-115310627314723954",
        "Ada Winter",
    )
    assert data.customer.tags == ("vip", "press")
    assert data.guest_email == ""
    address = data.shipping_address
    assert (address.company, address.line2, address.country) == ("Winter GmbH", "Hinterhaus", "DE")


def test_lines_have_discounts_taxes_and_properties() -> None:
    cup, plate = order().data.lines
    assert (cup.external_id, cup.sku, cup.quantity) == ("866550311766439020", "CUP-SAGE", 2)
    assert (cup.unit_price, cup.discount_total) == (Decimal("20.00"), Decimal("4.00"))
    assert [(tax.title, tax.amount, tax.rate) for tax in cup.taxes] == [
        ("DE MwSt", Decimal("5.75"), Decimal("19.00"))
    ]
    assert cup.options == {"Variant": "Sage", "Engraving": "A. W."}
    assert cup.personalised is True
    assert cup.product is not None
    assert (cup.product.handle, cup.product.vendor) == ("cup", "Linden & Lark")
    assert (plate.options, plate.personalised) == ({}, False)
    assert plate.product is not None
    assert plate.product.handle == "shopify-632910393"


def test_payment_is_what_the_totals_say() -> None:
    [payment] = order().data.payments
    assert (payment.amount, payment.method, payment.gateway) == (
        Decimal("58.90"),
        "CARD",
        "manual",
    )
    assert order(financial_status="authorized").data.payments == ()
    partly = order(financial_status="partially_paid", total_outstanding="8.90").data
    assert [each.amount for each in partly.payments] == [Decimal("50.00")]
    assert partly.outstanding == Decimal("8.90")


def test_transactions_count_before_totals() -> None:
    captured = {"id": 7, "kind": "capture", "status": "success", "amount": "30.00"}
    failed = {**captured, "id": 8, "status": "failure"}
    told = order(transactions=[{**captured, "gateway": "paypal"}, failed])
    assert [(each.external_id, each.amount, each.method) for each in told.data.payments] == [
        ("7", Decimal("30.00"), "PAYPAL")
    ]
    assert told.tells_payments is True


def test_guest_has_an_address_only() -> None:
    data = order(customer=None).data
    assert (data.customer, data.guest_email) == (None, "ada@example.com")


def test_gift_cards_and_services_are_no_goods() -> None:
    items = body("shopify_order")["line_items"]
    items[0]["gift_card"], items[1]["requires_shipping"] = True, False
    assert [line.is_goods for line in order(line_items=items).data.lines] == [False, False]


def test_pieces_that_were_edited_out_are_gone_and_refunded_ones_are_not() -> None:
    items = body("shopify_order")["line_items"]
    items[0]["current_quantity"], items[1]["current_quantity"] = 1, 0
    [cup] = order(line_items=items).data.lines
    assert (cup.quantity, cup.discount_total, cup.taxes[0].amount) == (
        1,
        Decimal("2.00"),
        Decimal("2.88"),
    )
    refunded = order(line_items=items, refunds=[body("shopify_refund")])
    assert [line.quantity for line in refunded.data.lines] == [2]


def test_parcels_in_an_order_have_line_numbers() -> None:
    parcel = body("shopify_fulfillment", shipment_status="delivered")
    planned = body("shopify_fulfillment", id=5, status="open")
    told = order(fulfillments=[parcel, planned])
    [sent] = told.data.fulfillments
    assert [(line.line, line.quantity) for line in sent.lines] == [(1, 2), (2, 1)]
    assert (sent.tracking_number, sent.location) == ("JJD0001", "655441491")
    assert sent.delivered_at == datetime(2026, 10, 2, 14, 0, tzinfo=UTC)
    assert set(told.parcels_changed_at) == {"123456", "5"}


def test_digits_that_the_currency_lacks_are_rounded() -> None:
    items = body("shopify_order")["line_items"]
    items[0]["tax_lines"][0]["price"] = "5.747899"
    assert order(line_items=items).data.lines[0].taxes[0].amount == Decimal("5.75")


def test_parcel_by_itself_names_lines_by_id() -> None:
    told = shopify_parcels.told_parcel(parsed("shopify_fulfillment"), {})
    assert (told.order_id, told.lines) == (
        "820982911946154508",
        {"866550311766439020": 2, "141249953214522974": 1},
    )
    called_off = shopify_parcels.told_parcel(parsed("shopify_fulfillment", status="cancelled"), {})
    assert called_off.parcel is None


def test_refund_tells_money_pieces_and_what_came_back() -> None:
    order_id, refund = shopify_refunds.told_refund(
        parsed(
            "shopify_refund",
            order_adjustments=[
                {"kind": "shipping_refund", "amount": "-4.12", "tax_amount": "-0.78"}
            ],
        )
    )
    assert (order_id, refund.amount, refund.shipping) == (
        "820982911946154508",
        Decimal("18.00"),
        Decimal("4.90"),
    )
    assert refund.refunded == {"866550311766439020": 1}
    assert refund.returned == {"866550311766439020": 1}
    assert refund.note == "Handle broke off"


def test_product_has_options_by_name() -> None:
    product = shopify_others.told_product(parsed("shopify_product"))
    assert (product.handle, product.placeholder, product.tags) == (
        "stoneware-cup",
        "shopify-632910392",
        ("autumn", "kitchen"),
    )
    assert product.variants[0].options == {"Colour": "Sage"}
    assert product.image == "https://cdn.shopify.com/cup.jpg"


def test_person_names_orders() -> None:
    person = shopify_others.told_person(parsed("shopify_redact"))
    assert (person.customer_id, person.order_ids) == (
        "115310627314723954",
        ("820982911946154508",),
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": None}, "id"),
        ({"updated_at": "soon", "created_at": None}, "updated_at"),
        ({"line_items": "none"}, "line_items"),
        ({"line_items": [7]}, "line_items.1"),
        ({"total_price": [], "financial_status": "paid"}, "total_price"),
        ({"taxes_included": "yes"}, "taxes_included"),
        ({"refunds": [{"id": 1}]}, "refunds.1.processed_at"),
        ({"customer": "Ada"}, "customer"),
    ],
)
def test_malformed_order_says_where(changes: dict[str, object], where: str) -> None:
    with pytest.raises(OrderRejected) as caught:
        order(**changes)
    assert where in [".".join(problem.field) for problem in caught.value.problems]
