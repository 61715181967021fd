"""Word from a gateway that something happened there.

It is a reason to ask, never an answer: notices come first, twice, late, out of order or never, so
what they tell is taken from the gateway itself, by a job. A notice about what is not ours does
nothing.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from returns import jobs
from returns.exchanges import payment_links
from returns.models import RefundStatus, RefundTransaction
from returns.refunds.gateways import PaymentNotice, RefundNotice

# By name, because the task lies above this module.
REFRESH_TASK: Final = "returns.tasks.refresh_transaction"

# Called with each notice of a payment, maybe several times for one; whoever made the link puts a
# job into the queue that asks the gateway what was really paid.
PAYMENT_LISTENERS: Final[list[Callable[[PaymentNotice], None]]] = [payment_links.listen]


def take(notice: RefundNotice | PaymentNotice) -> None:
    """Take a notice in: the jobs that ask the gateway are in the queue when this returns."""
    if isinstance(notice, PaymentNotice):
        for listener in PAYMENT_LISTENERS:
            listener(notice)
        return
    for pk in _meant(notice):
        # Not once per transaction: one that waits to be tried again would keep this one out.
        jobs.defer(REFRESH_TASK, transaction_id=pk)


def _meant(notice: RefundNotice) -> list[int]:
    """Return the transactions that a notice can be about; without a key all pending ones."""
    found = RefundTransaction.objects.filter(gateway=notice.gateway)
    if notice.key:
        refund_key, pk = _parsed(notice.key)
        found = found.filter(refund__idempotency_key=refund_key, pk=pk)
    else:
        named = [one for one in notice.payment_references if one]
        found = found.filter(payment__external_id__in=named, status=RefundStatus.PENDING)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _parsed(key: str) -> tuple[UUID, int]:
    """Take a gateway's key apart (RefundTransaction.gateway_key); what is not ours fits nothing."""
    parts = key.split(":")
    try:
        return UUID(parts[0]), int(parts[1][:18])
    except (ValueError, IndexError):
        return UUID(int=0), 0
