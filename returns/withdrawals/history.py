"""The timeline of a withdrawal: one event per verb on its case."""

from datetime import datetime
from typing import Any

from accounts.actors import Actor
from returns.models import WithdrawalCase, WithdrawalEvent, WithdrawalEventType


def record(
    case: WithdrawalCase,
    type_: WithdrawalEventType,
    *,
    actor: Actor,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> WithdrawalEvent:
    """Append one event about a withdrawal, in the open transaction. data: plain JSON."""
    return WithdrawalEvent.objects.create(
        case=case,
        type=type_,
        at=at,
        actor_kind=actor.kind,
        actor_name=actor.name[:200],
        actor_user_id=actor.user_id,
        note=note,
        data=data or {},
    )
