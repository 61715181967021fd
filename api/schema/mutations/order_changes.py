"""What happens to an order afterwards: paid, sent, delivered, archived, canceled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from strawberry import UNSET

from accounts.permissions import Permission
from api import uploads
from api.engine.context import Context
from api.engine.gids import gid, number_of
from api.engine.results import Problem
from api.schema.enums import (
    FulfillmentEventStatus,
    FulfillmentOrderReleaseHoldUserErrorCode,
    OrderCancelReason,
    OrderCancelUserErrorCode,
    StagedUploadHttpMethodType,
    StagedUploadTargetGenerateUploadResource,
)
from api.schema.fields import global_id, of, output, read, taken
from api.schema.fulfillments import ToSend
from api.schema.loading import introduce
from api.schema.mutations.order_create import rejected
from api.schema.mutations.outcome import DisplayableError, found, refused
from api.schema.nodes import Node
from api.schema.order_values import received, sent_pieces, total
from api.schema.scalars import URL, DateTime, UnsignedInt64
from orders import customers
from orders.intake import OrderData, OrderRejected
from orders.intake.current import change
from orders.intake.data import FulfillmentData, FulfillmentLineData, PaymentData
from orders.models import Fulfillment as FulfillmentRow
from orders.models import Order

NO_ORDER: Final = "Order does not exist"


def _input(name: str) -> Any:
    """Declare an input that names an order, and nothing else."""
    made = type(name, (), {"__annotations__": {"id": strawberry.ID}, "__doc__": "Which order."})
    return taken(name)(made)


OrderCloseInput = _input("OrderCloseInput")
OrderOpenInput = _input("OrderOpenInput")
OrderMarkAsPaidInput = _input("OrderMarkAsPaidInput")


def _order(context: Context, gid_: str, *place: str) -> Order:
    if not context.actor.may(Permission.IMPORT_ORDERS):
        raise refused((), "The client may not change orders.")
    order: Order = found(context, gid_, "Order", place, NO_ORDER, None)
    return order


def _changed(order: Order, changed: Callable[[OrderData], OrderData], *root: str) -> Order:
    try:
        return change(order, changed)
    except OrderRejected as error:
        raise rejected(error, root) from error


def close(context: Context, *, input: Any) -> dict[str, Any]:  # noqa: A002
    """Archive an order. Nothing happens when it already is."""
    order = _order(context, input.id, "input", "id")
    if order.archived_at is None:
        order = _changed(order, lambda data: replace(data, archived_at=context.now), "input")
    return {"order": order}


def open_(context: Context, *, input: Any) -> dict[str, Any]:  # noqa: A002
    """Take an order out of the archive."""
    order = _order(context, input.id, "input", "id")
    return {"order": _changed(order, lambda data: replace(data, archived_at=None), "input")}


def mark_as_paid(context: Context, *, input: Any) -> dict[str, Any]:  # noqa: A002
    """Book what is missing of an order's price as paid by hand."""
    order = _order(context, input.id, "input", "id")
    missing = total(order) - received(order)
    if missing <= 0:
        raise refused(("input", "id"), "Order cannot be marked as paid.")
    paid = PaymentData(amount=missing, captured_at=context.now)

    def changed(data: OrderData) -> OrderData:
        return replace(data, payments=(*data.payments, paid), outstanding=Decimal(0))

    return {"order": _changed(order, changed, "input")}


# --- orderCancel --------------------------------------------------------------------------------


@taken("OrderCancelStoreCreditRefundInput")
class CancelCreditInput:
    """Store credit in place of money."""

    expires_at: DateTime | None = UNSET


@taken("OrderCancelRefundMethodInput", one_of=True)
class CancelRefundInput:
    """How a canceled order is paid back."""

    original_payment_methods_refund: bool | None = UNSET
    store_credit_refund: CancelCreditInput | None = UNSET


@output("OrderCancelUserError")
@of(Problem)
class OrderCancelUserError(DisplayableError):
    """Something that is wrong with a cancellation."""

    code: OrderCancelUserErrorCode | None = read("code", "What is wrong, for programs.")


@output("Job")
class Job:
    """Work that was done."""

    id: strawberry.ID = strawberry.field(description="The global id.")
    done: bool = strawberry.field(description="Whether it is finished.")


def cancel(
    context: Context,
    *,
    order_id: str,
    reason: OrderCancelReason,  # not kept
    restock: bool,  # stock is the shop's own
    refund_method: CancelRefundInput | None,
    refund: bool | None,
    **_others: Any,
) -> dict[str, Any]:
    """Cancel an order that nothing goes back of."""
    order: Order = found(context, order_id, "Order", ("orderId",), NO_ORDER, "NOT_FOUND")
    if order.returns.exists():
        words = "Cannot cancel an order that has returns"
        raise refused(("orderId",), words, "INVALID")
    if refund or refund_method:
        words = "Refund the order with refundCreate, then cancel it."
        raise refused(("refundMethod",), words, "INVALID")
    if order.canceled_at is None:
        _changed(order, lambda data: replace(data, canceled_at=context.now))
    return {"job": Job(id=strawberry.ID(gid("Job", order.pk)), done=True)}


# --- what was sent ------------------------------------------------------------------------------


@taken("FulfillmentTrackingInput")
class TrackingInput:
    """How a parcel can be followed."""

    company: str | None = UNSET
    number: str | None = UNSET
    numbers: list[str] | None = UNSET
    url: URL | None = UNSET
    urls: list[URL] | None = UNSET


@taken("FulfillmentOrderLineItemInput")
class SentLineInput:
    """Pieces that were sent."""

    id: strawberry.ID
    quantity: int


@taken("FulfillmentOrderLineItemsInput")
class SentOrderInput:
    """What was sent of an order; everything that is left without lines."""

    fulfillment_order_id: strawberry.ID
    fulfillment_order_line_items: list[SentLineInput] | None = UNSET


@taken("FulfillmentInput")
class FulfillmentInput:
    """A parcel."""

    line_items_by_fulfillment_order: list[SentOrderInput]
    notify_customer: bool | None = False
    tracking_info: TrackingInput | None = UNSET


def _sent(order: Order, asked: SentOrderInput, place: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the pieces that go into a parcel, by the number of the line from 1."""
    rows = [row for row in order.lines.order_by("position") if not row.from_exchange]
    introduce(rows)
    left = {row.pk: row.quantity - sent_pieces(row) for row in rows if row.is_goods}
    wanted = left
    if asked.fulfillment_order_line_items:
        wanted = {
            number_of(each.id, "FulfillmentOrderLineItem"): each.quantity
            for each in asked.fulfillment_order_line_items
        }
    for index, (key, pieces) in enumerate(wanted.items()):
        here = (*place, "fulfillmentOrderLineItems", str(index))
        if key not in left:
            raise refused((*here, "id"), "Fulfillment order line item does not exist.")
        if pieces > left[key] or (pieces < 1 and wanted is not left):
            words = "Invalid fulfillment order line item quantity requested."
            raise refused((*here, "quantity"), words)
    numbers = {row.pk: number for number, row in enumerate(rows, start=1)}
    return tuple(
        FulfillmentLineData(line=numbers[key], quantity=pieces)
        for key, pieces in wanted.items()
        if pieces > 0
    )


def fulfill(
    context: Context, *, fulfillment: FulfillmentInput, message: str | None
) -> dict[str, Any]:
    """Tell that a parcel was sent."""
    place = ("fulfillment", "lineItemsByFulfillmentOrder")
    if len(fulfillment.line_items_by_fulfillment_order) != 1:
        raise refused(place, "A fulfillment is for one fulfillment order.")
    asked = fulfillment.line_items_by_fulfillment_order[0]
    here = (*place, "0")
    work: ToSend = found(
        context,
        asked.fulfillment_order_id,
        "FulfillmentOrder",
        (*here, "fulfillmentOrderId"),
        "Fulfillment order does not exist.",
        None,
    )
    order = _order(context, gid("Order", work.pk), *here)
    lines = _sent(order, asked, here)
    if not lines:
        raise refused(here, "Fulfillment order has nothing left to fulfill.")
    parcel = _parcel(fulfillment.tracking_info or None, lines, context.now)
    changed = _changed(
        order,
        lambda data: replace(data, fulfillments=(*data.fulfillments, parcel)),
        "fulfillment",
    )
    row = changed.fulfillments.filter(from_exchange=False).order_by("-number").first()
    return {"fulfillment": row}


def _parcel(asked: TrackingInput | None, lines: tuple[Any, ...], now: datetime) -> FulfillmentData:
    number = url = company = ""
    if asked:
        company = asked.company or ""
        number = asked.number or next(iter(asked.numbers or []), "")
        url = asked.url or next(iter(asked.urls or []), "")
    return FulfillmentData(
        shipped_at=now,
        lines=lines,
        tracking_company=company,
        tracking_number=number,
        tracking_url=url,
    )


@taken("FulfillmentEventInput")
class FulfillmentEventInput:
    """What happened to a parcel."""

    fulfillment_id: strawberry.ID
    status: FulfillmentEventStatus
    happened_at: DateTime | None = UNSET
    message: str | None = UNSET


@dataclass(frozen=True)
class Arrival:
    """The arrival of a parcel; `pk` is the parcel's."""

    parcel: FulfillmentRow

    @property
    def pk(self) -> int:
        """The number of the id: the parcel's own."""
        return self.parcel.pk


@output("FulfillmentEvent")
@of(Arrival)
class FulfillmentEvent(Node):
    """What happened to a parcel."""

    id: strawberry.ID = global_id("FulfillmentEvent")
    status: FulfillmentEventStatus = read(lambda _row: "DELIVERED", "What happened.")
    happened_at: DateTime = read("parcel.delivered_at", "When.")
    created_at: DateTime = read("parcel.delivered_at", "When it was told.")


def tell_event(context: Context, *, fulfillment_event: FulfillmentEventInput) -> dict[str, Any]:
    """Tell that a parcel arrived; what happens to it before is not kept."""
    root = "fulfillmentEvent"
    row: FulfillmentRow = found(
        context,
        fulfillment_event.fulfillment_id,
        "Fulfillment",
        (root, "fulfillmentId"),
        "Fulfillment does not exist.",
        None,
    )
    if fulfillment_event.status != "DELIVERED":
        raise refused((root, "status"), "Only the status DELIVERED is kept.")
    if row.from_exchange:
        raise refused((root, "fulfillmentId"), "A replacement is followed in its return.")
    order = _order(context, gid("Order", row.order_id), root)
    at = fulfillment_event.happened_at or context.now
    index = order.fulfillments.filter(from_exchange=False, number__lt=row.number).count()

    def changed(data: OrderData) -> OrderData:
        parcels = list(data.fulfillments)
        parcels[index] = replace(parcels[index], delivered_at=at)
        return replace(data, fulfillments=tuple(parcels))

    _changed(order, changed, root)
    row.refresh_from_db()
    return {"fulfillment_event": Arrival(row)}


@output("FulfillmentOrderReleaseHoldUserError")
@of(Problem)
class ReleaseHoldUserError(DisplayableError):
    """Something that is wrong with a release."""

    code: FulfillmentOrderReleaseHoldUserErrorCode | None = read(
        "code", "What is wrong, for programs."
    )


def release(context: Context, *, id: str, **_others: Any) -> dict[str, Any]:  # noqa: A002
    """Release an order's holds; here nothing holds one, so there is nothing to do."""
    words = "Fulfillment order was not found."
    code = "FULFILLMENT_ORDER_NOT_FOUND"
    return {"fulfillment_order": found(context, id, "FulfillmentOrder", ("id",), words, code)}


# --- customers and files ------------------------------------------------------------------------


@taken("CustomerInput")
class CustomerInput:
    """A customer."""

    id: strawberry.ID | None = UNSET
    email: str | None = UNSET
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    locale: str | None = UNSET
    phone: str | None = UNSET
    note: str | None = UNSET
    tags: list[str] | None = UNSET


def create_customer(context: Context, *, input: CustomerInput) -> dict[str, Any]:  # noqa: A002
    """Take a customer in."""
    if not context.actor.may(Permission.IMPORT_ORDERS):
        raise refused((), "The client may not send customers in.")
    name = " ".join(filter(None, [input.first_name or "", input.last_name or ""]))
    if not name and not input.email:
        raise refused((), "Customer must have a name, phone number or email address")
    _check_customer(input, name)
    made = customers.take_in(email=input.email or "", name=name, language=input.locale or "")
    if made is None:
        raise refused(("email",), "Email has already been taken")
    return {"customer": made}


def _check_customer(asked: CustomerInput, name: str) -> None:
    email = asked.email or ""
    if email and (len(email) > 254 or "@" not in email or "\0" in email or " " in email.strip()):
        raise refused(("email",), "Email is invalid")
    if len(name) > 200 or "\0" in name:
        raise refused(("firstName",), "First name is invalid")
    if len(asked.locale or "") > 35 or "\0" in (asked.locale or ""):
        raise refused(("locale",), "Locale is invalid")


@taken("StagedUploadInput")
class StagedUploadInput:
    """A file that will be sent."""

    filename: str
    mime_type: str
    resource: StagedUploadTargetGenerateUploadResource
    http_method: StagedUploadHttpMethodType | None = StagedUploadHttpMethodType.PUT
    file_size: UnsignedInt64 | None = UNSET


@output("StagedUploadParameter")
class StagedUploadParameter:
    """A field of the form that sends a file."""

    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@output("StagedMediaUploadTarget")
class StagedUploadTarget:
    """Where a file is sent to, and what it is called afterwards."""

    url: URL | None = strawberry.field(description="Where it is sent to.")
    resource_url: URL | None = strawberry.field(description="What mutations call it.")
    parameters: list[StagedUploadParameter] = strawberry.field(description="Fields to send too.")


def stage(_context: Context, *, input: list[StagedUploadInput]) -> dict[str, Any]:  # noqa: A002
    """Prepare the sending of files: labels of parcels back."""
    targets = []
    for index, each in enumerate(input):
        if each.resource != "RETURN_LABEL":
            raise refused(("input", str(index), "resource"), "Only RETURN_LABEL is taken.")
        url: Any = uploads.new_target()
        targets.append(StagedUploadTarget(url=url, resource_url=url, parameters=[]))
    return {"staged_targets": targets}
