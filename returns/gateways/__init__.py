"""Where refunds go: one small interface (`interface.py`), one module per gateway."""

from typing import Final

from returns.gateways.interface import Gateway, GatewayUnreachable, Outcome, PayoutRequest
from returns.gateways.manual import ManualGateway

MANUAL: Final = "manual"
GATEWAYS: Final[dict[str, Gateway]] = {MANUAL: ManualGateway()}

__all__ = ["GATEWAYS", "MANUAL", "Gateway", "GatewayUnreachable", "Outcome", "PayoutRequest"]
