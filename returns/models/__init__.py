"""What a return is made of. The table of states and moves is in `returns.models.returns`."""

from returns.models.events import Event, EventType
from returns.models.exchanges import (
    ExchangeLine,
    ExchangePayment,
    ExchangeShipment,
    ExchangeStatus,
)
from returns.models.fees import FeeKind, ReturnFee
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

__all__ = [
    "DeclineReason",
    "Disposition",
    "DispositionType",
    "Event",
    "EventType",
    "ExchangeLine",
    "ExchangePayment",
    "ExchangeShipment",
    "ExchangeStatus",
    "FeeKind",
    "Refund",
    "RefundLine",
    "RefundStatus",
    "RefundTransaction",
    "Return",
    "ReturnFee",
    "ReturnLine",
    "ReturnPolicy",
    "ReturnReason",
    "ReturnStatus",
    "ReverseFulfillment",
    "ReverseFulfillmentLine",
    "ReverseFulfillmentStatus",
]
