"""By when we have to do something about a return: decide on a request, pay back what came.

Kept on the return's row when the waiting begins, so that lists sort and count by it, and a change
of the store's days moves no promise that was made.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from orders import days
from orders.models import Store
from returns.models import Return, ReturnLine, WithdrawalCase


def decide_by(store: Store, requested_at: datetime) -> datetime:
    """Return the moment by which a request is to be decided on."""
    return requested_at + timedelta(days=store.decide_days)


def is_owed(lines: Sequence[ReturnLine]) -> bool:
    """Whether pieces came (or are kept by the buyer) that are not paid back.

    Those that are repaired and sent back never are.
    """
    return any(
        not line.is_repair
        and line.refunded_quantity
        < line.processed_quantity - line.missing_quantity - line.shipped_back_quantity
        for line in lines
    )


def set_due(return_: Return, lines: Sequence[ReturnLine], *, was_owed: bool, at: datetime) -> None:
    """Let the days to pay back begin with the first pieces that wait for it; nothing is saved.

    was_owed: whether pieces waited before this act already. `return_.store` should be loaded.
    """
    if is_owed(lines) and not was_owed:
        return_.due_at = at + timedelta(days=return_.store.refund_days)
        if return_.withdrawal_id is not None:
            return_.due_at = min(return_.due_at, max(at, _lawful_end(return_)))


def _lawful_end(return_: Return) -> datetime:
    """Return the end of the 14 days after which a withdrawal is to be paid back; one query.

    They begin with the statement, whatever comes when (2011/83/EU, Article 13(1)); who waited for
    goods that came later pays without undue delay (Article 13(3)).
    """
    case = WithdrawalCase.objects.get(statement=return_.withdrawal_id)
    return days.ends(case.refund_by, return_.store.zone)
