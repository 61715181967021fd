"""The columns of *Online Retail II*: one row per article of an invoice of a gift shop in the UK.

Daqing Chen, UCI Machine Learning Repository, 2019, doi 10.24432/C5CG6D. What becomes of each kind
of row is explained in docs/import.md. Invoices that begin with C are cancellations: they are set
aside here and read by `cancellations`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from babel import Locale
from django.utils.translation import gettext as _

from orders.imports import values
from orders.imports.records import Cells, Record, grouped, record_of
from orders.imports.source import Row, Source, UnreadableFile
from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
)
from orders.models import Store

REQUIRED = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
    "Country",
)  # fmt: skip
CURRENCY = "GBP"
DISCOUNT = "D"
# Stock codes of charges, corrections and gift cards: kept as lines that are no goods.
NOT_GOODS = frozenset(
    {
        "ADJUST", "ADJUST2", "AMAZONFEE", "B", "BANK CHARGES", "C2", "C3", "CRUK", "D", "DOT", "M",
        "PADS", "POST", "S", "TEST001", "TEST002",
    }
)  # fmt: skip
_GIFT_CARD = "GIFT_"
_ORDER = re.compile(r"\d{6}")
_CANCELLATION = re.compile(r"C\d{6}")
_OTHER_COUNTRY_NAMES = {"EIRE": "IE", "RSA": "ZA", "USA": "US", "Korea": "KR"}
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NO_AMOUNT = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One row of a cancellation: so many pieces of an article back from a customer.

    unit_price: what the cancellation itself says, in pounds; not always the price paid.
    """

    line: int
    invoice: str
    sku: str
    title: str
    quantity: int
    at: datetime
    unit_price: Decimal
    customer: str

    @property
    def is_goods(self) -> bool:
        """Whether something can come back at all."""
        return is_goods(self.sku)


def is_goods(code: str) -> bool:
    """Whether a stock code is an article and not a charge, a correction or a gift card."""
    return code.upper() not in NOT_GOODS and not code.upper().startswith(_GIFT_CARD)


def records(source: Source, store: Store) -> Iterator[Record]:
    """Return the invoices of the file. Raises UnreadableFile."""
    for group in grouped(source.rows(REQUIRED), "InvoiceNo"):
        name, rows, _whole = group
        if _CANCELLATION.fullmatch(name):
            yield Record(name, tuple(rows), set_aside=_("Cancellation: set aside for the replay"))
        else:
            yield record_of(group, lambda name, rows: _invoice(name, rows, store))


def cancellations(source: Source, store: Store) -> Iterator[Cancellation]:
    """Return the rows of cancellations in the order of the file.

    Raises UnreadableFile, also for a row of a cancellation that is not right.
    """
    for row in source.rows(REQUIRED):
        if _CANCELLATION.fullmatch(row["InvoiceNo"]):
            yield _cancellation(row, store)


def _cancellation(row: Row, store: Store) -> Cancellation:
    cells = Cells(row)
    found = Cancellation(
        line=row.line,
        invoice=row["InvoiceNo"],
        sku=row["StockCode"],
        title=row["Description"],
        quantity=-cells.read("Quantity", values.count, -1),
        at=cells.read("InvoiceDate", values.moment, _NO_TIME).replace(tzinfo=store.zone),
        unit_price=cells.read("UnitPrice", values.needed_amount, _NO_AMOUNT),
        customer=_customer_id(row),
    )
    problems = [message for _line, message in cells.problems]
    if row.fault or found.quantity < 1:
        problems.append(row.fault or _("A cancellation needs a quantity below 0."))
    if problems:
        message = _("Line %(line)d: %(problems)s")
        raise UnreadableFile(message % {"line": row.line, "problems": " ".join(problems)})
    return found


def _invoice(name: str, rows: list[Row], store: Store) -> Record:
    cells = [Cells(row) for row in rows]
    if not _ORDER.fullmatch(name):
        unknown = _("“%(name)s” is no number of an invoice.") % {"name": name[:50]}
        cells[0].problems.append((rows[0].line, unknown))
    for each in cells[1:]:
        _check_same(each, rows[0])
    kept = [each for each in cells if not _is_discount(each.row)]
    lines = tuple(_line(each) for each in kept)
    discount = sum((_discount(each) for each in cells if _is_discount(each.row)), _NO_AMOUNT)
    placed_at = cells[0].read("InvoiceDate", values.moment, _NO_TIME)
    problems = tuple(problem for each in cells for problem in each.problems)
    data = OrderData(
        store=store.code,
        reference=name,
        currency=CURRENCY,
        placed_at=placed_at,
        lines=lines,
        fulfillments=_parcel(lines, placed_at),
        payments=_payment(lines, discount),
        customer=_customer(rows[0]),
        shipping_address=AddressData(country=_country(rows[0]["Country"])),
        discount=discount,
    )
    return Record(
        name,
        tuple(rows),
        data=None if problems else data,
        line_rows=tuple(each.row.line for each in kept),
        problems=problems,
        remarks=tuple(filter(None, map(_remark, rows))),
    )


def _check_same(cells: Cells, first: Row) -> None:
    """An invoice has one customer and one country."""
    for column in ("CustomerID", "Country"):
        if cells.row[column] != first[column]:
            message = _("%(column)s: differs from the order's first row.")
            cells.problems.append((cells.row.line, message % {"column": column}))


def _line(cells: Cells) -> LineData:
    code = cells.row["StockCode"]
    return LineData(
        title=cells.row["Description"] or code,
        quantity=cells.read("Quantity", values.count, 1),
        unit_price=cells.read("UnitPrice", values.needed_amount, _NO_AMOUNT),
        sku=code,
        is_goods=is_goods(code),
    )


def _is_discount(row: Row) -> bool:
    """Whether a row takes money off the invoice; a positive D is a charge like any other."""
    return row["StockCode"].upper() == DISCOUNT and (
        row["Quantity"].startswith("-") ^ row["UnitPrice"].startswith("-")
    )


def _discount(cells: Cells) -> Decimal:
    quantity = cells.read("Quantity", values.count, 0)
    return abs(quantity * cells.read("UnitPrice", values.needed_amount, _NO_AMOUNT))


def _parcel(lines: tuple[LineData, ...], shipped_at: datetime) -> tuple[FulfillmentData, ...]:
    """All goods in one parcel on the day of the invoice; when it arrived the file does not say."""
    sent = tuple(
        FulfillmentLineData(line=number, quantity=line.quantity)
        for number, line in enumerate(lines, start=1)
        if line.is_goods and line.quantity > 0
    )
    return (FulfillmentData(shipped_at=shipped_at, lines=sent),) if sent else ()


def _payment(lines: tuple[LineData, ...], discount: Decimal) -> tuple[PaymentData, ...]:
    total = sum((line.unit_price * line.quantity for line in lines), -discount)
    return (PaymentData(amount=total),) if total > 0 else ()


def _customer(row: Row) -> CustomerData | None:
    reference = _customer_id(row)
    return CustomerData(reference=reference) if reference else None


def _customer_id(row: Row) -> str:
    """Return the customer's number; some copies of the data write it as 12345.0."""
    return row["CustomerID"].removesuffix(".0")


def _country(name: str) -> str:
    """Return the code of a country by its English name; empty for one that is none."""
    return _OTHER_COUNTRY_NAMES.get(name) or _country_codes().get(name, "")


@cache
def _country_codes() -> dict[str, str]:
    territories = Locale("en").territories
    return {name: code for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def _remark(row: Row) -> str:
    """Return what is done with a row that is no plain sale of goods."""
    code = row["StockCode"].upper()
    if _is_discount(row):
        return _("%(code)s: taken off the invoice's lines") % {"code": code}
    if not is_goods(code):
        code = _GIFT_CARD if code.startswith(_GIFT_CARD) else code
        return _("%(code)s: kept as a line that is no goods") % {"code": code}
    if row["UnitPrice"] and not row["UnitPrice"].strip("0."):
        return _("Price 0: kept as goods that cost nothing")
    return ""
