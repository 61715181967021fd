"""What was sent of an order, what can go back of it, and what is still to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from api.engine.gids import gid
from api.schema.codes import CountryCode
from api.schema.connections import Connection, connection, with_arguments
from api.schema.enums import (
    FulfillmentDisplayStatus,
    FulfillmentHoldReason,
    FulfillmentOrderAction,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
)
from api.schema.fields import global_id, of, output, read
from api.schema.lines import FulfillmentLineItem, LineItem, line_of, sent_lines
from api.schema.loading import children, introduce, related
from api.schema.nodes import LegacyInteroperability, Node, register, register_finder
from api.schema.order_values import fulfillment_status, lines_of, sent_pieces
from api.schema.places import Location
from api.schema.products import ProductVariant
from api.schema.scalars import URL, DateTime, UnsignedInt64
from orders.models import Fulfillment as FulfillmentRow
from orders.models import FulfillmentLine as FulfillmentLineRow
from orders.models import Order as OrderRow
from orders.models import OrderLine as LineRow
from returns.eligibility import is_returned_by_itself

if TYPE_CHECKING:
    from api.schema.orders import Order

OrderRef = Annotated["Order", strawberry.lazy("api.schema.orders")]
SentRef = Annotated["FulfillmentLineItem", strawberry.lazy("api.schema.lines")]


@output("FulfillmentTrackingInfo")
class FulfillmentTrackingInfo:
    """How a parcel can be followed."""

    company: str | None = read(lambda row: row.tracking_company or None, "Who carries it.")
    number: str | None = read(lambda row: row.tracking_number or None, "Its number there.")
    url: URL | None = read(lambda row: row.tracking_url or None, "Where it can be followed.")


def _tracking(row: FulfillmentRow, _info: Any, *, first: int | None) -> list[FulfillmentRow]:
    known = row.tracking_company or row.tracking_number or row.tracking_url
    return [row][:first] if known else []


@output("Fulfillment")
@of(FulfillmentRow)
class Fulfillment(LegacyInteroperability, Node):
    """One parcel to the buyer."""

    id: strawberry.ID = global_id("Fulfillment")
    legacy_resource_id: UnsignedInt64 = read("pk", "The number within the id.")
    name: str = read(lambda row: f"{related(row, 'order').reference}-F{row.number}", "Its name.")
    status: FulfillmentStatus = read(lambda _row: "SUCCESS", "Whether it was sent; every one was.")
    display_status: FulfillmentDisplayStatus | None = read(
        lambda row: "DELIVERED" if row.delivered_at else "FULFILLED", "How far it is."
    )
    created_at: DateTime = read("shipped_at", "When it was sent.")
    updated_at: DateTime = read(
        lambda row: row.delivered_at or row.shipped_at, "When something last happened to it."
    )
    delivered_at: DateTime | None = read("delivered_at", "When it arrived.")
    in_transit_at: DateTime | None = read("shipped_at", "Since when it is under way.")
    total_quantity: int = read(
        lambda row: sum(line.quantity for line in sent_lines(row)), "How many pieces are in it."
    )
    location: Location | None = read(
        lambda row: related(row, "location") if row.location_id else None, "Where it was sent from."
    )
    order: OrderRef = read(lambda row: related(row, "order"), "Of which order.")
    tracking_info: list[FulfillmentTrackingInfo] = with_arguments(
        list[FulfillmentTrackingInfo], _tracking, "How to follow it.", first=(int | None, UNSET)
    )
    fulfillment_line_items: Connection[SentRef] = connection(
        SentRef, lambda row, _info: sent_lines(row), "What is in it."
    )


register("Fulfillment", lambda: FulfillmentRow.objects.select_related("order"), scope="read_orders")


def fulfillments_of(order: OrderRow) -> list[FulfillmentRow]:
    """Return what was sent of an order, in that order."""
    return children(order, "fulfillments", lambda: FulfillmentRow.objects.order_by("number"))


# --- what can go back ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ReturnablePieces:
    """So many pieces of a parcel that are in no return."""

    line: FulfillmentLineRow
    quantity: int


@dataclass(frozen=True)
class Returnable:
    """A parcel of which something can go back; `pk` is the parcel's."""

    fulfillment: FulfillmentRow

    @property
    def pk(self) -> int:
        """The number of the id: the parcel's own."""
        return self.fulfillment.pk

    def pieces(self) -> list[ReturnablePieces]:
        """Return what can go back: what was sent and is in no return."""
        found = []
        for line in sent_lines(self.fulfillment):
            left = line.quantity - line.returning_quantity
            bought = line_of(line)
            parent = related(bought, "bundle_parent") if bought.bundle_parent_id else None
            if left > 0 and is_returned_by_itself(bought, parent):
                found.append(ReturnablePieces(line, left))
        return found


@output("ReturnableFulfillmentLineItem")
class ReturnableFulfillmentLineItem:
    """Pieces of a parcel that can go back."""

    fulfillment_line_item: FulfillmentLineItem = read("line", "Of what was sent.")
    quantity: int = read("quantity", "How many pieces.")


@output("ReturnableFulfillment")
@of(Returnable)
class ReturnableFulfillment(Node):
    """A parcel of which something can go back."""

    id: strawberry.ID = global_id("ReturnableFulfillment")
    fulfillment: Fulfillment = read("fulfillment", "The parcel.")
    returnable_fulfillment_line_items: Connection[ReturnableFulfillmentLineItem] = connection(
        ReturnableFulfillmentLineItem, lambda row, _info: row.pieces(), "What can go back of it."
    )


def returnables(parcels: Sequence[FulfillmentRow]) -> list[Returnable]:
    """Return the parcels of which something can go back."""
    return [found for parcel in parcels if (found := Returnable(parcel)).pieces()]


def _find_returnables(numbers: Sequence[int]) -> dict[int, Returnable]:
    parcels = list(FulfillmentRow.objects.filter(pk__in=numbers).select_related("order"))
    introduce(parcels)
    return {found.pk: found for found in returnables(parcels)}


register_finder("ReturnableFulfillment", _find_returnables, scope="read_returns")


# --- what is to be sent -------------------------------------------------------------------------


@dataclass(frozen=True)
class LineToSend:
    """A line of goods as work to be done; `pk` is the line's."""

    line: LineRow

    @property
    def pk(self) -> int:
        """The number of the id: the line's own."""
        return self.line.pk

    @property
    def remaining(self) -> int:
        """Pieces that were not sent yet."""
        return max(self.line.quantity - self.line.canceled_quantity - sent_pieces(self.line), 0)


@dataclass(frozen=True)
class ToSend:
    """The sending of an order as one piece of work; `pk` is the order's."""

    order: OrderRow

    @property
    def pk(self) -> int:
        """The number of the id: the order's own."""
        return self.order.pk

    def lines(self) -> list[LineToSend]:
        """Return the lines of goods."""
        lines = lines_of(self.order)
        return [LineToSend(line) for line in lines if line.is_goods and not line.from_exchange]

    def status(self) -> str:
        """Return how far the work is."""
        if self.order.canceled_at:
            return "CANCELLED"
        sent = fulfillment_status(self.order)
        return {"FULFILLED": "CLOSED", "PARTIALLY_FULFILLED": "IN_PROGRESS"}.get(sent, "OPEN")

    def actions(self) -> list["FulfillmentOrderSupportedAction"]:
        """Return what can be done next."""
        open_ = self.status() in ("OPEN", "IN_PROGRESS")
        return [FulfillmentOrderSupportedAction(action="CREATE_FULFILLMENT")] if open_ else []

    def place(self) -> "FulfillmentOrderAssignedLocation":
        """Return where the goods are sent from: the store's place."""
        store = related(self.order, "store")
        location = related(store, "return_location") if store.return_location_id else None
        place = location or store
        return FulfillmentOrderAssignedLocation(
            name=place.name,
            location=location,
            address1=place.line1 or None,
            address2=place.line2 or None,
            city=place.city or None,
            zip=place.postal_code or None,
            province=place.region or None,
            country_code=place.country or "ZZ",
        )


@output("FulfillmentOrderSupportedAction")
class FulfillmentOrderSupportedAction:
    """Something that can be done next."""

    action: FulfillmentOrderAction = strawberry.field(description="What can be done.")


@output("FulfillmentHold")
class FulfillmentHold(Node):
    """A reason why something is not sent yet."""

    display_reason: str = strawberry.field(description="The reason in words.")
    reason: FulfillmentHoldReason = strawberry.field(description="The reason.")
    reason_notes: str | None = strawberry.field(description="More words.")


@output("FulfillmentOrderAssignedLocation")
class FulfillmentOrderAssignedLocation:
    """Where goods are sent from."""

    name: str = strawberry.field(description="What the place is called.")
    location: Location | None = strawberry.field(description="The location, if it is one.")
    address1: str | None = strawberry.field(description="Street and number.")
    address2: str | None = strawberry.field(description="The second line.")
    city: str | None = strawberry.field(description="The city.")
    zip: str | None = strawberry.field(description="The postal code.")
    province: str | None = strawberry.field(description="The region.")
    country_code: CountryCode = strawberry.field(description="The country's code.")


@output("FulfillmentOrderLineItem")
@of(LineToSend)
class FulfillmentOrderLineItem(Node):
    """Pieces of a line that are to be sent."""

    id: strawberry.ID = global_id("FulfillmentOrderLineItem")
    line_item: LineItem = read("line", "The line of the order.")
    total_quantity: int = read("line.quantity", "How many pieces in all.")
    remaining_quantity: int = read("remaining", "How many were not sent yet.")
    product_title: str = read("line.title", "What it is.")
    variant_title: str | None = read(lambda row: row.line.options_text or None, "Its options.")
    sku: str | None = read(lambda row: row.line.sku or None, "The stock keeping unit.")
    requires_shipping: bool = read("line.is_goods", "Whether it is goods.")
    variant: ProductVariant | None = read(
        lambda row: related(row.line, "variant") if row.line.variant_id else None,
        "The article.",
        scope="read_products",
    )


FulfillmentRef = Annotated["Fulfillment", strawberry.lazy("api.schema.fulfillments")]


@output("FulfillmentOrder")
@of(ToSend)
class FulfillmentOrder(Node):
    """The work of sending an order."""

    id: strawberry.ID = global_id("FulfillmentOrder")
    order: OrderRef = read("order", "The order.")
    order_id: strawberry.ID = read(lambda row: gid("Order", row.pk), "The id of the order.")
    order_name: str = read("order.reference", "The number of the order that people read.")
    order_processed_at: DateTime = read("order.placed_at", "When the order was placed.")
    created_at: DateTime = read("order.placed_at", "When it was opened.")
    updated_at: DateTime = read("order.imported_at", "When the order last changed.")
    status: FulfillmentOrderStatus = read(ToSend.status, "How far it is.")
    request_status: FulfillmentOrderRequestStatus = read(
        lambda _row: "UNSUBMITTED", "Nobody outside the shop was asked to send."
    )
    assigned_location: FulfillmentOrderAssignedLocation = read(
        ToSend.place, "Where it is sent from."
    )
    fulfillment_holds: list[FulfillmentHold] = read(lambda _row: [], "Why it is not sent yet.")
    supported_actions: list[FulfillmentOrderSupportedAction] = read(
        ToSend.actions, "What can be done next."
    )
    line_items: Connection[FulfillmentOrderLineItem] = connection(
        FulfillmentOrderLineItem, lambda row, _info: row.lines(), "What is to be sent."
    )
    fulfillments: Connection[FulfillmentRef] = connection(
        FulfillmentRef, lambda row, _info: fulfillments_of(row.order), "What was sent."
    )


def _find_work(numbers: Sequence[int]) -> dict[int, ToSend]:
    rows = list(OrderRow.objects.filter(pk__in=numbers).select_related("store"))
    introduce(rows)
    return {row.pk: ToSend(row) for row in rows}


register_finder("FulfillmentOrder", _find_work, scope="read_orders")
