"""Replacements leave: out of stock, and into the order with a parcel of their own.

These are the steps of `exchanges.process_exchange`, which holds the locks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from orders import stock
from orders.models import Fulfillment, FulfillmentLine, Order, OrderLine, Variant
from returns.errors import OutOfStock
from returns.exchanges import prices
from returns.models import ExchangeLine, ExchangeShipment
from returns.policies import freezing


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How a parcel with replacements travels."""

    company: str = ""
    number: str = ""
    url: str = ""


def take_from_stock(sent: Sequence[ExchangeLine], pieces: Mapping[int, int]) -> None:
    """Take pieces (by exchange line) of locked lines out of stock, those held for them first.

    Counts what is held off the lines, without saving. Raises OutOfStock.
    """
    reserved = {line: min(line.reserved_quantity, pieces[line.pk]) for line in sent}
    short = stock.take(
        stock.summed((line.variant_id, line.location_id, pieces[line.pk]) for line in sent),
        held=stock.summed(
            (line.variant_id, line.location_id, count) for line, count in reserved.items()
        ),
    )
    for line in sent:
        if (line.variant_id, line.location_id) in short:
            raise OutOfStock(
                _("%(title)s is no longer reserved and has sold out. Choose another replacement.")
                % {"title": line.title},
                field=("exchanges", str(line.pk)),
            )
        line.reserved_quantity -= reserved[line]


def join_order(
    order: Order,
    sent: Sequence[ExchangeLine],
    pieces: Mapping[int, int],
    tracking: Tracking,
    *,
    at: datetime,
) -> None:
    """Add lines and parcels to the locked order; what is returned of them later starts here."""
    parcels = _parcels(order, sent, tracking, at=at)
    bought = _order_lines(order, sent, pieces)
    FulfillmentLine.objects.bulk_create(
        FulfillmentLine(
            fulfillment=parcels[line.location_id], order_line=made, quantity=made.quantity
        )
        for line, made in zip(sent, bought, strict=True)
    )
    ExchangeShipment.objects.bulk_create(
        ExchangeShipment(exchange_line=line, order_line=made, quantity=made.quantity, sent_at=at)
        for line, made in zip(sent, bought, strict=True)
    )


def _parcels(
    order: Order, sent: Sequence[ExchangeLine], tracking: Tracking, *, at: datetime
) -> dict[int, Fulfillment]:
    last = order.fulfillments.aggregate(last=Max("number"))["last"] or 0
    places = sorted({line.location_id for line in sent})
    made = Fulfillment.objects.bulk_create(
        Fulfillment(
            order=order,
            number=number,
            location_id=place,
            shipped_at=at,
            tracking_company=tracking.company,
            tracking_number=tracking.number,
            tracking_url=tracking.url,
            from_exchange=True,
        )
        for number, place in enumerate(places, start=last + 1)
    )
    return dict(zip(places, made, strict=True))


def _order_lines(
    order: Order, sent: Sequence[ExchangeLine], pieces: Mapping[int, int]
) -> list[OrderLine]:
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    variants = Variant.objects.select_related("product").in_bulk({line.variant_id for line in sent})
    lines = []
    for position, line in enumerate(sent, start=last + 1):
        count = pieces[line.pk]
        price = prices.amounts_of_pieces(line, order.currency, line.processed_quantity, count)
        lines.append(
            OrderLine(
                order=order,
                position=position,
                variant=variants[line.variant_id],
                sku=line.sku,
                title=line.title,
                options=line.options,
                image=line.image,
                quantity=count,
                unit_price=price.unit_price,
                discount_total=price.discount_total,
                tax_total=price.tax_total,
                final_sale=variants[line.variant_id].product.final_sale,
                from_exchange=True,
            )
        )
    freezing.freeze([(order, lines)])
    return OrderLine.objects.bulk_create(lines)
