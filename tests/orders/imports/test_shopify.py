"""Shopify's export of orders."""

from decimal import Decimal

import pytest

from orders.imports.formats import Format
from orders.intake import Outcome
from orders.models import Order
from tests.orders.imports.conftest import FILES, Import

TEXT = (FILES / "shopify.csv").read_text()


def test_example_file_comes_in_whole(import_: Import) -> None:
    report, rejects = import_(TEXT, Format.SHOPIFY)

    assert (report.orders, report.lines, rejects) == ({Outcome.CREATED: 2}, 3, [])
    order = Order.objects.get(reference="#2001")
    assert order.placed_at.isoformat() == "2026-10-07T07:50:25+00:00"
    assert (order.email, order.buyer_name) == ("ada@example.com", "Ada Winter")
    assert order.shipping_address == {
        "name": "Ada Winter",
        "line1": "Rosenweg 7",
        "postal_code": "50667",
        "city": "Köln",
        "country": "DE",
        "phone": "+49221555",
    }
    assert list(order.lines.values_list("sku", "title", "quantity", "is_goods")) == [
        ("MASK-CLAY", "Face mask - Clay", 3, True),
        ("", "Gift card", 1, False),
    ]
    parcel = order.fulfillments.get()
    assert parcel.shipped_at.isoformat() == "2026-10-08T12:21:21+00:00"
    assert list(parcel.lines.values_list("order_line__position", "quantity")) == [(1, 3), (2, 1)]


def test_sums_say_that_prices_include_tax(import_: Import) -> None:
    import_(TEXT, Format.SHOPIFY)

    order = Order.objects.get(reference="#2001")
    assert (order.tax_included, order.shipping_amount) == (True, Decimal("4.9"))
    taxes = list(order.lines.values_list("tax_total", flat=True))
    assert taxes == [Decimal("8.47"), Decimal(0)]
    assert order.shipping_tax == Decimal("0.92")
    discounts = order.lines.values_list("discount_total", flat=True)
    assert sum(discounts) == Decimal("5.99")
    paid = order.payments.get()
    assert (paid.amount, paid.method, paid.external_id) == (Decimal("58.81"), "CARD", "rIw4QX.1")


def test_sums_say_that_tax_comes_on_top(import_: Import) -> None:
    import_(TEXT, Format.SHOPIFY)

    order = Order.objects.get(reference="#2002")
    assert (order.tax_included, order.shipping_tax) == (False, Decimal(0))
    assert order.lines.get().tax_total == Decimal("3.3")
    assert not order.fulfillments.exists()
    paid = order.payments.get()
    assert (paid.amount, paid.method) == (Decimal("41.3"), "PAYPAL")  # 10.00 went back already


def test_shipping_discount_lowers_shipping(import_: Import) -> None:
    free = TEXT.replace(
        "40.00,8.00,3.30,51.30,FREESHIP,0.00", "40.00,8.00,3.30,43.30,FREESHIP,8.00"
    )

    import_(free, Format.SHOPIFY)

    order = Order.objects.get(reference="#2002")
    assert (order.shipping_amount, order.tax_included) == (Decimal(0), False)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (
            "58.81",
            "60.81",
            "Subtotal, shipping, taxes and duties do not make the total 60.81.",
        ),
        (
            "53.91",
            "33.91",
            (
                "The lines cost 59.90 and the discount is 5.99,"
                " which does not make the subtotal 33.91."
            ),
        ),
        ("EUR,53", "EURO,53", "Currency: “EURO” is not a currency."),
        ("14.97", "n/a", "Lineitem price: “n/a” is not an amount; write it as 1234.50."),
        ("2026-10-07 09:50:25", "2026-13-07 09:50:25", "Created at: “2026-13-07 09:50:25 +0200”"),
    ],
)
def test_order_that_does_not_add_up_is_rejected(
    import_: Import, before: str, after: str, reason: str
) -> None:
    report, rejects = import_(TEXT.replace(before, after, 1), Format.SHOPIFY)

    assert report.orders == {Outcome.CREATED: 1}
    assert report.rejected_rows == 2
    assert reason in rejects[1]
    assert rejects[2].startswith("3,Rejected with its order because of line 2.,#2001")


@pytest.mark.parametrize("status", ["pending", "authorized", "voided"])
def test_order_that_is_not_paid_has_no_payment(import_: Import, status: str) -> None:
    import_(TEXT.replace("partially_refunded", status), Format.SHOPIFY)

    assert not Order.objects.get(reference="#2002").payments.exists()
