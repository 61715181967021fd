"""The enumerations of the schema, with the names that Shopify's API gives their values."""

import enum
from typing import Any

import strawberry


def named(name: str, description: str, values: str) -> Any:
    """Return an enumeration whose values are their own names."""
    members = {value: value for value in values.split()}
    make: Any = enum.StrEnum
    made = make(name, members)
    return strawberry.enum(made, name=name, description=description)


CustomerState = named(
    "CustomerState", "Whether a customer has an account.", "DECLINED DISABLED ENABLED INVITED"
)
FulfillmentDisplayStatus = named(
    "FulfillmentDisplayStatus",
    "How far a parcel is, for people.",
    """
    ATTEMPTED_DELIVERY CANCELED CARRIER_PICKED_UP CONFIRMED DELAYED DELIVERED FAILURE
    FULFILLED IN_TRANSIT LABEL_PRINTED LABEL_PURCHASED LABEL_VOIDED MARKED_AS_FULFILLED
    NOT_DELIVERED OUT_FOR_DELIVERY PICKED_UP READY_FOR_PICKUP SUBMITTED
    """,
)
FulfillmentEventStatus = named(
    "FulfillmentEventStatus",
    "What happened to a parcel.",
    """
    ATTEMPTED_DELIVERY CARRIER_PICKED_UP CONFIRMED DELAYED DELIVERED FAILURE IN_TRANSIT
    LABEL_PRINTED LABEL_PURCHASED OUT_FOR_DELIVERY READY_FOR_PICKUP
    """,
)
FulfillmentHoldReason = named(
    "FulfillmentHoldReason",
    "Why something is not sent yet.",
    """
    AWAITING_PAYMENT AWAITING_RETURN_ITEMS HIGH_RISK_OF_FRAUD INCORRECT_ADDRESS
    INVENTORY_OUT_OF_STOCK ONLINE_STORE_POST_PURCHASE_CROSS_SELL OTHER UNKNOWN_DELIVERY_DATE
    """,
)
FulfillmentOrderAction = named(
    "FulfillmentOrderAction",
    "What can be done next.",
    """
    CANCEL_FULFILLMENT_ORDER CREATE_FULFILLMENT EXTERNAL HOLD MARK_AS_OPEN MERGE MOVE
    RELEASE_HOLD REPORT_PROGRESS REQUEST_CANCELLATION REQUEST_FULFILLMENT SPLIT
    """,
)
FulfillmentOrderReleaseHoldUserErrorCode = named(
    "FulfillmentOrderReleaseHoldUserErrorCode",
    "What is wrong with a release.",
    """
    FULFILLMENT_ORDER_NOT_FOUND INVALID_ACCESS
    """,
)
FulfillmentOrderRequestStatus = named(
    "FulfillmentOrderRequestStatus",
    "Whether somebody was asked to send.",
    """
    ACCEPTED CANCELLATION_ACCEPTED CANCELLATION_REJECTED CANCELLATION_REQUESTED CLOSED
    REJECTED SUBMITTED UNSUBMITTED
    """,
)
FulfillmentOrderStatus = named(
    "FulfillmentOrderStatus",
    "How far the sending of an order is.",
    """
    CANCELLED CLOSED INCOMPLETE IN_PROGRESS ON_HOLD OPEN SCHEDULED
    """,
)
FulfillmentStatus = named(
    "FulfillmentStatus",
    "Whether a parcel was sent.",
    """
    CANCELLED ERROR FAILURE OPEN PENDING SUCCESS
    """,
)
LocationSortKeys = named("LocationSortKeys", "What locations are sorted by.", "ID NAME RELEVANCE")
OrderAdjustmentDiscrepancyReason = named(
    "OrderAdjustmentDiscrepancyReason",
    "Why a refund differs from what was proposed.",
    """
    CUSTOMER DAMAGE FULL_RETURN_BALANCING_ADJUSTMENT PENDING_REFUND_DISCREPANCY
    REFUND_DISCREPANCY RESTOCK
    """,
)
OrderAdjustmentInputDiscrepancyReason = named(
    "OrderAdjustmentInputDiscrepancyReason",
    "Why a refund is to differ from what is proposed.",
    """
    CUSTOMER DAMAGE OTHER RESTOCK
    """,
)
OrderCancelReason = named(
    "OrderCancelReason",
    "Why an order was canceled.",
    """
    CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF
    """,
)
OrderCancelStatus = named(
    "OrderCancelStatus", "How far a cancellation is.", "FAILED STARTED SUCCEEDED"
)
OrderCancelUserErrorCode = named(
    "OrderCancelUserErrorCode",
    "What is wrong with a cancellation.",
    """
    INTERNAL_ERROR INVALID NOT_FOUND NO_REFUND_PERMISSION NO_REFUND_TO_STORE_CREDIT_PERMISSION
    STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED STORE_CREDIT_REFUND_EXPIRATION_IN_PAST
    STORE_CREDIT_REFUND_MISSING_CUSTOMER
    """,
)
OrderCreateFinancialStatus = named(
    "OrderCreateFinancialStatus",
    "How far a new order is paid.",
    """
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
    """,
)
OrderCreateFulfillmentStatus = named(
    "OrderCreateFulfillmentStatus",
    "How far a new order was sent.",
    """
    FULFILLED PARTIAL RESTOCKED
    """,
)
OrderCreateInputsInventoryBehavior = named(
    "OrderCreateInputsInventoryBehavior",
    "What a new order does to stock.",
    """
    BYPASS DECREMENT_IGNORING_POLICY DECREMENT_OBEYING_POLICY
    """,
)
OrderCreateUserErrorCode = named(
    "OrderCreateUserErrorCode",
    "What is wrong with a new order.",
    """
    FULFILLMENT_SERVICE_INVALID INVALID INVENTORY_CLAIM_FAILED PROCESSED_AT_INVALID
    REDUNDANT_CUSTOMER_FIELDS SHOP_DORMANT TAX_LINE_RATE_MISSING
    """,
)
OrderDisplayFinancialStatus = named(
    "OrderDisplayFinancialStatus",
    "How far an order is paid.",
    """
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
    """,
)
OrderDisplayFulfillmentStatus = named(
    "OrderDisplayFulfillmentStatus",
    "How far an order was sent.",
    """
    FULFILLED FULFILLMENT_NOT_REQUIRED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED
    PENDING_FULFILLMENT REQUEST_DECLINED RESTOCKED SCHEDULED UNFULFILLED
    """,
)
OrderReturnStatus = named(
    "OrderReturnStatus",
    "Where an order's returns stand, taken together.",
    """
    INSPECTION_COMPLETE IN_PROGRESS NO_RETURN RETURNED RETURN_FAILED RETURN_REQUESTED
    """,
)
OrderSortKeys = named(
    "OrderSortKeys",
    "What orders are sorted by.",
    """
    CREATED_AT CURRENT_TOTAL_PRICE CUSTOMER_NAME DESTINATION FINANCIAL_STATUS
    FULFILLMENT_STATUS ID ORDER_NUMBER PO_NUMBER PROCESSED_AT RELEVANCE TOTAL_ITEMS_QUANTITY
    TOTAL_PRICE UPDATED_AT
    """,
)
OrderTransactionKind = named(
    "OrderTransactionKind",
    "What a movement of money was.",
    """
    AUTHORIZATION CAPTURE CHANGE EMV_AUTHORIZATION REFUND SALE SUGGESTED_REFUND VOID
    """,
)
OrderTransactionStatus = named(
    "OrderTransactionStatus",
    "What became of a movement of money.",
    """
    AWAITING_RESPONSE ERROR FAILURE PENDING SUCCESS UNKNOWN
    """,
)
RefundDutyRefundType = named(
    "RefundDutyRefundType", "How much of a duty comes back.", "FULL PROPORTIONAL"
)
RefundLineItemRestockType = named(
    "RefundLineItemRestockType",
    "Whether refunded pieces went back into stock.",
    """
    CANCEL LEGACY_RESTOCK NO_RESTOCK RETURN
    """,
)
RefundMethodAllocation = named(
    "RefundMethodAllocation",
    "Where the money of a refund goes.",
    """
    ORIGINAL_PAYMENT_METHODS STORE_CREDIT
    """,
)
ReturnDeclineReason = named(
    "ReturnDeclineReason", "Why a request was declined.", "FINAL_SALE OTHER RETURN_PERIOD_ENDED"
)
ReturnErrorCode = named(
    "ReturnErrorCode",
    "What is wrong with an act on a return.",
    """
    ALREADY_EXISTS BLANK CREATION_FAILED EQUAL_TO FEATURE_NOT_ENABLED GREATER_THAN
    GREATER_THAN_OR_EQUAL_TO INCLUSION INCOMPATIBLE_WITH_STANDARD_POLICY INTERNAL_ERROR
    INVALID INVALID_STATE LESS_THAN LESS_THAN_OR_EQUAL_TO MISSING_PERMISSION
    NOTIFICATION_FAILED NOT_A_NUMBER NOT_EDITABLE NOT_FOUND PRESENT TAKEN TOO_BIG TOO_LONG
    TOO_MANY_ARGUMENTS TOO_SHORT WRONG_LENGTH
    """,
)
ReturnProcessingStatusFilterInput = named(
    "ReturnProcessingStatusFilterInput",
    "Which lines of a return are asked for.",
    """
    PROCESSABLE PROCESSED
    """,
)
ReturnReason = named(
    "ReturnReason",
    "Why goods come back; the older list.",
    """
    COLOR DEFECTIVE NOT_AS_DESCRIBED OTHER SIZE_TOO_LARGE SIZE_TOO_SMALL STYLE UNKNOWN
    UNWANTED WRONG_ITEM
    """,
)
ReturnReasonDefinitionSortKeys = named(
    "ReturnReasonDefinitionSortKeys", "What reasons are sorted by.", "HANDLE ID NAME"
)
ReturnStatus = named(
    "ReturnStatus", "Where a return stands.", "CANCELED CLOSED DECLINED OPEN REQUESTED"
)
ReverseFulfillmentOrderDispositionType = named(
    "ReverseFulfillmentOrderDispositionType",
    "What became of pieces that came back.",
    """
    MISSING NOT_RESTOCKED PROCESSING_REQUIRED RESTOCKED
    """,
)
ReverseFulfillmentOrderStatus = named(
    "ReverseFulfillmentOrderStatus",
    "How far the work of taking goods back is.",
    """
    CANCELED CLOSED OPEN
    """,
)
ReverseFulfillmentOrderThirdPartyConfirmationStatus = named(
    "ReverseFulfillmentOrderThirdPartyConfirmationStatus",
    "What somebody who takes goods back for the shop said.",
    """
    ACCEPTED CANCEL_ACCEPTED CANCEL_REJECTED PENDING_ACCEPTANCE PENDING_CANCELATION REJECTED
    """,
)
StagedUploadHttpMethodType = named("StagedUploadHttpMethodType", "How a file is sent.", "POST PUT")
StagedUploadTargetGenerateUploadResource = named(
    "StagedUploadTargetGenerateUploadResource",
    "What a file is for.",
    """
    BULK_MUTATION_VARIABLES COLLECTION_IMAGE DISPUTE_FILE_UPLOAD FILE IMAGE MODEL_3D
    PRODUCT_IMAGE RETURN_LABEL SHOP_IMAGE URL_REDIRECT_IMPORT VIDEO
    """,
)
StoreCreditAccountCreditUserErrorCode = named(
    "StoreCreditAccountCreditUserErrorCode",
    "What is wrong with a credit.",
    """
    ACCOUNT_NOT_FOUND CREDIT_LIMIT_EXCEEDED EXPIRES_AT_IN_PAST MISMATCHING_CURRENCY
    NEGATIVE_OR_ZERO_AMOUNT OWNER_NOT_FOUND UNSUPPORTED_CURRENCY
    """,
)
StoreCreditAccountDebitUserErrorCode = named(
    "StoreCreditAccountDebitUserErrorCode",
    "What is wrong with a debit.",
    """
    ACCOUNT_NOT_FOUND INSUFFICIENT_FUNDS MISMATCHING_CURRENCY NEGATIVE_OR_ZERO_AMOUNT
    """,
)
StoreCreditSystemEvent = named(
    "StoreCreditSystemEvent",
    "What changed a balance.",
    """
    ADJUSTMENT ORDER_CANCELLATION ORDER_PAYMENT ORDER_REFUND PAYMENT_FAILURE PAYMENT_RETURNED
    TAX_FINALIZATION
    """,
)
SuggestedOrderTransactionKind = named(
    "SuggestedOrderTransactionKind", "What a proposed movement of money is.", "SUGGESTED_REFUND"
)
TransactionSortKeys = named(
    "TransactionSortKeys", "What entries are sorted by.", "CREATED_AT EXPIRES_AT"
)
WebhookSubscriptionFormat = named(
    "WebhookSubscriptionFormat", "How a message is written.", "JSON XML"
)
WebhookSubscriptionSortKeys = named(
    "WebhookSubscriptionSortKeys", "What subscriptions are sorted by.", "CREATED_AT ID"
)
WeightUnit = named("WeightUnit", "A unit of weight.", "GRAMS KILOGRAMS OUNCES POUNDS")
