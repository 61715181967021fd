"""Letting go of what the shop would keep: who may still waive which fee, and doing it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from returns import locks
from returns.errors import FeeTaken, InvalidState, UnknownFee
from returns.models import FeeKind, Refund, Return, ReturnFee, ReturnLine, ReturnStatus
from returns.refunds import proposals

ENDED = (ReturnStatus.DECLINED, ReturnStatus.CANCELED)


def waive(
    return_: Return, fee_id: int, *, actor: Actor, reason: str, at: datetime
) -> dict[str, Any] | None:
    """Waive a fee of a locked return; the row stays and says who let go of it and why.

    Returns what the event tells, or None when it was waived before: then nothing changes.
    Raises UnknownFee, InvalidState (of a return that ended without goods), FeeTaken.
    """
    fee = return_.fees.filter(pk=fee_id).first()
    if fee is None:
        raise UnknownFee(_("This fee is not part of the return."), field=("fee_id",))
    if fee.is_waived:
        return None
    if return_.status in ENDED:
        raise InvalidState(
            _("This return takes no fees: it is %(status)s.")
            % {"status": return_.get_status_display()},
            field=("id",),
        )
    if is_taken(fee, locks.lines(return_), proposals.counting(list(return_.refunds.all()))):
        raise FeeTaken(
            _("A refund has kept this fee already. Pay it back as an amount instead."),
            field=("fee_id",),
        )
    fee.waived_at, fee.waived_by_id, fee.waive_reason = at, actor.user_id, reason
    fee.save(update_fields=["waived_at", "waived_by", "waive_reason"])
    return _told(fee)


def is_taken(fee: ReturnFee, lines: Iterable[ReturnLine], counting: Sequence[Refund]) -> bool:
    """Whether a refund already kept some of a fee, or is about to; no queries.

    lines: the return's. counting: its refunds of which money went out or may still go out.
    """
    if fee.kind == FeeKind.RESTOCKING:
        return any(line.pk == fee.line_id and line.refunded_quantity for line in lines)
    return any(refund.return_shipping_fee for refund in counting)


def waived_labels(return_: Return) -> list[str]:
    """Return the kinds of the fees that were waived, each once, in the reader's words."""
    kinds = {fee.kind for fee in return_.fees.all() if fee.is_waived}
    return [str(kind.label) for kind in FeeKind if kind in kinds]


def _told(fee: ReturnFee) -> dict[str, Any]:
    """Return what the event says: amounts and percents as strings."""
    told = {"fee": fee.pk, "kind": fee.kind}
    if fee.kind == FeeKind.RETURN_SHIPPING:
        return {**told, "amount": str(fee.amount)}
    return {**told, "percent": str(fee.percent), "line": fee.line_id}
