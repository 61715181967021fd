"""Retour's own CSV: one row per order line, and rows for further parcels and payments.

The columns are explained in docs/import.md. Columns of the order count on its first row; later
rows may leave them empty or repeat them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from orders.imports import values
from orders.imports.records import Cells, Record, grouped, record_of
from orders.imports.source import Row, Source
from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
    ProductData,
)
from orders.models import Store

REQUIRED = ("order", "placed_at", "title", "quantity", "unit_price")
ORDER_COLUMNS = (
    "placed_at", "currency", "email", "customer", "customer_name", "customer_group",
    "customer_tags", "language", "channel", "canceled_at", "archived_at", "tax_included",
    "discount", "shipping", "shipping_tax", "outstanding",
    *(f"{kind}_{part}" for kind in ("ship", "bill") for part in AddressData.__slots__),
)  # fmt: skip
LINE_COLUMNS = ("title", "quantity", "unit_price", "sku")
# Two rows without a name for their parcel are of the same one when these agree.
PARCEL_COLUMNS = ("shipped_at", "location", "tracking_company", "tracking_number")
PAYMENT_COLUMNS = ("payment_amount", "payment_method", "payment_id")

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NO_AMOUNT = Decimal(0)


def records(source: Source, store: Store) -> Iterator[Record]:
    """Return the orders of the file. Raises UnreadableFile."""
    for group in grouped(source.rows(REQUIRED), "order"):
        yield record_of(group, lambda name, rows: _Order(name, rows, store).record())


class _Order:
    """The rows of one order on their way to data."""

    def __init__(self, name: str, rows: list[Row], store: Store) -> None:
        self.name = name
        self.rows = rows
        self.store = store
        self.cells = [Cells(row) for row in rows]
        self.lines: list[LineData] = []
        self.line_rows: list[int] = []
        self.payments: list[PaymentData] = []
        self.parcels: dict[tuple[str, ...], FulfillmentData] = {}

    def record(self) -> Record:
        """Return what the rows say, or what is wrong with them."""
        for cells in self.cells:
            self._check_repeats(cells)
            self._read_row(cells)
        data = self._order(self.cells[0])
        problems = tuple(problem for cells in self.cells for problem in cells.problems)
        return Record(
            self.name,
            tuple(self.rows),
            data=None if problems else data,
            line_rows=tuple(self.line_rows),
            problems=problems,
        )

    def _check_repeats(self, cells: Cells) -> None:
        for column in ORDER_COLUMNS:
            if cells.row[column] not in ("", self.rows[0][column]):
                message = _("%(column)s: differs from the order's first row.")
                cells.problems.append((cells.row.line, message % {"column": column}))

    def _read_row(self, cells: Cells) -> None:
        """Take the line, the sent pieces and the payment that the row may hold."""
        row = cells.row
        has_line = any(row[column] for column in LINE_COLUMNS)
        if has_line:
            self.lines.append(_line(cells))
            self.line_rows.append(row.line)
        if row["shipped_at"]:
            self._add_sent(cells, has_line=has_line)
        if any(row[column] for column in PAYMENT_COLUMNS):
            self.payments.append(_payment(cells))
        if not (has_line or row["shipped_at"] or row["payment_amount"]):
            message = _("This row holds no line, no shipment and no payment.")
            cells.problems.append((row.line, message))

    def _add_sent(self, cells: Cells, *, has_line: bool) -> None:
        row = cells.row
        number = len(self.lines) if has_line else cells.read("shipped_line", values.count, 0)
        if has_line and not row["shipped_quantity"]:
            quantity = self.lines[-1].quantity
        else:
            quantity = cells.read("shipped_quantity", values.count, 0)
        sent = FulfillmentLineData(line=number, quantity=quantity)
        key = (
            (row["fulfillment"],)
            if row["fulfillment"]
            else tuple(row[column] for column in PARCEL_COLUMNS)
        )
        known = self.parcels.get(key)
        if known is None:
            self.parcels[key] = _parcel(cells, sent)
        else:
            self.parcels[key] = replace(known, lines=(*known.lines, sent))

    def _order(self, cells: Cells) -> OrderData:
        row = cells.row
        customer = _customer(cells) if row["customer"] else None
        return OrderData(
            store=self.store.code,
            reference=self.name,
            currency=row["currency"] or self.store.currency,
            placed_at=cells.read("placed_at", values.moment, _NO_TIME),
            lines=tuple(self.lines),
            fulfillments=tuple(self.parcels.values()),
            payments=tuple(self.payments),
            customer=customer,
            guest_email="" if customer else row["email"],
            language=row["language"],
            channel=row["channel"],
            canceled_at=cells.read("canceled_at", values.moment_or_none, None),
            archived_at=cells.read("archived_at", values.moment_or_none, None),
            billing_address=_address(row, "bill"),
            shipping_address=_address(row, "ship"),
            tax_included=cells.read("tax_included", values.flag_or_none, None) is not False,
            discount=cells.read("discount", values.amount, _NO_AMOUNT),
            shipping_amount=cells.read("shipping", values.amount, _NO_AMOUNT),
            shipping_tax=cells.read("shipping_tax", values.amount, _NO_AMOUNT),
            outstanding=cells.read("outstanding", values.amount_or_none, None),
        )


def _line(cells: Cells) -> LineData:
    row = cells.row
    return LineData(
        title=row["title"],
        quantity=cells.read("quantity", values.count, 1),
        unit_price=cells.read("unit_price", values.needed_amount, _NO_AMOUNT),
        discount_total=cells.read("line_discount", values.amount, _NO_AMOUNT),
        tax_total=cells.read("line_tax", values.amount, _NO_AMOUNT),
        sku=row["sku"],
        external_id=row["line_id"],
        barcode=row["barcode"],
        options=cells.read("options", values.pairs, {}),
        image=row["image"],
        bundle_kind=row["bundle_kind"].upper() or "NONE",
        bundle_parent=cells.read("bundle_line", values.count_or_none, None),
        final_sale=cells.read("final_sale", values.flag_or_none, None),
        personalised=cells.read("personalised", values.flag_or_none, None) is True,
        is_goods=cells.read("goods", values.flag_or_none, None) is not False,
        product=_product(row),
    )


def _product(row: Row) -> ProductData | None:
    product = ProductData(
        handle=row["product"],
        title=row["product_title"],
        vendor=row["vendor"],
        product_type=row["product_type"],
        tags=values.words(row["tags"]),
    )
    return product if product != ProductData() else None


def _parcel(cells: Cells, sent: FulfillmentLineData) -> FulfillmentData:
    row = cells.row
    return FulfillmentData(
        shipped_at=cells.read("shipped_at", values.moment, _NO_TIME),
        lines=(sent,),
        delivered_at=cells.read("delivered_at", values.moment_or_none, None),
        external_id=row["fulfillment"],
        location=row["location"],
        tracking_company=row["tracking_company"],
        tracking_number=row["tracking_number"],
        tracking_url=row["tracking_url"],
    )


def _payment(cells: Cells) -> PaymentData:
    row = cells.row
    return PaymentData(
        amount=cells.read("payment_amount", values.needed_amount, _NO_AMOUNT),
        captured_at=cells.read("paid_at", values.moment_or_none, None),
        method=row["payment_method"].upper() or "OTHER",
        gateway=row["gateway"] or "manual",
        external_id=row["payment_id"],
        refunded=cells.read("refunded", values.amount, _NO_AMOUNT),
    )


def _customer(cells: Cells) -> CustomerData:
    row = cells.row
    return CustomerData(
        reference=row["customer"],
        email=row["email"],
        name=row["customer_name"],
        language=row["language"],
        group=row["customer_group"],
        tags=values.words(row["customer_tags"]),
    )


def _address(row: Row, kind: str) -> AddressData:
    return AddressData(**{part: row[f"{kind}_{part}"] for part in AddressData.__slots__})
