"""Storing orders that are new, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orders import search
from orders.intake import terms
from orders.intake.catalog import Catalog
from orders.intake.data import OrderData
from orders.intake.values import (
    fulfillment_values,
    line_values,
    order_values,
    payment_values,
    search_words,
)
from orders.models import (
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    Store,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An order in its normal form, with the store it names and the digest of its content."""

    data: OrderData
    store: Store
    digest: str


def create_all(news: Sequence[Checked], locations: Mapping[str, Location]) -> list[Order]:
    """Store orders that do not exist yet and return them in the order given.

    The store's return terms are frozen on each, and what rules say on each line. A handful of
    statements for any number of orders; the caller holds the transaction.
    """
    catalog = Catalog([new.data for new in news])
    orders = Order.objects.bulk_create([_order(new, catalog) for new in news])
    for order, new in zip(orders, news, strict=True):
        order.customer = catalog.customer(new.data.customer)
    pairs = [(order, new.data) for order, new in zip(orders, news, strict=True)]
    lines = _create_lines(pairs, catalog)
    _create_fulfillments(pairs, lines, locations)
    Payment.objects.bulk_create(
        Payment(
            order_id=order.pk, amount=payment.amount - payment.refunded, **payment_values(payment)
        )
        for order, data in pairs
        for payment in data.payments
        if payment.refunded < payment.amount
    )
    for order in orders:
        del order.search  # an expression until it is read again from the database
    return orders


def _order(new: Checked, catalog: Catalog) -> Order:
    return Order(
        store=new.store,
        reference=new.data.reference,
        return_terms=new.store.return_terms,
        source_digest=new.digest,
        search=search.vector(search_words(new.data)),
        **order_values(new.data, catalog),
    )


def _create_lines(
    pairs: list[tuple[Order, OrderData]], catalog: Catalog
) -> dict[tuple[int, int], OrderLine]:
    """Create the lines, bundles before their parts; return them by order and number."""
    rows: dict[tuple[int, int], OrderLine] = {}
    parts = []
    for order, data in pairs:
        for position, line in enumerate(data.lines, start=1):
            row = OrderLine(order=order, position=position, **line_values(line, catalog))
            row.variant = catalog.variant(line)  # with its product, which rules ask for
            rows[order.pk, position] = row
            if line.bundle_parent is not None:
                parts.append((row, (order.pk, line.bundle_parent)))
    terms.freeze_all(
        [
            (order, [rows[order.pk, n] for n in range(1, len(data.lines) + 1)])
            for order, data in pairs
        ]
    )
    kept_back = {id(row) for row, _parent in parts}
    OrderLine.objects.bulk_create(row for row in rows.values() if id(row) not in kept_back)
    for row, parent in parts:
        row.bundle_parent = rows[parent]
    OrderLine.objects.bulk_create(row for row, _parent in parts)
    return rows


def _create_fulfillments(
    pairs: list[tuple[Order, OrderData]],
    lines: Mapping[tuple[int, int], OrderLine],
    locations: Mapping[str, Location],
) -> None:
    parcels = [
        (
            Fulfillment(order_id=order.pk, number=number, **fulfillment_values(parcel, locations)),
            parcel,
        )
        for order, data in pairs
        for number, parcel in enumerate(data.fulfillments, start=1)
    ]
    Fulfillment.objects.bulk_create(row for row, _parcel in parcels)
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment_id=row.pk,
            order_line_id=lines[row.order_id, sent.line].pk,
            quantity=sent.quantity,
        )
        for row, parcel in parcels
        for sent in parcel.lines
    )
