"""What can be done."""

from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.schema.fields import output
from api.schema.mutations import credit, disposing, parcels, processing, requests, webhooks
from api.schema.mutations.order_root import OrderMutation
from api.schema.mutations.outcome import ID, ReturnUserError, UserError, mutation, payload
from api.schema.refunds import Refund
from api.schema.returns import Return
from api.schema.reverse import ReverseDelivery, ReverseFulfillmentOrderLineItem
from api.schema.store_credit import (
    StoreCreditAccountCreditTransaction,
    StoreCreditAccountDebitTransaction,
)
from api.schema.webhook_topics import WebhookSubscriptionTopic
from api.schema.webhooks import WebhookSubscription

WRITE: Final = "write_returns"
WRITE_CREDIT: Final = "write_store_credit_account_transactions"


def _of_return(name: str) -> Any:
    return payload(name, ReturnUserError, return_=(Return, "The return."))


def _of_subscription(name: str) -> Any:
    return payload(name, UserError, webhook_subscription=(WebhookSubscription, "The subscription."))


def _one_input(type_: Any) -> dict[str, Any]:
    return {"input": (type_, UNSET)}


_NOTIFY: Final = (bool | None, False)
_PARCEL: Final[dict[str, Any]] = {
    "tracking_input": (parcels.ReverseDeliveryTrackingInput | None, None),
    "label_input": (parcels.ReverseDeliveryLabelInput | None, None),
    "notify_customer": (bool | None, True),
}
_REMOVED: Final = list[processing.RemoveLineInput]


@output("Mutation")
class Mutation(OrderMutation):
    """What can be done."""

    return_request = mutation(
        _of_return("ReturnRequestPayload"),
        requests.request,
        "Ask for a return that waits for a decision.",
        scope=WRITE,
        **_one_input(requests.ReturnRequestInput),
    )
    return_approve_request = mutation(
        _of_return("ReturnApproveRequestPayload"),
        requests.approve,
        "Approve a request.",
        scope=WRITE,
        **_one_input(requests.ReturnApproveRequestInput),
    )
    return_decline_request = mutation(
        _of_return("ReturnDeclineRequestPayload"),
        requests.decline,
        "Decline a request.",
        scope=WRITE,
        **_one_input(requests.ReturnDeclineRequestInput),
    )
    return_create = mutation(
        _of_return("ReturnCreatePayload"),
        requests.create,
        "Create a return that is approved.",
        scope=WRITE,
        return_input=(requests.ReturnInput, UNSET),
    )
    return_cancel = mutation(
        _of_return("ReturnCancelPayload"),
        requests.cancel,
        "Call a return off.",
        scope=WRITE,
        id=ID,
        notify_customer=_NOTIFY,
    )
    return_close = mutation(
        _of_return("ReturnClosePayload"),
        requests.close,
        "Say that nothing more will happen to a return.",
        scope=WRITE,
        id=ID,
    )
    return_reopen = mutation(
        _of_return("ReturnReopenPayload"),
        requests.reopen,
        "Go on with a closed return.",
        scope=WRITE,
        id=ID,
    )
    return_process = mutation(
        _of_return("ReturnProcessPayload"),
        processing.process,
        "Book what came back, send replacements, and pay back.",
        scope=WRITE,
        **_one_input(processing.ReturnProcessInput),
    )
    remove_from_return = mutation(
        _of_return("RemoveFromReturnPayload"),
        processing.remove,
        "Take pieces or replacements out of a return.",
        scope=WRITE,
        return_id=ID,
        return_line_items=(_REMOVED | None, UNSET),
        exchange_line_items=(list[processing.RemoveExchangeInput] | None, UNSET),
    )
    return_line_item_remove_from_return = mutation(
        _of_return("ReturnLineItemRemoveFromReturnPayload"),
        processing.remove,
        "Take pieces out of a return.",
        scope=WRITE,
        old="Use `removeFromReturn`.",
        return_id=ID,
        return_line_items=(_REMOVED, UNSET),
    )
    return_refund = mutation(
        payload("ReturnRefundPayload", ReturnUserError, refund=(Refund, "The refund.")),
        processing.refund,
        "Pay back for pieces of a return.",
        scope=WRITE,
        old="Use `returnProcess`.",
        return_refund_input=(processing.ReturnRefundInput, UNSET),
    )
    reverse_fulfillment_order_dispose = mutation(
        payload(
            "ReverseFulfillmentOrderDisposePayload",
            ReturnUserError,
            reverse_fulfillment_order_line_items=(
                list[ReverseFulfillmentOrderLineItem],
                "The pieces to be taken back.",
            ),
        ),
        disposing.dispose,
        "Say what becomes of pieces that came back.",
        scope=WRITE,
        disposition_inputs=(list[disposing.DisposeInput], UNSET),
    )
    reverse_delivery_create_with_shipping = mutation(
        payload(
            "ReverseDeliveryCreateWithShippingPayload",
            ReturnUserError,
            reverse_delivery=(ReverseDelivery, "The parcel."),
        ),
        parcels.create,
        "Announce a parcel back.",
        scope=WRITE,
        reverse_fulfillment_order_id=ID,
        reverse_delivery_line_items=(list[parcels.ReverseDeliveryLineItemInput], UNSET),
        **_PARCEL,
    )
    reverse_delivery_shipping_update = mutation(
        payload(
            "ReverseDeliveryShippingUpdatePayload",
            ReturnUserError,
            reverse_delivery=(ReverseDelivery, "The parcel."),
        ),
        parcels.update,
        "Change how a parcel back travels.",
        scope=WRITE,
        reverse_delivery_id=ID,
        **_PARCEL,
    )
    store_credit_account_credit = mutation(
        payload(
            "StoreCreditAccountCreditPayload",
            credit.CreditUserError,
            store_credit_account_transaction=(StoreCreditAccountCreditTransaction, "The entry."),
        ),
        credit.credit,
        "Add store credit.",
        scope=WRITE_CREDIT,
        id=(strawberry.ID, UNSET),
        credit_input=(credit.CreditInput, UNSET),
    )
    store_credit_account_debit = mutation(
        payload(
            "StoreCreditAccountDebitPayload",
            credit.DebitUserError,
            store_credit_account_transaction=(StoreCreditAccountDebitTransaction, "The entry."),
        ),
        credit.debit,
        "Take store credit.",
        scope=WRITE_CREDIT,
        id=(strawberry.ID, UNSET),
        debit_input=(credit.DebitInput, UNSET),
    )
    webhook_subscription_create = mutation(
        _of_subscription("WebhookSubscriptionCreatePayload"),
        webhooks.create,
        "Tell an address of a topic.",
        scope=WRITE,
        topic=(WebhookSubscriptionTopic, UNSET),
        webhook_subscription=(webhooks.WebhookSubscriptionInput, UNSET),
    )
    webhook_subscription_update = mutation(
        _of_subscription("WebhookSubscriptionUpdatePayload"),
        webhooks.update,
        "Change a subscription.",
        scope=WRITE,
        id=ID,
        webhook_subscription=(webhooks.WebhookSubscriptionInput, UNSET),
    )
    webhook_subscription_delete = mutation(
        payload(
            "WebhookSubscriptionDeletePayload",
            UserError,
            deleted_webhook_subscription_id=(strawberry.ID, "Which it was."),
        ),
        webhooks.delete,
        "Tell an address no more.",
        scope=WRITE,
        id=ID,
    )
