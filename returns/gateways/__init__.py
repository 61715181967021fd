"""Where refunds go: one small interface (`interface.py`), one module per gateway."""

from typing import Final

from returns.gateways.interface import Gateway, GatewayUnreachable, Outcome, PayoutRequest
from returns.gateways.manual import ManualGateway
from returns.gateways.store_credit import StoreCreditGateway

MANUAL: Final = "manual"
STORE_CREDIT: Final = "store_credit"
GATEWAYS: Final[dict[str, Gateway]] = {
    MANUAL: ManualGateway(),
    STORE_CREDIT: StoreCreditGateway(),
}

__all__ = [
    "GATEWAYS",
    "MANUAL",
    "STORE_CREDIT",
    "Gateway",
    "GatewayUnreachable",
    "Outcome",
    "PayoutRequest",
]
