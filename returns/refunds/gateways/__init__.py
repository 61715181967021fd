"""Where refunds go: one small interface (`interface.py`), one module per gateway."""

from typing import Final

from django.conf import settings

from returns.refunds.gateways.interface import (
    Gateway,
    GatewayUnreachable,
    Outcome,
    PaymentLink,
    PaymentNotice,
    PaymentRefused,
    PayoutRequest,
    ReceivedPayment,
    RefundNotice,
    RemembersRefunds,
    TakesPayments,
)
from returns.refunds.gateways.manual import ManualGateway
from returns.refunds.gateways.store_credit import StoreCreditGateway
from returns.refunds.gateways.stripe import STRIPE, StripeGateway

MANUAL: Final = "manual"
STORE_CREDIT: Final = "store_credit"


def _set_up() -> dict[str, Gateway]:
    """Return the gateways of this installation: those with a key, people, and store credit."""
    gateways: dict[str, Gateway] = {
        MANUAL: ManualGateway(),
        STORE_CREDIT: StoreCreditGateway(),
    }
    if settings.STRIPE_API_KEY:
        gateways[STRIPE] = StripeGateway(settings.STRIPE_API_KEY, api_base=settings.STRIPE_API_BASE)
    return gateways


GATEWAYS: Final[dict[str, Gateway]] = _set_up()


def paying(name: str) -> str:
    """Return what pays back a payment made with `name`: people, where that is not set up."""
    return name if name in GATEWAYS else MANUAL


__all__ = [
    "GATEWAYS",
    "MANUAL",
    "STORE_CREDIT",
    "STRIPE",
    "Gateway",
    "GatewayUnreachable",
    "Outcome",
    "PaymentLink",
    "PaymentNotice",
    "PaymentRefused",
    "PayoutRequest",
    "ReceivedPayment",
    "RefundNotice",
    "RemembersRefunds",
    "StripeGateway",
    "TakesPayments",
    "paying",
]
