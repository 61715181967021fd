"""What a return is made of. The table of states and moves is in `returns.models.returns`."""

from returns.models.buyer_parcels import BuyerParcel, BuyerParcelLine
from returns.models.credit_notes import CreditNote, CreditNoteSeries
from returns.models.events import Event, EventType
from returns.models.exchanges import (
    ExchangeLine,
    ExchangePayment,
    ExchangeShipment,
    ExchangeStatus,
)
from returns.models.fees import FeeKind, ReturnFee
from returns.models.grades import DispositionType, Grade
from returns.models.parcels import LabelType, ParcelState, ReverseDelivery, ReverseDeliveryLine
from returns.models.policies import ReturnPolicy
from returns.models.policy_runs import PolicyRun, PolicyRunStatus
from returns.models.policy_versions import PolicyVersion
from returns.models.reasons import ReturnReason
from returns.models.receiving import (
    Disposition,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.refunds import Refund, RefundLine, RefundStatus, RefundTransaction
from returns.models.return_lines import ReturnLine
from returns.models.returns import DeclineReason, RefundTo, Return, ReturnStatus
from returns.models.routes import ReturnRoute
from returns.models.scans import ReceivingPhoto, Scan, ScanState
from returns.models.store_credit import (
    EntryKind,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)
from returns.models.unexpected import UnexpectedItem

__all__ = [
    "BuyerParcel",
    "BuyerParcelLine",
    "CreditNote",
    "CreditNoteSeries",
    "DeclineReason",
    "Disposition",
    "DispositionType",
    "EntryKind",
    "Event",
    "EventType",
    "ExchangeLine",
    "ExchangePayment",
    "ExchangeShipment",
    "ExchangeStatus",
    "FeeKind",
    "Grade",
    "LabelType",
    "ParcelState",
    "PolicyRun",
    "PolicyRunStatus",
    "PolicyVersion",
    "ReceivingPhoto",
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
    "ReturnRoute",
    "ReturnStatus",
    "ReverseDelivery",
    "ReverseDeliveryLine",
    "ReverseFulfillment",
    "ReverseFulfillmentLine",
    "ReverseFulfillmentStatus",
    "Scan",
    "ScanState",
    "StoreCreditAccount",
    "StoreCreditEntry",
    "StoreCreditUse",
    "UnexpectedItem",
]
