"""What WooCommerce's orders become, without a database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from orders.intake import OrderData, OrderRejected
from orders.models import OrderSource, Store
from orders.sources import woocommerce
from orders.sources.told import Unwanted
from tests.orders.sources.bodies import parsed

SOURCE = OrderSource(pk=4, store=Store(code="de"), kind="woocommerce")


def order(source: OrderSource = SOURCE, /, **changes: Any) -> OrderData:
    return woocommerce.order_of(parsed("woocommerce_order", **changes), source, {}).data


def total(data: OrderData) -> Decimal:
    """Return what an order with tax in its prices costs."""
    lines = (line.unit_price * line.quantity - line.discount_total for line in data.lines)
    return sum(lines, data.shipping_amount) - data.discount


def test_order_with_tax_in_its_prices_costs_what_was_paid() -> None:
    data = order()
    assert (data.reference, data.channel, data.tax_included) == ("#727", "checkout", True)
    assert data.placed_at == datetime(2026, 10, 1, 7, 30, tzinfo=UTC)
    cup, plate, fee = data.lines
    assert (cup.quantity, cup.unit_price, cup.discount_total) == (
        3,
        Decimal("13.34"),
        Decimal("4.02"),
    )
    assert [(tax.title, tax.amount, tax.rate) for tax in cup.taxes] == [
        ("MwSt.", Decimal("5.75"), Decimal(19))
    ]
    assert (cup.options, cup.image) == ({"Colour": "Sage"}, "https://shop.example/cup.jpg")
    assert (plate.unit_price, plate.discount_total) == (Decimal("20.00"), Decimal("2.00"))
    assert (fee.title, fee.unit_price, fee.is_goods) == ("Gift wrap", Decimal("2.00"), False)
    assert (data.shipping_amount, data.shipping_tax) == (Decimal("4.90"), Decimal("0.78"))
    assert total(data) == Decimal("60.90")


def test_order_without_tax_in_its_prices_keeps_it_apart() -> None:
    data = order(prices_include_tax=False)
    assert (data.tax_included, data.lines[0].tax_total) == (False, Decimal("5.75"))
    net = total(data)
    tax = sum((line.tax_total for line in data.lines), data.shipping_tax)
    assert net + tax == Decimal("60.90")


def test_customers_of_two_shops_are_two() -> None:
    customer = order().customer
    assert customer is not None
    assert (customer.reference, customer.email) == ("woocommerce-4-26", "ada@example.com")
    guest = order(customer_id=0)
    assert (guest.customer, guest.guest_email) == (None, "ada@example.com")


def test_payment_goes_back_through_stripe_only_with_its_number() -> None:
    [payment] = order().payments
    assert (payment.amount, payment.gateway, payment.external_id) == (
        Decimal("60.90"),
        "stripe",
        "ch_3Q0example",
    )
    [other] = order(payment_method="bacs", transaction_id="").payments
    assert (other.gateway, other.method) == ("manual", "BANK_TRANSFER")
    assert order(date_paid_gmt=None, payment_method="cod").payments == ()


def test_complete_is_sent_and_arrived_only_where_the_source_says_so() -> None:
    changes: dict[str, Any] = {"status": "completed", "date_completed_gmt": "2026-10-03T12:00:00"}
    [parcel] = order(**changes).fulfillments
    at = datetime(2026, 10, 3, 12, tzinfo=UTC)
    assert (parcel.shipped_at, parcel.delivered_at) == (at, None)
    assert [(line.line, line.quantity) for line in parcel.lines] == [(1, 3), (2, 1)]
    arrives = OrderSource(store=Store(code="de"), kind="woocommerce", completed_means="DELIVERED")
    [parcel] = order(arrives, **changes).fulfillments
    assert parcel.delivered_at == at


def test_cancelled_order_is_cancelled() -> None:
    assert order(status="cancelled").canceled_at == datetime(2026, 10, 1, 7, 31, tzinfo=UTC)


def test_negative_fee_is_a_discount() -> None:
    fees = [{"id": 1, "name": "Voucher", "total": "-4.20", "total_tax": "-0.80"}]
    data = order(fee_lines=fees)
    assert (data.discount, len(data.lines)) == (Decimal("5.00"), 2)


def test_refunds_are_sums() -> None:
    told = woocommerce.order_of(
        parsed("woocommerce_order", refunds=[{"id": 9, "reason": "Broken", "total": "-10.00"}]),
        SOURCE,
        {},
    )
    [refund] = told.refunds
    assert (refund.external_id, refund.amount, refund.note) == ("9", Decimal("10.00"), "Broken")


def test_draft_is_unwanted() -> None:
    with pytest.raises(Unwanted):
        order(status="checkout-draft")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"currency": "EURO"}, "currency"),
        ({"line_items": [{"id": 1, "name": "Cup", "quantity": "3"}]}, "line_items.1.quantity"),
        ({"total": "much"}, "total"),
        ({"refunds": {"id": 9}}, "refunds"),
        ({"billing": []}, "billing"),
    ],
)
def test_malformed_order_says_where(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(OrderRejected) as caught:
        order(**changes)
    assert where in [".".join(problem.field) for problem in caught.value.problems]
