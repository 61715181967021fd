"""Shopify's export of orders: one row per line item, the order's columns on the first row only.

What each column becomes, and what the export does not say, is explained in docs/import.md.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders import money
from orders.imports import values
from orders.imports.records import Cells, Record, grouped, record_of
from orders.imports.shopify_totals import Charged, Totals
from orders.imports.source import Row, Source
from orders.intake import (
    AddressData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
    ProductData,
)
from orders.models import PaymentMethod, Store

REQUIRED = (
    "Name", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem fulfillment status",
)  # fmt: skip
FULFILLED = "fulfilled"
# Orders in another state have had no money taken.
PAID = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
# The first word found in the name of the payment method decides.
METHODS = (
    ("paypal", PaymentMethod.PAYPAL),
    ("gift", PaymentMethod.GIFT_CARD),
    ("store credit", PaymentMethod.STORE_CREDIT),
    ("store_credit", PaymentMethod.STORE_CREDIT),
    ("bank", PaymentMethod.BANK_TRANSFER),
    ("cash", PaymentMethod.CASH),
    ("invoice", PaymentMethod.INVOICE),
    ("klarna", PaymentMethod.INVOICE),
    ("shopify", PaymentMethod.CARD),
    ("stripe", PaymentMethod.CARD),
    ("card", PaymentMethod.CARD),
)
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NO_AMOUNT = Decimal(0)


def records(source: Source, store: Store) -> Iterator[Record]:
    """Return the orders of the file. Raises UnreadableFile."""
    for group in grouped(source.rows(REQUIRED), "Name"):
        yield record_of(group, lambda name, rows: _record(name, rows, store))


def _record(name: str, rows: list[Row], store: Store) -> Record:
    cells = [Cells(row) for row in rows]
    data = _order(name, cells, store)
    problems = tuple(problem for each in cells for problem in each.problems)
    return Record(
        name,
        tuple(rows),
        data=None if problems else data,
        line_rows=tuple(row.line for row in rows),
        problems=problems,
    )


def _order(name: str, cells: list[Cells], store: Store) -> OrderData:
    head, first = cells[0], cells[0].row
    lines = [_line(each) for each in cells]
    totals = _totals(head)
    charged = _charged(head, totals, lines)
    taxed = [each.row["Lineitem taxable"].lower() != "false" for each in cells]
    taxes, shipping_tax = charged.tax_shares(lines, taxed, first["Currency"])
    return OrderData(
        store=store.code,
        reference=name,
        currency=first["Currency"],
        placed_at=head.read("Created at", values.moment, _NO_TIME),
        lines=tuple(replace(line, tax_total=tax) for line, tax in zip(lines, taxes, strict=True)),
        fulfillments=_parcel(cells),
        payments=_payment(head, totals),
        guest_email=first["Email"],
        canceled_at=head.read("Cancelled at", values.moment_or_none, None),
        billing_address=_address(first, "Billing"),
        shipping_address=_address(first, "Shipping"),
        tax_included=charged.tax_included,
        discount=charged.discount,
        shipping_amount=charged.shipping,
        shipping_tax=shipping_tax,
        outstanding=totals.outstanding,
    )


def _totals(head: Cells) -> Totals:
    def read(column: str) -> Decimal:
        return head.read(column, values.amount, _NO_AMOUNT)

    return Totals(
        subtotal=read("Subtotal"),
        shipping=read("Shipping"),
        taxes=read("Taxes"),
        total=read("Total"),
        discount=read("Discount Amount"),
        duties=read("Duties"),
        outstanding=read("Outstanding Balance"),
        refunded=read("Refunded Amount"),
    )


def _charged(head: Cells, totals: Totals, lines: list[LineData]) -> Charged:
    """Return what the sums mean; that they mean nothing is a problem of the first row."""
    currency = head.row["Currency"]
    if not money.is_currency(currency):
        message = _("Currency: “%(code)s” is not a currency.")
        head.problems.append((head.row.line, message % {"code": currency[:50]}))
    elif not head.problems:
        try:
            return totals.explained(lines)
        except ValueError as error:
            head.problems.append((head.row.line, str(error)))
    return Charged(_NO_AMOUNT, _NO_AMOUNT, _NO_AMOUNT, tax_included=True)


def _line(cells: Cells) -> LineData:
    row = cells.row
    return LineData(
        title=row["Lineitem name"],
        quantity=cells.read("Lineitem quantity", values.count, 1),
        unit_price=cells.read("Lineitem price", values.needed_amount, _NO_AMOUNT),
        discount_total=cells.read("Lineitem discount", values.amount, _NO_AMOUNT),
        sku=row["Lineitem sku"].lstrip("'"),
        is_goods=row["Lineitem requires shipping"].lower() != "false",
        product=ProductData(vendor=row["Vendor"]) if row["Vendor"] else None,
    )


def _parcel(cells: list[Cells]) -> tuple[FulfillmentData, ...]:
    """Return all fulfilled lines as one parcel: the export tells no more of them."""
    head = cells[0]
    sent = tuple(
        FulfillmentLineData(line=number, quantity=each.read("Lineitem quantity", values.count, 1))
        for number, each in enumerate(cells, start=1)
        if each.row["Lineitem fulfillment status"].lower() == FULFILLED
    )
    column = "Fulfilled at" if head.row["Fulfilled at"] else "Created at"
    shipped_at = head.read(column, values.moment, _NO_TIME)
    return (FulfillmentData(shipped_at=shipped_at, lines=sent),) if sent else ()


def _payment(head: Cells, totals: Totals) -> tuple[PaymentData, ...]:
    row = head.row
    captured = totals.total - totals.outstanding
    if row["Financial Status"].lower() not in PAID or captured <= 0:
        return ()
    payment = PaymentData(
        amount=captured,
        captured_at=head.read("Paid at", values.moment_or_none, None),
        method=_method(row["Payment Method"].lower()),
        external_id=row["Payment Reference"],
        refunded=totals.refunded,
    )
    return (payment,)


def _method(name: str) -> str:
    """Return the method; OTHER when there are several or none that is known."""
    if "+" in name:
        return PaymentMethod.OTHER.value
    return next((method.value for word, method in METHODS if word in name), "OTHER")


def _address(row: Row, kind: str) -> AddressData:
    return AddressData(
        name=row[f"{kind} Name"],
        company=row[f"{kind} Company"],
        line1=row[f"{kind} Address1"] or row[f"{kind} Street"],
        line2=row[f"{kind} Address2"],
        postal_code=row[f"{kind} Zip"].lstrip("'"),
        city=row[f"{kind} City"],
        region=row[f"{kind} Province"],
        country=row[f"{kind} Country"],
        phone=row[f"{kind} Phone"].lstrip("'"),
    )
