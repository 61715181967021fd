"""What a return is made of. The table of states and moves is in `returns.models.returns`."""

from returns.models.credit_notes import CreditNote, CreditNoteSeries
from returns.models.events import Event, EventType
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
from returns.models.returns import DeclineReason, RefundTo, Return, ReturnLine, ReturnStatus
from returns.models.store_credit import (
    EntryKind,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)

__all__ = [
    "CreditNote",
    "CreditNoteSeries",
    "DeclineReason",
    "Disposition",
    "DispositionType",
    "EntryKind",
    "Event",
    "EventType",
    "FeeKind",
    "Refund",
    "RefundLine",
    "RefundStatus",
    "RefundTo",
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
    "StoreCreditAccount",
    "StoreCreditEntry",
    "StoreCreditUse",
]
