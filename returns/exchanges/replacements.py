"""What every replacement of a return waits for, and what becomes of what is held for it.

These are steps of the verbs, which hold the locks. `refresh` is the last step of each verb that
can change what the buyer owes or what is back; a return without replacements costs it nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.actors import Actor
from orders import stock
from orders.money import ZERO, smallest_unit
from returns import events, jobs, locks
from returns.exchanges import requests
from returns.models import (
    EventType,
    ExchangeLine,
    ExchangeStatus,
    Return,
    ReturnLine,
    ReturnStatus,
)
from returns.policies import terms as terms_of
from returns.refunds import proposals

# By name, because the task lies above this module: it closes and makes links for paying.
LINKS_TASK = "returns.tasks.tend_payment_links"

# The columns of a return that change when replacements are taken out of it.
COUNTED = ("exchange_quantity", "exchange_ready_quantity")
_COUNTERS = (
    "exchange_quantity",
    "exchanged_quantity",
    "exchange_ready_quantity",
    "exchange_due",
    "exchange_owed",
    "payment_link",
)


def refresh(
    return_: Return,
    lines: Sequence[ReturnLine],
    *,
    actor: Actor,
    at: datetime,
    deliver: bool,
    replacements: Sequence[ExchangeLine] | None = None,
) -> None:
    """Work out what is owed and what each replacement waits for; ask for payment when more is due.

    lines: the return's, locked, with `fulfillment_line.order_line`. replacements: locked ones, all
    of them; without them nothing happens to a return that has none.
    """
    if replacements is None:
        if not return_.exchange_quantity and not return_.exchange_owed:
            return
        replacements = locks.exchange_lines(return_)
    before = return_.exchange_owed
    made = list(return_.order.refunds.all())
    return_.exchange_due = proposals.exchange_due(return_, made)
    return_.exchange_owed = owed(return_, lines, replacements)
    if return_.exchange_owed != before:
        _give_up_link(return_, renew=deliver and ZERO < return_.exchange_owed < before)
    by_id = {line.pk: line for line in lines}
    for line in replacements:
        line.status = _status(return_, line, by_id)
    ExchangeLine.objects.bulk_update(replacements, ["status"])
    return_.exchange_ready_quantity = sum(
        line.unprocessed_quantity for line in replacements if line.status == ExchangeStatus.READY
    )
    return_.save(update_fields=_COUNTERS)
    if return_.exchange_owed > before:
        _ask(return_, actor=actor, at=at, deliver=deliver)


def _give_up_link(return_: Return, *, renew: bool = False) -> None:
    """Show the link for paying no more; a job closes it, and makes another when `renew`.

    When more is owed than before, the job that asks for it makes the link, for its mail.
    """
    if return_.payment_link or renew:
        jobs.defer(LINKS_TASK, return_id=return_.pk)
    return_.payment_link = ""


def _ask(return_: Return, *, actor: Actor, at: datetime, deliver: bool) -> None:
    """Write down that the buyer is asked to pay; the mail follows from it."""
    events.record(
        return_,
        EventType.EXCHANGE_PAYMENT_ASKED,
        actor=actor,
        at=at,
        from_status=return_.status,
        data={"amount": str(return_.exchange_owed), "currency": return_.order.currency},
        deliver=deliver,
    )


def owed(
    return_: Return, lines: Sequence[ReturnLine], replacements: Sequence[ExchangeLine]
) -> Decimal:
    """Return what the buyer has to pay, when all comes back that is not known to be missing.

    Nothing is asked for before a decision. A unit that rounding makes of an even exchange, when
    pieces of a line are paid back in another order than they were asked for, is never asked for.
    """
    if return_.status not in (ReturnStatus.OPEN, ReturnStatus.CLOSED):
        return ZERO
    left = {line.pk: line.owed_quantity - line.missing_quantity for line in lines}
    expected = {key: count for key, count in left.items() if count > 0}
    proposal = proposals.propose(return_, quantities=expected, lines=lines, shipping=ZERO)
    unit = smallest_unit(return_.order.currency)
    rounding = unit * sum(line.quantity for line in replacements if line.is_even)
    return proposal.owed if proposal.owed > rounding else ZERO


def _status(return_: Return, line: ExchangeLine, by_id: Mapping[int, ReturnLine]) -> str:
    if line.processed_quantity and not line.unprocessed_quantity:
        return ExchangeStatus.PROCESSED
    if not line.quantity or return_.status in (ReturnStatus.CANCELED, ReturnStatus.DECLINED):
        return ExchangeStatus.REMOVED
    if return_.status != ReturnStatus.OPEN:
        return ExchangeStatus.PENDING
    if return_.exchange_owed:
        return ExchangeStatus.AWAITING_PAYMENT
    return ExchangeStatus.READY if _may_go(return_, line, by_id) else ExchangeStatus.PENDING


def _may_go(return_: Return, line: ExchangeLine, by_id: Mapping[int, ReturnLine]) -> bool:
    """Whether what is replaced is back, or the terms do not wait for it.

    Missing pieces bring nothing, so their replacement is owed in full: whoever paid it gets it.
    """
    if terms_of.of_return(return_).instant_exchange:
        return True
    if line.return_line_id is None:
        return return_.unprocessed_quantity == 0
    return by_id[line.return_line_id].unprocessed_quantity == 0


def take_out(
    return_: Return, replacements: Sequence[ExchangeLine], pieces: Mapping[int, int]
) -> None:
    """Take unsent pieces (by exchange line) out of locked lines and give up what is held for them.

    Leaves it to the caller to count them off `return_.exchange_quantity`, and to refresh, which
    counts what is ready to send anew.
    """
    return_.exchange_ready_quantity = 0
    changed = [line for line in replacements if pieces.get(line.pk)]
    for line in changed:
        line.quantity -= pieces[line.pk]
        line.removed_quantity += pieces[line.pk]
        if not line.quantity:
            line.status = ExchangeStatus.REMOVED
    _release({line: line.reserved_quantity - line.unprocessed_quantity for line in changed})
    ExchangeLine.objects.bulk_update(
        changed, ["status", "quantity", "removed_quantity", "reserved_quantity"]
    )


def give_up_stock(replacements: Iterable[ExchangeLine]) -> None:
    """Give free what is held for locked lines."""
    held = {line: line.reserved_quantity for line in replacements}
    _release(held)
    ExchangeLine.objects.bulk_update(held, ["reserved_quantity"])


def _release(pieces: Mapping[ExchangeLine, int]) -> None:
    """Give pieces per line free, as far as that is above 0."""
    freed = {line: count for line, count in pieces.items() if count > 0}
    for line, count in freed.items():
        line.reserved_quantity -= count
    stock.release(
        stock.summed((line.variant_id, line.location_id, count) for line, count in freed.items())
    )


def end(return_: Return) -> None:
    """Give up all replacements of a return that was declined or called off."""
    if not return_.exchange_quantity:
        return
    replacements = locks.exchange_lines(return_)
    give_up_stock(replacements)
    for line in replacements:
        line.status = _status(return_, line, {})
    ExchangeLine.objects.bulk_update(replacements, ["status"])
    return_.exchange_ready_quantity = 0
    return_.exchange_due = ZERO
    return_.exchange_owed = ZERO
    _give_up_link(return_)
    return_.save(update_fields=_COUNTERS)


def drop_unsent(return_: Return) -> list[dict[str, Any]]:
    """Take out all that was not sent, as nothing more will happen; return it for the event."""
    if return_.exchange_quantity == return_.exchanged_quantity:
        return []
    replacements = locks.exchange_lines(return_)
    pieces = {line.pk: line.unprocessed_quantity for line in replacements}
    take_out(return_, replacements, pieces)
    return_.exchange_quantity = return_.exchanged_quantity
    return requests.told(replacements, pieces)


def follow(
    return_: Return, lines: Sequence[ReturnLine], removed: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Take out replacements of pieces that were taken out of the return; return them, for events.

    lines: as they are now. removed: pieces by return line. Counts them off
    `return_.exchange_quantity`, without saving.
    """
    if not return_.exchange_quantity or not removed:
        return []
    replacements = locks.exchange_lines(return_)
    left = {line.pk: line.quantity for line in lines}
    wanted: dict[int, int] = defaultdict(int)
    pieces: dict[int, int] = {}
    for line in replacements:
        if line.return_line_id is None or not removed.get(line.return_line_id):
            continue
        wanted[line.return_line_id] += line.quantity
        too_many = wanted[line.return_line_id] - left[line.return_line_id]
        if too_many > 0 and (gone := min(too_many, line.unprocessed_quantity)):
            pieces[line.pk] = gone
            wanted[line.return_line_id] -= gone
    if not pieces:
        return []
    take_out(return_, replacements, pieces)
    return_.exchange_quantity -= sum(pieces.values())
    return requests.told(replacements, pieces)
