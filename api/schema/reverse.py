"""Taking goods back: the work at each place, the parcels, and what became of the pieces."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.schema.connections import Connection, connection
from api.schema.enums import (
    ReverseFulfillmentOrderDispositionType,
    ReverseFulfillmentOrderStatus,
    ReverseFulfillmentOrderThirdPartyConfirmationStatus,
)
from api.schema.fields import global_id, of, output, read
from api.schema.lines import FulfillmentLineItem
from api.schema.loading import children, related
from api.schema.nodes import Node, register
from api.schema.places import Location
from api.schema.return_lines import return_line_rows
from api.schema.scalars import URL, DateTime
from returns.links import buyer_link
from returns.models import Disposition as DispositionRow
from returns.models import ReverseDelivery as ParcelRow
from returns.models import ReverseDeliveryLine as ParcelLineRow
from returns.models import ReverseFulfillment as WorkRow
from returns.models import ReverseFulfillmentLine as WorkLineRow

if TYPE_CHECKING:
    from api.schema.orders import Order

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]
WorkRef = Annotated["ReverseFulfillmentOrder", strawberry.lazy("api.schema.reverse")]


@output("ReverseFulfillmentOrderDisposition")
@of(DispositionRow)
class ReverseFulfillmentOrderDisposition(Node):
    """What became of some pieces."""

    id: strawberry.ID = global_id("ReverseFulfillmentOrderDisposition")
    type: ReverseFulfillmentOrderDispositionType = read("type", "What became of them.")
    quantity: int = read("quantity", "Of how many pieces.")
    location: Location | None = read(
        lambda row: related(row, "location") if row.location_id else None, "Where."
    )
    created_at: DateTime = read("created_at", "When it was decided.")


register("ReverseFulfillmentOrderDisposition", DispositionRow.objects.all, scope="read_returns")


def _dispositions(row: WorkLineRow) -> list[DispositionRow]:
    return children(row, "dispositions", lambda: DispositionRow.objects.order_by("pk"))


@output("ReverseFulfillmentOrderLineItem")
@of(WorkLineRow)
class ReverseFulfillmentOrderLineItem(Node):
    """Pieces that are to be taken back at a place."""

    id: strawberry.ID = global_id("ReverseFulfillmentOrderLineItem")
    total_quantity: int = read("quantity", "How many pieces.")
    fulfillment_line_item: FulfillmentLineItem | None = read(
        lambda row: related(related(row, "return_line", return_line_rows), "fulfillment_line"),
        "Of what was sent.",
    )
    dispositions: list[ReverseFulfillmentOrderDisposition] = read(
        _dispositions, "What became of them."
    )


def work_line_rows() -> Any:
    """Return the lines of the work at places, with what each takes back."""
    return WorkLineRow.objects.select_related("return_line__fulfillment_line__order_line")


register("ReverseFulfillmentOrderLineItem", work_line_rows, scope="read_returns")


def work_lines(row: WorkRow) -> list[WorkLineRow]:
    """Return what a place has to take back; what was taken out of the return is left out."""
    return children(row, "lines", lambda: WorkLineRow.objects.filter(quantity__gt=0).order_by("pk"))


@output("ReverseDeliveryTrackingV2")
class ReverseDeliveryTracking:
    """How a parcel back can be followed."""

    carrier_name: str | None = read(
        lambda row: (row.carrier_name if row.carrier else "") or None, "Who carries it, if known."
    )
    number: str | None = read(lambda row: row.tracking_number or None, "Its number there.")
    url: URL | None = read(lambda row: row.tracking_url or None, "Where it can be followed.")


def _label_url(row: ParcelRow) -> str | None:
    """Return where the label is: the given link, or the return's page, which offers the file."""
    if row.label_url:
        return row.label_url
    if not row.label:
        return None
    return_ = related(row, "for_return")
    order = related(return_, "order")
    related(order, "customer")
    return buyer_link(return_)


@output("ReverseDeliveryLabelV2")
class ReverseDeliveryLabel:
    """The label of a parcel back."""

    created_at: DateTime = read(lambda row: row.labeled_at or row.created_at, "Since when.")
    updated_at: DateTime = read(
        lambda row: row.relabeled_at or row.labeled_at or row.created_at, "When it last changed."
    )
    public_file_url: URL | None = read(_label_url, "Where it can be fetched.")


@output("ReverseDeliveryShippingDeliverable")
@of(ParcelRow)
class ReverseDeliveryShippingDeliverable:
    """What a parcel back travels with."""

    tracking: ReverseDeliveryTracking | None = read(
        lambda row: row if row.tracking_number or row.tracking_url else None, "How to follow it."
    )
    label: ReverseDeliveryLabel | None = read(
        lambda row: row if row.has_label else None, "Its label."
    )


ReverseDeliveryDeliverable = Annotated[
    ReverseDeliveryShippingDeliverable,
    strawberry.union("ReverseDeliveryDeliverable", description="How goods come back."),
]


def delivered(row: ParcelRow) -> ParcelRow | None:
    """Return a parcel that travels with something: tracking or a label."""
    return row if row.tracking_number or row.tracking_url or row.has_label else None


def parcel_lines(row: ParcelRow) -> list[ParcelLineRow]:
    """Return what is in a parcel back, as far as somebody said."""
    return children(row, "lines", lambda: ParcelLineRow.objects.order_by("pk"))


@output("ReverseDeliveryLineItem")
@of(ParcelLineRow)
class ReverseDeliveryLineItem(Node):
    """Pieces that travel in a parcel back."""

    id: strawberry.ID = global_id("ReverseDeliveryLineItem")
    quantity: int = read("quantity", "How many pieces.")
    reverse_fulfillment_order_line_item: ReverseFulfillmentOrderLineItem = read(
        lambda row: related(row, "line"), "Which of those to be taken back."
    )
    dispositions: list[ReverseFulfillmentOrderDisposition] = read(
        lambda row: _dispositions(related(row, "line")), "What became of them."
    )


register("ReverseDeliveryLineItem", ParcelLineRow.objects.all, scope="read_returns")


@output("ReverseDelivery")
@of(ParcelRow)
class ReverseDelivery(Node):
    """A parcel back."""

    id: strawberry.ID = global_id("ReverseDelivery")
    deliverable: ReverseDeliveryDeliverable | None = read(delivered, "What it travels with.")
    reverse_fulfillment_order: WorkRef = read(
        lambda row: related(row, "reverse_fulfillment"), "The work that it is for."
    )
    reverse_delivery_line_items: Connection[ReverseDeliveryLineItem] = connection(
        ReverseDeliveryLineItem, lambda row, _info: parcel_lines(row), "What is in it."
    )


def parcel_rows() -> Any:
    """Return parcels back."""
    return ParcelRow.objects.all()


register("ReverseDelivery", parcel_rows, scope="read_returns")


@output("ReverseFulfillmentOrderThirdPartyConfirmation")
class ReverseFulfillmentOrderThirdPartyConfirmation:
    """What somebody who takes goods back for the shop said."""

    status: ReverseFulfillmentOrderThirdPartyConfirmationStatus = strawberry.field(
        description="What they said."
    )


def work_rows() -> Any:
    """Return the work at places."""
    return WorkRow.objects.all()


@output("ReverseFulfillmentOrder")
@of(WorkRow)
class ReverseFulfillmentOrder(Node):
    """The work of taking goods back at one place."""

    id: strawberry.ID = global_id("ReverseFulfillmentOrder")
    status: ReverseFulfillmentOrderStatus = read("status", "How far it is.")
    order: OrderRef | None = read(
        lambda row: related(related(row, "for_return"), "order"), "Of which order the goods are."
    )
    third_party_confirmation: ReverseFulfillmentOrderThirdPartyConfirmation | None = read(
        lambda _row: None, "Nobody outside takes goods back."
    )
    line_items: Connection[ReverseFulfillmentOrderLineItem] = connection(
        ReverseFulfillmentOrderLineItem, lambda row, _info: work_lines(row), "What is to come."
    )
    reverse_deliveries: Connection[ReverseDelivery] = connection(
        ReverseDelivery,
        lambda row, _info: children(row, "parcels", lambda: parcel_rows().order_by("number")),
        "The parcels that bring it.",
    )


register("ReverseFulfillmentOrder", work_rows, scope="read_returns")
