"""What a return is made of. The table of states and moves is in `returns.models.returns`."""

from returns.models.automation import (
    AutomationRule,
    RuleRun,
    RunStatus,
    TimeTrigger,
)
from returns.models.buyer_parcels import BuyerParcel, BuyerParcelLine
from returns.models.cancellations import (
    Cancellation,
    CancellationLine,
    CancellationStatus,
)
from returns.models.credit_notes import CreditNote, CreditNoteSeries
from returns.models.events import Event, EventType
from returns.models.evidence import EvidencePhoto
from returns.models.exchanges import (
    ExchangeLine,
    ExchangePayment,
    ExchangeShipment,
    ExchangeStatus,
)
from returns.models.fees import FeeKind, ReturnFee
from returns.models.gifts import GiftCode, GiftCodeLine
from returns.models.grades import DispositionType, Grade
from returns.models.messages import Message
from returns.models.parcels import LabelType, ParcelState, ReverseDelivery, ReverseDeliveryLine
from returns.models.payment_links import LinkState, PaymentLink
from returns.models.policies import ReturnPolicy
from returns.models.policy_runs import PolicyRun, PolicyRunStatus
from returns.models.policy_versions import PolicyVersion
from returns.models.questions import QuestionKind, ReasonQuestion
from returns.models.reasons import ReturnReason
from returns.models.receiving import (
    Disposition,
    ReverseFulfillment,
    ReverseFulfillmentLine,
    ReverseFulfillmentStatus,
)
from returns.models.refunds import Refund, RefundLine, RefundStatus, RefundTransaction
from returns.models.resolutions import Resolution
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return
from returns.models.routes import ReturnRoute
from returns.models.scans import ReceivingPhoto, Scan, ScanState
from returns.models.setting_changes import SettingAct, SettingChange, SettingKind
from returns.models.states import DeclineReason, RefundTo, ReturnStatus
from returns.models.store_credit import (
    EntryKind,
    StoreCreditAccount,
    StoreCreditEntry,
    StoreCreditUse,
)
from returns.models.subscriptions import (
    AttemptFailure,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTopic,
)
from returns.models.told_refunds import ToldRefund
from returns.models.unexpected import UnexpectedItem
from returns.models.withdrawal_events import WithdrawalEvent, WithdrawalEventType
from returns.models.withdrawals import (
    ExemptionReason,
    WithdrawalCase,
    WithdrawalExemption,
    WithdrawalFlag,
    WithdrawalFunction,
    WithdrawalState,
    WithdrawalStatement,
)

__all__ = [
    "AttemptFailure",
    "AutomationRule",
    "BuyerParcel",
    "BuyerParcelLine",
    "Cancellation",
    "CancellationLine",
    "CancellationStatus",
    "CreditNote",
    "CreditNoteSeries",
    "DeclineReason",
    "DeliveryStatus",
    "Disposition",
    "DispositionType",
    "EntryKind",
    "Event",
    "EventType",
    "EvidencePhoto",
    "ExchangeLine",
    "ExchangePayment",
    "ExchangeShipment",
    "ExchangeStatus",
    "ExemptionReason",
    "FeeKind",
    "GiftCode",
    "GiftCodeLine",
    "Grade",
    "LabelType",
    "LinkState",
    "Message",
    "ParcelState",
    "PaymentLink",
    "PolicyRun",
    "PolicyRunStatus",
    "PolicyVersion",
    "QuestionKind",
    "ReasonQuestion",
    "ReceivingPhoto",
    "Refund",
    "RefundLine",
    "RefundStatus",
    "RefundTo",
    "RefundTransaction",
    "Resolution",
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
    "RuleRun",
    "RunStatus",
    "Scan",
    "ScanState",
    "SettingAct",
    "SettingChange",
    "SettingKind",
    "StoreCreditAccount",
    "StoreCreditEntry",
    "StoreCreditUse",
    "TimeTrigger",
    "ToldRefund",
    "UnexpectedItem",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookSubscription",
    "WebhookTopic",
    "WithdrawalCase",
    "WithdrawalEvent",
    "WithdrawalEventType",
    "WithdrawalExemption",
    "WithdrawalFlag",
    "WithdrawalFunction",
    "WithdrawalState",
    "WithdrawalStatement",
]
