"""Every reason why an order may not come in, with its message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentLineData,
    OrderData,
    OrderRejected,
    PaymentData,
    ProductData,
    take_in,
)
from orders.models import Customer, Order, Store, Variant
from tests.orders.intake.examples import NOW, SHIPPED, line, order, parcel

CENT = Decimal("0.01")


def paid(**values: Any) -> OrderData:
    return order(payments=(PaymentData(**{"amount": Decimal("41.45"), **values}),))


def lined(**values: Any) -> OrderData:
    return order(lines=(line(**values),), fulfillments=())


WRONG: dict[str, tuple[OrderData, str]] = {
    "store": (order(store="nowhere"), "store: There is no store “nowhere”."),
    "currency": (order(currency="EURO"), "currency: “EURO” is not a currency."),
    "no reference": (order(reference=" "), "reference: This is missing."),
    "long reference": (
        order(reference="9" * 101),
        "reference: At most 100 characters; this has 101.",
    ),
    "nul": (order(reference="1\0"), "reference: This holds characters that are no text."),
    "half a letter": (
        order(reference="1\ud800"),
        "reference: This holds characters that are no text.",
    ),
    "future": (
        order(placed_at=NOW + timedelta(minutes=6), fulfillments=(), payments=()),
        "placed_at: This lies in the future.",
    ),
    "no such year": (
        order(placed_at=datetime.max, fulfillments=(), payments=()),  # noqa: DTZ901
        "placed_at: This lies in the future.",
    ),
    "year 1": (
        order(placed_at=datetime.min, fulfillments=(), payments=()),  # noqa: DTZ901
        "placed_at: This is before the year 1990.",
    ),
    "language": (order(language="deutsch!"), "language: A language tag, as in de or en-GB."),
    "two buyers": (
        order(guest_email="guest@example.com"),
        "guest_email: Only for orders without a customer.",
    ),
    "guest's address": (
        order(customer=None, guest_email="guest"),
        "guest_email: This is not an e-mail address.",
    ),
    "customer without reference": (
        order(customer=CustomerData(reference="")),
        "customer.reference: This is missing.",
    ),
    "country": (
        order(billing_address=AddressData(country="Germany")),
        "billing_address.country: Two capital letters, as in DE.",
    ),
    "shipping below 0": (
        order(shipping_amount=-CENT),
        "shipping_amount: Must not be negative; this is -0.01.",
    ),
    "no number": (order(shipping_amount=Decimal("NaN")), "shipping_amount: This is no amount."),
    "huge": (order(shipping_tax=Decimal("1e400")), "shipping_tax: This amount is too large."),
    "order discount": (
        order(discount=Decimal("37.51")),
        "discount: The discount is more than the goods cost.",
    ),
    "no lines": (
        order(lines=(), fulfillments=()),
        "lines: An order needs at least one line.",
    ),
    "no pieces": (lined(quantity=0), "lines.1.quantity: Must be at least 1; this is 0."),
    "negative pieces": (lined(quantity=-2), "lines.1.quantity: Must be at least 1; this is -2."),
    "too many pieces": (lined(quantity=2**31), "lines.1.quantity: This number is too large."),
    "negative price": (
        lined(unit_price=-CENT),
        "lines.1.unit_price: Must not be negative; this is -0.01.",
    ),
    "digits": (
        lined(unit_price=Decimal("1.234")),
        "lines.1.unit_price: 1.234 has more digits than EUR.",
    ),
    "line discount": (
        lined(discount_total=Decimal("30.01")),
        "lines.1.discount_total: The discount (30.01) is more than the price (30.00).",
    ),
    "no title": (lined(title=""), "lines.1.title: This is missing."),
    "bundle kind": (
        lined(bundle_kind="BOX"),
        "lines.1.bundle_kind: “BOX” is not one of NONE, FIXED, CONFIGURABLE.",
    ),
    "no such bundle": (lined(bundle_parent=2), "lines.1.bundle_parent: There is no such line."),
    "own bundle": (
        lined(bundle_parent=1),
        "lines.1.bundle_parent: Only a bundle has parts, and none in parts.",
    ),
    "price of a part": (
        order(
            lines=(line(bundle_kind="FIXED"), line(sku="PART", bundle_parent=1)), fulfillments=()
        ),
        (
            "lines.2.unit_price: Must be 0: a product bundle has its price,"
            " a configurable one its parts have."
        ),
    ),
    "script as picture": (
        lined(image="javascript:alert(1)"),
        "lines.1.image: An https: address, or a path below the static files.",
    ),
    "handle": (
        lined(product=ProductData(handle="a b")),
        "lines.1.product.handle: Only letters without accents, digits, - and _.",
    ),
    "line id twice": (
        order(lines=(line(external_id="1"), line(external_id="1")), fulfillments=()),
        "lines: The id “1” occurs twice.",
    ),
    "sent too much": (
        order(fulfillments=(parcel(2, 1), parcel(2))),
        "fulfillments: 4 pieces of line 1 were sent, but 3 ordered.",
    ),
    "unknown line sent": (
        order(fulfillments=(parcel(0, 0, 1),)),
        "fulfillments.1.lines.1.line: There is no such line.",
    ),
    "line sent twice": (
        order(
            fulfillments=(replace(parcel(1), lines=(FulfillmentLineData(line=1, quantity=1),) * 2),)
        ),
        "fulfillments.1.lines.2.line: This line is in the fulfilment twice.",
    ),
    "empty parcel": (
        order(fulfillments=(parcel(),)),
        "fulfillments.1.lines: A fulfilment needs at least one line.",
    ),
    "sent before": (
        order(fulfillments=(parcel(3, 1, shipped_at=SHIPPED - timedelta(days=9)),)),
        "fulfillments.1.shipped_at: This is before the order.",
    ),
    "delivered before": (
        order(fulfillments=(parcel(3, 1, delivered_at=SHIPPED - timedelta(hours=1)),)),
        "fulfillments.1.delivered_at: This is before the shipment.",
    ),
    "location": (
        order(fulfillments=(parcel(3, 1, location="moon"),)),
        "fulfillments.1.location: There is no location with this code.",
    ),
    "script as link": (
        order(fulfillments=(parcel(3, 1, tracking_url="javascript:alert(1)"),)),
        "fulfillments.1.tracking_url: An address that begins with https: or http:.",
    ),
    "nothing paid": (paid(amount=Decimal(0)), "payments.1.amount: Must be more than 0."),
    "refunded more": (
        paid(refunded=Decimal("41.46")),
        "payments.1.refunded: This is more than was paid.",
    ),
    "method": (
        paid(method="SHELLS"),
        (
            "payments.1.method: “SHELLS” is not one of CARD, PAYPAL, BANK_TRANSFER, INVOICE,"
            " GIFT_CARD, STORE_CREDIT, CASH, OTHER."
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_order_is_rejected_with_its_reason(store: Store, name: str) -> None:
    data, message = WRONG[name]

    with pytest.raises(OrderRejected) as rejected:
        take_in(data)

    assert str(rejected.value) == message
    for table in (Order, Customer, Variant):
        assert not table._default_manager.exists()


def test_all_problems_are_named_at_once(store: Store) -> None:
    with pytest.raises(OrderRejected) as rejected:
        take_in(order(reference="", lines=(line(quantity=0, title=""),), fulfillments=()))

    assert [problem.field for problem in rejected.value.problems] == [
        ("lines", "1", "quantity"),
        ("lines", "1", "title"),
        ("reference",),
    ]


def test_clock_that_is_a_little_ahead_is_tolerated(store: Store) -> None:
    ahead = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)

    take_in(order(placed_at=ahead, fulfillments=(), payments=()))

    assert Order.objects.get().placed_at == ahead
