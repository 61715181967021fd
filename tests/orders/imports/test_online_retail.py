"""The invoices of a gift shop."""

import io
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orders.imports.formats import Format
from orders.imports.online_retail import cancellations
from orders.imports.source import Source
from orders.intake import Outcome
from orders.models import Order, Store
from tests.orders.imports.conftest import FILES, Import


def test_example_file_is_imported_and_everything_else_told(import_: Import) -> None:
    report, rejects = import_(FILES / "online-retail.csv", Format.ONLINE_RETAIL)

    assert report.orders == {Outcome.CREATED: 3}
    assert report.lines == 6
    assert report.set_aside == {"Cancellation: set aside for the replay": 1}
    assert report.remarks == {
        "Price 0: kept as goods that cost nothing": 1,
        "POST: kept as a line that is no goods": 1,
        "D: taken off the invoice's lines": 1,
    }
    assert [reject.split(",84078")[0].split(",22065")[0].split(",B,")[0] for reject in rejects] == [
        (
            "line,reason,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,"
            "Country"
        ),
        "7,quantity: Must be at least 1; this is -1.,489441",
        "8,Rejected with its order because of line 7.,489441",
        "12,“A563185” is no number of an invoice.,A563185",
    ]


def test_invoice_is_an_order_sent_and_paid_on_its_day(import_: Import) -> None:
    import_(FILES / "online-retail.csv", Format.ONLINE_RETAIL)

    order = Order.objects.get(reference="489439")
    assert (order.currency, order.shipping_address) == ("GBP", {"country": "FR"})
    assert order.customer is not None
    assert order.customer.reference == "12682"
    assert list(order.lines.values_list("sku", "quantity", "unit_price", "is_goods")) == [
        ("22065", 12, Decimal("1.45"), True),
        ("22065", 2, Decimal("1.45"), True),
        ("22138", 9, Decimal(0), True),
        ("POST", 3, Decimal(18), False),
    ]
    parcel = order.fulfillments.get()
    assert (parcel.shipped_at, parcel.delivered_at) == (order.placed_at, None)
    assert list(parcel.lines.values_list("order_line__position", "quantity")) == [
        (1, 12),
        (2, 2),
        (3, 9),
    ]
    payment = order.payments.get()
    assert (payment.amount, payment.method, payment.gateway) == (
        Decimal("74.30"),
        "OTHER",
        "manual",
    )


def test_discount_row_lowers_the_lines(import_: Import) -> None:
    import_(FILES / "online-retail.csv", Format.ONLINE_RETAIL)

    order = Order.objects.get(reference="489442")
    assert list(order.lines.values_list("sku", "discount_total")) == [("22138", Decimal("0.9"))]
    assert order.payments.get().amount == Decimal("9")


def test_invoice_without_customer_is_an_order_of_nobody(import_: Import) -> None:
    import_(FILES / "online-retail.csv", Format.ONLINE_RETAIL)

    order = Order.objects.get(reference="489440")
    assert (order.customer, order.email, order.shipping_address) == (None, "", {"country": "IE"})


def test_cancellations_are_read_by_row(store: Store) -> None:
    source = Source(io.BytesIO((FILES / "online-retail.csv").read_bytes()))

    (found,) = cancellations(source, store)

    assert (found.invoice, found.sku, found.quantity, found.customer, found.line) == (
        "C489443",
        "22065",
        4,
        "12682",
        11,
    )
    assert found.at == datetime(2009, 12, 3, 9, 28, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (found.unit_price, found.is_goods) == (Decimal("1.45"), True)
