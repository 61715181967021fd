"""One complete order as data; tests change what they are about with `dataclasses.replace`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orders.intake import (
    AddressData,
    CustomerData,
    FulfillmentData,
    FulfillmentLineData,
    LineData,
    OrderData,
    PaymentData,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACED = datetime(2026, 11, 10, 9, 30)  # noqa: DTZ001 - in the time of the store
SHIPPED = datetime(2026, 11, 11, 16, tzinfo=UTC)


def line(**values: Any) -> LineData:
    """Return a line of three cups at 10.00."""
    return LineData(
        **{
            "title": "Cup",
            "quantity": 3,
            "unit_price": Decimal("10.00"),
            "sku": "CUP-1",
            "options": {"Colour": "Sage"},
            **values,
        }
    )


def parcel(*quantities: int, **values: Any) -> FulfillmentData:
    """Return a parcel with so many pieces of line 1, line 2 and so on; 0 leaves a line out."""
    lines = tuple(
        FulfillmentLineData(line=number, quantity=quantity)
        for number, quantity in enumerate(quantities, start=1)
        if quantity
    )
    return FulfillmentData(**{"shipped_at": SHIPPED, "lines": lines, **values})


def order(**values: Any) -> OrderData:
    """Return an order of cups and a plate of a known customer, all sent and paid."""
    return OrderData(
        **{
            "store": "linden",
            "reference": "#1001",
            "currency": "EUR",
            "placed_at": PLACED,
            "customer": CustomerData(
                reference="C-1", email="ada@example.com", name="Ada Winter", language="de"
            ),
            "shipping_address": AddressData(name="Ada Winter", city="Köln", country="DE"),
            "lines": (
                line(),
                line(title="Plate", quantity=1, unit_price=Decimal("7.50"), sku="PLATE-1"),
            ),
            "fulfillments": (parcel(3, 1, tracking_number="JJD0001"),),
            "payments": (PaymentData(amount=Decimal("41.45"), method="CARD"),),
            "shipping_amount": Decimal("3.95"),
            **values,
        }
    )
