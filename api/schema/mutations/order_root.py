"""What can be done with orders, customers and files."""

from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.schema.enums import OrderCancelReason
from api.schema.fields import output
from api.schema.fulfillments import Fulfillment, FulfillmentOrder
from api.schema.mutations import order_changes, order_create, order_inputs, refunding
from api.schema.mutations.outcome import ID, UserError, mutation, payload
from api.schema.orders import Order
from api.schema.people import Customer
from api.schema.refunds import Refund

WRITE: Final = "write_orders"
WRITE_SENT: Final = "write_fulfillments"


def _of_order(name: str) -> Any:
    return payload(name, UserError, order=(Order, "The order."))


def _one_input(type_: Any) -> dict[str, Any]:
    return {"input": (type_, UNSET)}


@output("OrderMutation")
class OrderMutation:
    """What can be done with orders, customers and files."""

    order_create = mutation(
        payload(
            "OrderCreatePayload", order_create.OrderCreateUserError, order=(Order, "The order.")
        ),
        order_create.create,
        "Send an order in.",
        scope=WRITE,
        order=(order_inputs.OrderInput, UNSET),
        options=(order_inputs.OrderOptionsInput | None, UNSET),
    )
    order_close = mutation(
        _of_order("OrderClosePayload"),
        order_changes.close,
        "Archive an order.",
        scope=WRITE,
        **_one_input(order_changes.OrderCloseInput),
    )
    order_open = mutation(
        _of_order("OrderOpenPayload"),
        order_changes.open_,
        "Take an order out of the archive.",
        scope=WRITE,
        **_one_input(order_changes.OrderOpenInput),
    )
    order_mark_as_paid = mutation(
        _of_order("OrderMarkAsPaidPayload"),
        order_changes.mark_as_paid,
        "Book what is missing of an order's price as paid.",
        scope=WRITE,
        **_one_input(order_changes.OrderMarkAsPaidInput),
    )
    order_cancel = mutation(
        payload(
            "OrderCancelPayload",
            order_changes.OrderCancelUserError,
            errors_field="order_cancel_user_errors",
            job=(order_changes.Job, "The work, which is done."),
        ),
        order_changes.cancel,
        "Cancel an order.",
        scope=WRITE,
        order_id=ID,
        reason=(OrderCancelReason, UNSET),
        restock=(bool, UNSET),
        notify_customer=(bool | None, False),
        refund=(bool | None, UNSET),
        refund_method=(order_changes.CancelRefundInput | None, UNSET),
        staff_note=(str | None, None),
    )
    refund_create = mutation(
        payload(
            "RefundCreatePayload",
            UserError,
            refund=(Refund, "The refund."),
            order=(Order, "The order."),
        ),
        refunding.create,
        "Pay back on an order.",
        scope=WRITE,
        key_needed=True,
        **_one_input(refunding.RefundInput),
    )
    fulfillment_create = mutation(
        payload("FulfillmentCreatePayload", UserError, fulfillment=(Fulfillment, "The parcel.")),
        order_changes.fulfill,
        "Tell that a parcel was sent.",
        scope=WRITE_SENT,
        fulfillment=(order_changes.FulfillmentInput, UNSET),
        message=(str | None, UNSET),
    )
    fulfillment_event_create = mutation(
        payload(
            "FulfillmentEventCreatePayload",
            UserError,
            fulfillment_event=(order_changes.FulfillmentEvent, "What happened."),
        ),
        order_changes.tell_event,
        "Tell that a parcel arrived.",
        scope=WRITE_SENT,
        fulfillment_event=(order_changes.FulfillmentEventInput, UNSET),
    )
    fulfillment_order_release_hold = mutation(
        payload(
            "FulfillmentOrderReleaseHoldPayload",
            order_changes.ReleaseHoldUserError,
            fulfillment_order=(FulfillmentOrder, "The work of sending."),
        ),
        order_changes.release,
        "Go on with the sending of an order.",
        scope=WRITE_SENT,
        id=ID,
        external_id=(str | None, UNSET),
        hold_ids=(list[strawberry.ID] | None, UNSET),
    )
    customer_create = mutation(
        payload("CustomerCreatePayload", UserError, customer=(Customer, "The customer.")),
        order_changes.create_customer,
        "Send a customer in.",
        scope="write_customers",
        **_one_input(order_changes.CustomerInput),
    )
    staged_uploads_create = mutation(
        payload(
            "StagedUploadsCreatePayload",
            UserError,
            staged_targets=(list[order_changes.StagedUploadTarget], "Where to send files."),
        ),
        order_changes.stage,
        "Prepare the sending of files.",
        scope="write_returns",
        **_one_input(list[order_changes.StagedUploadInput]),
    )
