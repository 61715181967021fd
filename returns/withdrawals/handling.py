"""What becomes of a statement: the verbs on its case, by the queue and by staff.

They lock the order first, then the case, and open returns through `lifecycle.withdraw`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor
from accounts.permissions import Permission
from orders import search
from orders.models import Order
from returns import lifecycle, locks
from returns.acts import checked_note
from returns.errors import InvalidState, MissingNote, NotPermitted, ReturnError
from returns.models import (
    Return,
    WithdrawalCase,
    WithdrawalEventType,
    WithdrawalFlag,
    WithdrawalState,
)
from returns.models.withdrawals import NOTE_LENGTH
from returns.requests import WITHDRAWAL_REASON, LineRequest, Withdrawal
from returns.withdrawals import history, plans

# A person may still choose an order, open a return or say that it is done.
UNSETTLED = (WithdrawalState.QUEUED, WithdrawalState.TO_CHECK, WithdrawalState.HANDLED)


def handle(statement_id: int, *, at: datetime | None = None) -> WithdrawalCase:
    """Look for the order of a statement and open its return, once; the queue calls this.

    What cannot be decided here is flagged for staff. at: for history that is told afterwards.
    """
    case = WithdrawalCase.objects.select_related("statement__order").get(statement=statement_id)
    order = case.order or plans.find_order(case.statement)
    with _locked(case, order) as (current, locked_order):
        if current.state != WithdrawalState.QUEUED:
            return current
        told = _decide(current, locked_order, actor=actors.buyer(current.statement.name), at=at)
        now = at or timezone.now()
        history.record(
            current, WithdrawalEventType.HANDLED, actor=actors.system(), at=now, data=told
        )
    return current


def match(
    case: WithdrawalCase, order: Order, *, actor: Actor, at: datetime | None = None
) -> WithdrawalCase:
    """Say which order a statement is about that was not found, and go on as if it had been.

    at: for history that is told afterwards.
    Raises NotPermitted, InvalidState when an order is known already or the case is done.
    """
    _require(actor)
    with _locked(case, order) as (current, locked_order):
        if current.order_id is not None or current.state == WithdrawalState.SETTLED:
            raise InvalidState(_("The order of this statement is known already."))
        told = _decide(current, locked_order, actor=actor, at=at)
        chosen, now = WithdrawalEventType.ORDER_CHOSEN, at or timezone.now()
        history.record(current, chosen, actor=actor, at=now, data=told)
    return current


def open_return(
    case: WithdrawalCase,
    pieces: Sequence[tuple[int, int]],
    *,
    actor: Actor,
) -> Return:
    """Open the return of pieces that a person chose, as (fulfilment line, pieces).

    Raises NotPermitted, InvalidState without an order or of a case that is done, and as
    `lifecycle.withdraw` does.
    """
    _require(actor)
    if case.order is None:
        raise InvalidState(_("Choose the order first."))
    with _locked(case, case.order) as (current, order):
        if order is None or current.state == WithdrawalState.SETTLED:
            raise InvalidState(_("This statement is done with."))
        wishes = [
            LineRequest(fulfillment_line_id=pk, quantity=count, reason=WITHDRAWAL_REASON)
            for pk, count in pieces
        ]
        return_ = lifecycle.withdraw(
            order, wishes, withdrawal=_withdrawal(current, order), in_doubt=False, actor=actor
        )
        answered = {WithdrawalFlag.UNCLEAR_ITEMS, WithdrawalFlag.NOT_OPENED}
        current.flags = [flag for flag in current.flags if flag not in answered]
        current.state = WithdrawalState.TO_CHECK if current.flags else WithdrawalState.HANDLED
        current.save(update_fields=["flags", "state"])
        told = {"returns": [return_.reference]}
        opened = WithdrawalEventType.RETURN_OPENED
        history.record(current, opened, actor=actor, at=timezone.now(), data=told)
    return return_


def settle(
    case: WithdrawalCase, *, actor: Actor, note: str, at: datetime | None = None
) -> WithdrawalCase:
    """Say that nothing is left to do about a statement, and why; again, it changes nothing.

    at: for history that is told afterwards.
    Raises NotPermitted, MissingNote, TooLong.
    """
    _require(actor)
    note = checked_note(note, most=NOTE_LENGTH)
    if not note:
        raise MissingNote(_("Say what became of it."), field=("note",))
    with _locked(case, case.order) as (current, _order):
        if current.state == WithdrawalState.SETTLED:
            return current
        current.state = WithdrawalState.SETTLED
        current.save(update_fields=["state"])
        now = at or timezone.now()
        history.record(current, WithdrawalEventType.SETTLED, actor=actor, at=now, note=note)
    return current


def acknowledged(case: WithdrawalCase, *, at: datetime | None = None) -> None:
    """Note down when the confirmation was mailed first; again, it changes nothing."""
    now = at or timezone.now()
    with transaction.atomic():
        unsaid = WithdrawalCase.objects.filter(pk=case.pk, acknowledged_at=None)
        if unsaid.update(acknowledged_at=now):
            mailed = WithdrawalEventType.ACKNOWLEDGED
            history.record(case, mailed, actor=actors.system(), at=now)


def _require(actor: Actor) -> None:
    if not actor.may(Permission.DECIDE_RETURN):
        raise NotPermitted


@contextmanager
def _locked(
    case: WithdrawalCase, order: Order | None
) -> Iterator[tuple[WithdrawalCase, Order | None]]:
    """Open a transaction and lock the order, if any, then the case as it is now."""
    with transaction.atomic():
        locked_order = locks.order(order.pk) if order else None
        current = WithdrawalCase.objects.select_for_update(of=("self",)).select_related(
            "statement__store"
        )
        yield current.get(pk=case.pk), locked_order


def _decide(
    case: WithdrawalCase, order: Order | None, *, actor: Actor, at: datetime | None = None
) -> dict[str, Any]:
    """Open what can be opened, flag the rest; the order and the case are locked.

    Returns what came of it, for the event.
    """
    flags = [WithdrawalFlag.UNKNOWN_ORDER]
    if order is not None:
        case.order = order
        plan = plans.make(case.statement, order, plans.function_of(order.store_id))
        flags = [*plan.flags, *_opened(case, order, plan, actor=actor, at=at)]
    case.flags = flags
    case.state = WithdrawalState.TO_CHECK if flags else WithdrawalState.HANDLED
    case.handled_at = at or timezone.now()
    if order is not None:
        case.search = search.extended(search.words(order.reference, order.buyer_name, order.email))
    case.save(update_fields=["order", "flags", "state", "handled_at", "search"])
    returns = case.statement.returns.order_by("pk").values_list("reference", flat=True)
    return {
        "order": order.reference if order else "",
        "flags": [str(flag.value) for flag in flags],
        "returns": list(returns) if order else [],
    }


def _opened(
    case: WithdrawalCase, order: Order, plan: plans.Plan, *, actor: Actor, at: datetime | None
) -> list[WithdrawalFlag]:
    """Open the returns of a plan, all or none; what refuses them is for a person to look at."""
    withdrawal = _withdrawal(case, order)
    try:
        with transaction.atomic():
            for wishes, in_doubt in ((plan.sure, False), (plan.doubtful, True)):
                if wishes:
                    lifecycle.withdraw(
                        order,
                        wishes,
                        withdrawal=withdrawal,
                        in_doubt=in_doubt,
                        actor=actor,
                        at=at,
                    )
    except ReturnError:
        return [WithdrawalFlag.NOT_OPENED]
    return []


def _withdrawal(case: WithdrawalCase, order: Order) -> Withdrawal:
    function = plans.function_of(order.store_id)
    return Withdrawal(statement=case.statement, buyer_pays=function.buyer_pays_return)
