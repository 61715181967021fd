"""Where refunds go: one small interface (`interface.py`), one module per gateway."""

from typing import Final

from returns.gateways.interface import Gateway, GatewayUnreachable, Outcome, PayoutRequest
from returns.gateways.manual import ManualGateway

GATEWAYS: Final[dict[str, Gateway]] = {"manual": ManualGateway()}

__all__ = ["GATEWAYS", "Gateway", "GatewayUnreachable", "Outcome", "PayoutRequest"]
