"""The enumerations that only the buyer's side has."""

from api.schema.enums import named

NonReturnableReason = named(
    "NonReturnableReason",
    "Why something cannot go back.",
    "FINAL_SALE OTHER RETURNED RETURN_WINDOW_EXPIRED UNFULFILLED",
)
ReturnShippingMethod = named(
    "ReturnShippingMethod",
    "Who sees to the label of the parcel back.",
    "CUSTOMER_PROVIDED_LABEL MERCHANT_PROVIDED_LABEL",
)
ReturnErrorCode = named(
    "ReturnErrorCode",
    "What is wrong with an act on a return.",
    """
    ALREADY_EXISTS BLANK CREATION_FAILED EQUAL_TO FEATURE_NOT_ENABLED GREATER_THAN
    GREATER_THAN_OR_EQUAL_TO INCLUSION INTERNAL_ERROR INVALID INVALID_STATE LESS_THAN
    LESS_THAN_OR_EQUAL_TO NOTIFICATION_FAILED NOT_AUTHORIZED NOT_A_NUMBER NOT_EDITABLE NOT_FOUND
    PRESENT TAKEN TOO_BIG TOO_LONG TOO_MANY_ARGUMENTS TOO_SHORT WRONG_LENGTH
    """,
)
