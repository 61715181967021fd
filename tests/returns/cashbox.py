"""A gateway that behaves as told, and books that are checked against each other."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import FulfillmentLine, Order, Payment
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import EventType, Refund, RefundTransaction, Return
from returns.refunds import payouts, settlement
from returns.refunds.gateways import GatewayUnreachable, Outcome, PayoutRequest
from tests.factories import PaymentFactory, sent_order

SYSTEM = actors.system()
# May pay back, but not more than is left.
CLERK = Actor(kind=ActorKind.STAFF, name="Clerk", permissions=frozenset({Permission.REFUND}))


Behaviour = Callable[[PayoutRequest], Outcome]


class Crash(Exception):
    """The process dies here."""


class FakeGateway:
    """Pays each key once, unless told to behave otherwise for the next calls."""

    def __init__(self) -> None:
        self.paid: dict[str, Decimal] = {}
        self.asked: list[str] = []
        self.next: list[Behaviour] = []

    def refund(self, request: PayoutRequest) -> Outcome:
        self.asked.append(request.key)
        behave = self.next.pop(0) if self.next else self.pay
        return behave(request)

    def pay(self, request: PayoutRequest) -> Outcome:
        self.paid.setdefault(request.key, request.amount)
        return Outcome(paid=True, reference=f"re_{len(self.paid)}")

    def refuse(self, request: PayoutRequest) -> Outcome:
        return Outcome(paid=False, failure="The card was closed.")

    def unreachable(self, request: PayoutRequest) -> Outcome:
        raise GatewayUnreachable

    def pay_and_lose_the_answer(self, request: PayoutRequest) -> Outcome:
        self.pay(request)
        raise GatewayUnreachable

    def pay_and_crash(self, request: PayoutRequest) -> Outcome:
        self.pay(request)
        raise Crash


def bought(*paid: str, quantity: int = 2, gateway: str = "fake") -> Order:
    """An order of a line of 10.00 a piece, sent, and paid in these parts."""
    order = sent_order(quantity)
    order.lines.update(unit_price=Decimal(10))
    order.payments.all().delete()
    for hours, amount in enumerate(paid or ("20.00",)):
        PaymentFactory(
            order=order,
            amount=Decimal(amount),
            gateway=gateway,
            external_id=f"pay_{hours}",
            captured_at=order.placed_at + timedelta(hours=hours),
        )
    return order


def opened(*paid: str, quantity: int = 2, gateway: str = "fake") -> Return:
    """An open return of all pieces of such an order."""
    order = bought(*paid, quantity=quantity, gateway=gateway)
    return lifecycle.create(order, [wish(order, quantity)], actor=SYSTEM)


def wish(order: Order, quantity: int) -> LineRequest:
    """A wish to send so many pieces of an order's only line back."""
    parcel = FulfillmentLine.objects.get(fulfillment__order=order)
    return LineRequest(fulfillment_line_id=parcel.pk, quantity=quantity, reason="too-small")


def pay(return_: Return, **changes: Any) -> Refund:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return payouts.refund(return_, **values)


def pay_order(order: Order, **changes: Any) -> Refund:
    values: dict[str, Any] = {"actor": SYSTEM, "key": uuid4(), **changes}
    return payouts.refund_order(order, **values)


def books(order: Order) -> dict[str, Any]:
    """What the books say of an order, after checking that each says the same as the others."""
    payments = Payment.objects.filter(order=order).order_by("captured_at")
    parts = RefundTransaction.objects.filter(refund__order=order).order_by("pk")
    for payment in payments:
        counted = [part.amount for part in parts if part.payment_id == payment.pk and going(part)]
        assert payment.refunded_amount == sum(counted)
    for return_ in Return.objects.filter(order=order):
        own = [
            part.amount for part in parts if part.refund.for_return_id == return_.pk and going(part)
        ]
        assert return_.refunded_amount == sum(own)
        pieces = sum(line.refunded_quantity for line in return_.lines.all())
        assert return_.refunded_quantity == pieces
    return {
        "payments": [str(payment.refunded_amount.normalize()) for payment in payments],
        "refunds": [refund.status for refund in order.refunds.all()],
        "parts": [part.status for part in parts],
        "pieces": sum(return_.refunded_quantity for return_ in order.returns.all()),
        "events": list(
            order.events.filter(type__startswith="refund.").values_list("type", flat=True)
        ),
    }


def settle_left_pending() -> None:
    """What the periodic job does about every refund that waits, however young."""
    for refund in Refund.objects.left_pending(timezone.now() + timedelta(1)).order_by("pk"):
        settlement.settle(refund, actor=SYSTEM)


def going(part: RefundTransaction) -> bool:
    return part.status != "FAILED"


NOTHING = {"payments": ["0"], "refunds": [], "parts": [], "pieces": 0, "events": []}


PENDING = {
    "payments": ["2E+1"],
    "refunds": ["PENDING"],
    "parts": ["PENDING"],
    "pieces": 2,
    "events": [],
}


PAID = {
    "payments": ["2E+1"],
    "refunds": ["SUCCEEDED"],
    "parts": ["SUCCEEDED"],
    "pieces": 2,
    "events": [EventType.REFUND_SUCCEEDED],
}


FAILED = {
    "payments": ["0"],
    "refunds": ["FAILED"],
    "parts": ["FAILED"],
    "pieces": 0,
    "events": [EventType.REFUND_FAILED],
}


def crash(*_args: Any, **_kwargs: Any) -> Any:
    raise Crash
