"""Parcels back: reverseDeliveryCreateWithShipping and reverseDeliveryShippingUpdate."""

from typing import Any, Final

import strawberry
from django.db import transaction
from strawberry import UNSET

from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.results import Problem
from api.schema.fields import taken
from api.schema.mutations.outcome import Refused, found, refused, translated
from api.schema.scalars import URL
from api.uploads import uploaded
from returns.errors import InvalidQuantity, InvalidState, ReturnError, UnknownLine
from returns.models import ReverseDelivery
from returns.parcels import deliveries
from returns.parcels.deliveries import Label
from returns.parcels.tracking import Tracking
from returns.parcels.work import Pieces

_ROOTS: Final = {
    "lines": ("reverseDeliveryLineItems",),
    "tracking": ("trackingInput",),
    "label": ("labelInput", "fileUrl"),
}


@taken("ReverseDeliveryLineItemInput")
class ReverseDeliveryLineItemInput:
    """Pieces that travel in a parcel."""

    quantity: int
    reverse_fulfillment_order_line_item_id: strawberry.ID


@taken("ReverseDeliveryTrackingInput")
class ReverseDeliveryTrackingInput:
    """How a parcel can be followed."""

    number: str | None = UNSET
    url: URL | None = UNSET


@taken("ReverseDeliveryLabelInput")
class ReverseDeliveryLabelInput:
    """Where the label of a parcel is."""

    file_url: URL


def _tracking(asked: ReverseDeliveryTrackingInput | None) -> Tracking:
    if not asked:
        return deliveries.NO_TRACKING
    return Tracking(number=asked.number or "", url=asked.url or "")


def _label(asked: ReverseDeliveryLabelInput | None) -> Label:
    if not asked:
        return deliveries.NO_LABEL
    file = uploaded(asked.file_url)
    return Label(file=file) if file else Label(url=asked.file_url)


def create(
    context: Context,
    *,
    reverse_fulfillment_order_id: str,
    reverse_delivery_line_items: list[ReverseDeliveryLineItemInput],
    tracking_input: ReverseDeliveryTrackingInput | None,
    label_input: ReverseDeliveryLabelInput | None,
    notify_customer: bool | None,
) -> dict[str, Any]:
    """Announce a parcel back with its label and tracking."""
    work = found(
        context,
        reverse_fulfillment_order_id,
        "ReverseFulfillmentOrder",
        ("reverseFulfillmentOrderId",),
        "Reverse fulfillment order was not found.",
        "NOT_FOUND",
    )
    pieces = [
        Pieces(
            line_id=number_of(
                each.reverse_fulfillment_order_line_item_id, "ReverseFulfillmentOrderLineItem"
            ),
            quantity=each.quantity,
        )
        for each in reverse_delivery_line_items
    ]
    try:
        parcel = deliveries.add_parcel(
            work.for_return,
            actor=context.actor,
            work_id=work.pk,
            pieces=pieces,
            tracking=_tracking(tracking_input),
            label=_label(label_input),
            notify=notify_customer is not False,
        )
    except ReturnError as error:
        raise _worded(error, "reverseFulfillmentOrderId") from error
    return {"reverse_delivery": parcel}


def _worded(error: ReturnError, whole: str) -> Refused:
    """Return what is wrong with a parcel; two of the texts come without a code."""
    if isinstance(error, InvalidState):
        return refused((whole,), "Return status is invalid.", "INVALID_STATE")
    told = translated(
        error,
        roots=_ROOTS,
        names={"line": "reverseFulfillmentOrderLineItemId"},
        words={
            UnknownLine: (("reverseFulfillmentOrderLineItemId",), "must exist", None),
            InvalidQuantity: (("quantity",), "cannot deliver more items than are returned", None),
        },
        whole=(whole,),
    )
    if isinstance(error, UnknownLine | InvalidQuantity):
        return Refused(*(Problem(each.field, each.message) for each in told.problems))
    return told


def update(
    context: Context,
    *,
    reverse_delivery_id: str,
    tracking_input: ReverseDeliveryTrackingInput | None,
    label_input: ReverseDeliveryLabelInput | None,
    notify_customer: bool | None,
) -> dict[str, Any]:
    """Change the tracking or the label of a parcel back."""
    parcel: ReverseDelivery = found(
        context,
        reverse_delivery_id,
        "ReverseDelivery",
        ("reverseDeliveryId",),
        "Reverse delivery was not found.",
        "NOT_FOUND",
    )
    try:
        with transaction.atomic():
            if tracking_input:
                parcel = deliveries.update_tracking(
                    parcel, actor=context.actor, tracking=_tracking(tracking_input)
                )
            if label_input:
                parcel = deliveries.attach_label(
                    parcel,
                    actor=context.actor,
                    label=_label(label_input),
                    notify=notify_customer is not False,
                )
    except ReturnError as error:
        raise _worded(error, "reverseDeliveryId") from error
    return {"reverse_delivery": parcel}
