"""Taxes one by one, and what the buyer still has to pay, on their way in."""

from decimal import Decimal
from typing import Any

import pytest

from orders.intake import OrderRejected, PaymentData, take_in
from orders.intake.plain import order_from_plain
from orders.models import Order, OrderLine, Store
from orders.taxes import Tax
from tests.orders.intake.examples import line, order

GST = Tax(title="GST", amount=Decimal("1.50"), rate=Decimal(5))
QST = Tax(title="QST", amount=Decimal("2.99"))


def test_taxes_make_the_tax_of_their_line(store: Store) -> None:
    take_in(order(lines=(line(taxes=(GST, QST)),), fulfillments=()))

    (row,) = OrderLine.objects.all()
    assert row.tax_total == Decimal("4.49")
    assert row.tax_parts == (GST, QST)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"taxes": (GST, QST), "tax_total": Decimal("4.50")},
            "lines.1.taxes: The taxes sum to 4.49; the line says 4.50.",
        ),
        (
            {"taxes": (Tax(title=" ", amount=Decimal(1)),)},
            "lines.1.taxes.1.title: This is missing.",
        ),
        (
            {"taxes": (Tax(title="GST", amount=Decimal(1), rate=Decimal(-5)),)},
            "lines.1.taxes.1.rate: Must be a rate in percent, as in 19 or 8.875.",
        ),
    ],
)
def test_taxes_that_are_wrong_reject_the_order(
    store: Store, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(OrderRejected) as rejected:
        take_in(order(lines=(line(**changes),), fulfillments=()))

    assert str(rejected.value) == message


def test_taxes_are_read_from_plain_data() -> None:
    plain = {
        "reference": "1",
        "placed_at": "2026-11-01",
        "lines": [
            {
                "title": "Cup",
                "quantity": 1,
                "unit_price": "10",
                "taxes": [{"title": "GST", "rate": 5, "amount": "1.50"}],
            }
        ],
    }

    assert order_from_plain(plain, store="linden", currency="EUR").lines[0].taxes == (GST,)


@pytest.mark.parametrize(
    ("paid", "refunded", "said", "expected"),
    [
        (("41.45",), "0", None, "0"),
        (("41.42",), "0", None, "0"),  # rounding: up to 0.01 for each of three rows
        (("41.04",), "0", None, "0"),  # or up to a hundredth of 41.45
        (("41.03",), "0", None, "0.42"),
        (("20.00", "11.45"), "0", None, "10.00"),
        (("41.45",), "41.45", None, "0"),  # the shop paid it back: nothing is open
        (("50.00",), "0", None, "0"),
        ((), "0", None, "0"),
        (("31.45",), "0", "0", "0"),
        (("41.45",), "0", "5.00", "5.00"),
    ],
)
def test_what_is_still_to_pay(
    store: Store, paid: tuple[str, ...], refunded: str, said: str | None, expected: str
) -> None:
    payments = tuple(
        PaymentData(amount=Decimal(each), refunded=Decimal(refunded), external_id=each)
        for each in paid
    )
    take_in(order(payments=payments, outstanding=Decimal(said) if said else None))

    assert Order.objects.get().outstanding == Decimal(expected)


def test_payment_that_comes_later_is_not_outstanding_any_more(store: Store) -> None:
    first = PaymentData(amount=Decimal("20.00"), external_id="a")
    second = PaymentData(amount=Decimal("21.45"), external_id="b")
    take_in(order(payments=(first,)))
    before = Order.objects.get().outstanding
    take_in(order(payments=(first, second)))

    assert (before, Order.objects.get().outstanding) == (Decimal("21.45"), Decimal(0))


def test_tax_on_top_is_part_of_what_is_to_pay(store: Store) -> None:
    taxed = line(quantity=1, tax_total=Decimal("1.90"))
    payment = PaymentData(amount=Decimal("10.00"))
    values: dict[str, Any] = {"lines": (taxed,), "fulfillments": (), "shipping_amount": Decimal(0)}
    take_in(order(**values, payments=(payment,), tax_included=False))

    assert Order.objects.get().outstanding == Decimal("1.90")
