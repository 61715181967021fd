"""What a return is made of. The table of states and moves is in `returns.models.returns`."""

from returns.models.events import Event, EventType
from returns.models.fees import FeeKind, ReturnFee
from returns.models.parcels import LabelType, ParcelState, ReverseDelivery, ReverseDeliveryLine
from returns.models.policies import ReturnPolicy
from returns.models.reasons import ReturnReason
from returns.models.receiving import (
    Disposition,
    DispositionType,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.refunds import Refund, RefundLine, RefundStatus, RefundTransaction
from returns.models.returns import DeclineReason, Return, ReturnLine, ReturnStatus
from returns.models.routes import ReturnRoute

__all__ = [
    "DeclineReason",
    "Disposition",
    "DispositionType",
    "Event",
    "EventType",
    "FeeKind",
    "LabelType",
    "ParcelState",
    "Refund",
    "RefundLine",
    "RefundStatus",
    "RefundTransaction",
    "Return",
    "ReturnFee",
    "ReturnLine",
    "ReturnPolicy",
    "ReturnReason",
    "ReturnRoute",
    "ReturnStatus",
    "ReverseDelivery",
    "ReverseDeliveryLine",
    "ReverseFulfillment",
    "ReverseFulfillmentLine",
    "ReverseFulfillmentStatus",
]
