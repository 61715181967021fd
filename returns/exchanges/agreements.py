"""The verbs about replacements: agree on them, take them out, book their payment, send them.

`returns.lifecycle` has the verbs of returns and offers these with them. All take the same steps.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor
from orders import taxes
from orders.models import FulfillmentLine
from returns import locks
from returns.acts import Act, checked_note, locked, move
from returns.errors import (
    InvalidQuantity,
    NothingChosen,
    UnknownLine,
)
from returns.exchanges import parcels, replacements, requests
from returns.exchanges.parcels import Tracking
from returns.exchanges.requests import CheckedExchange, ExchangeRequest, Replaced
from returns.models import (
    EventType,
    ExchangeLine,
    ExchangeStatus,
    Refund,
    RefundLine,
    RefundStatus,
    Return,
    ReturnLine,
    ReturnStatus,
    ReverseFulfillmentStatus,
)
from returns.receiving.booking import set_work_status
from returns.refunds import proposals
from returns.refunds.pricing import Proposal
from returns.refunds.settlement import count_pieces

__all__ = [
    "ExchangeRequest",
    "Tracking",
    "add_exchanges",
    "end_reservations",
    "process_exchange",
    "remove_exchanges",
]


def add_exchanges(
    return_: Return,
    *,
    actor: Actor,
    exchanges: Sequence[ExchangeRequest],
    override_policy: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Agree on replacements in a return that exists, and hold them in stock.

    override_policy: set aside what only the policy refuses. Raises InvalidState, NotPermitted,
    NothingChosen, UnknownLine, InvalidQuantity, InvalidAmount, NotExchangeable, OutOfStock,
    TooLong; the field of those about a wish is ("exchanges", index, ...).
    """
    note = checked_note(note)
    with move(return_, "add_exchanges", actor=actor, at=at) as act:
        if not exchanges:
            raise NothingChosen(_("Choose a replacement."), field=("exchanges",))
        current = act.return_
        lines = locks.lines(current)
        checked = requests.check(
            current.order, exchanges, _replaced(current, lines), override_policy=override_policy
        )
        by_id = {line.pk: line for line in lines}
        made = requests.store(
            current, checked, lambda each: by_id.get(each.wish.replaces or 0), at=act.now
        )
        current.save(update_fields=["exchange_quantity"])
        pieces = {line.pk: line.quantity for line in made}
        _replace_repairs(lines, checked)
        act.record(
            EventType.EXCHANGE_ADDED,
            note=note,
            data={
                "exchanges": requests.told(made, pieces),
                "override_policy": override_policy,
            },
        )
        refresh(act, lines)
    return current


def _replace_repairs(lines: Sequence[ReturnLine], added: Sequence[CheckedExchange]) -> None:
    """Ask for the replacement in place of a repair: one piece is not both."""
    wanted = {each.wish.replaces: each for each in added}
    changed = [line for line in lines if line.is_repair and line.pk in wanted]
    for line in changed:
        line.resolution = wanted[line.pk].resolution
    if changed:
        ReturnLine.objects.bulk_update(changed, ["resolution"])


def _replaced(return_: Return, lines: Sequence[ReturnLine]) -> dict[int, Replaced]:
    """Say of each line what goes back of which bought line, and how much has a replacement."""
    exchanged: Counter[int | None] = Counter()
    for line in return_.exchange_lines.all():
        exchanged[line.return_line_id] += line.quantity
    held: Counter[int] = Counter()
    for parcel in FulfillmentLine.objects.filter(fulfillment__order=return_.order):
        held[parcel.order_line_id] += parcel.returning_quantity
    return {
        line.pk: Replaced(
            bought=line.fulfillment_line.order_line,
            quantity=line.quantity,
            start=max(held[line.fulfillment_line.order_line_id] - line.quantity, 0),
            exchanged=exchanged[line.pk],
            reason=line.reason.handle,
        )
        for line in lines
    }


def refresh(act: Act, lines: Sequence[ReturnLine], *, is_changed: bool = False) -> None:
    """Do the last step of an act: see `replacements.refresh`. lines: the return's, locked.

    is_changed: replacements were taken out, maybe all.
    """
    replacements.refresh(
        act.return_,
        lines,
        actor=act.actor,
        at=act.now,
        deliver=not act.told_afterwards,
        replacements=locks.exchange_lines(act.return_) if is_changed else None,
    )


def follow_up(act: Act, lines: Sequence[ReturnLine]) -> None:
    """Do the last steps of an act by which goods came or found their end. lines: as `refresh`."""
    settle_even(act, lines)
    refresh(act, lines)


def remove_exchanges(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int],
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Take replacements that were not sent out of a return and give up what is held for them.

    quantities: pieces by exchange line. What was paid for them comes back with the next refund. A
    return with nothing left to do closes. Raises InvalidState, NotPermitted, NothingChosen,
    UnknownLine, InvalidQuantity, TooLong.
    """
    note = checked_note(note)
    with move(return_, "remove_exchanges", actor=actor, at=at) as act:
        current = act.return_
        lines = locks.lines(current)
        held = locks.exchange_lines(current)
        most = {line.pk: line.unprocessed_quantity for line in held}
        pieces = _checked_pieces(quantities, most)
        replacements.take_out(current, held, pieces)
        current.remove_exchanges(act.now, sum(pieces.values()))
        current.save(
            update_fields=["status", "closed_at", "exchange_quantity", "exchange_ready_quantity"]
        )
        _close_work(current)
        told = {"exchanges": requests.told(held, pieces)}
        act.record(EventType.EXCHANGE_REMOVED, note=note, data=told)
        refresh(act, lines, is_changed=True)
    return current


def _checked_pieces(quantities: Mapping[int, int], most: Mapping[int, int]) -> dict[int, int]:
    """Return the chosen pieces by exchange line, without those of which none is chosen."""
    for key, count in quantities.items():
        field = ("exchanges", str(key))
        if key not in most:
            raise UnknownLine(_("This replacement is not part of the return."), field=field)
        if not 0 <= count <= most[key]:
            raise InvalidQuantity(
                _("Choose 0 to %(most)s pieces.") % {"most": most[key]}, field=(*field, "quantity")
            )
    pieces = {key: count for key, count in quantities.items() if count}
    if not pieces:
        raise NothingChosen(_("Choose at least one replacement."), field=("exchanges",))
    return pieces


def _close_work(return_: Return) -> None:
    if return_.status == ReturnStatus.CLOSED:
        set_work_status(return_, ReverseFulfillmentStatus.CLOSED)


def process_exchange(
    return_: Return,
    *,
    actor: Actor,
    quantities: Mapping[int, int],
    tracking: Tracking | None = None,
    note: str = "",
    at: datetime | None = None,
) -> Return:
    """Send replacements: they leave stock and join the order, with a parcel per location.

    quantities: pieces by exchange line; only those that are ready. When what came back is worth
    exactly what was sent, that is settled at once. A return with nothing left to do closes.
    Raises InvalidState, NotPermitted, NothingChosen, UnknownLine, InvalidQuantity, OutOfStock,
    TooLong.
    """
    note = checked_note(note)
    tracking = tracking or Tracking()
    with move(return_, "process_exchange", actor=actor, at=at) as act:
        current = act.return_
        lines = locks.lines(current)
        held = locks.exchange_lines(current)
        ready = {
            line.pk: line.unprocessed_quantity if line.status == ExchangeStatus.READY else 0
            for line in held
        }
        pieces = _checked_pieces(quantities, ready)
        sent = [line for line in held if line.pk in pieces]
        parcels.take_from_stock(sent, pieces)
        parcels.join_order(current.order, sent, pieces, tracking, at=act.now)
        for line in sent:
            line.processed_quantity += pieces[line.pk]
        ExchangeLine.objects.bulk_update(sent, ["processed_quantity", "reserved_quantity"])
        current.process_exchange(act.now, sum(pieces.values()))
        current.save(
            update_fields=["status", "closed_at", "exchanged_quantity", "exchange_ready_quantity"]
        )
        _close_work(current)
        told = {"exchanges": requests.told(held, pieces), "tracking": tracking.number}
        act.record(EventType.EXCHANGE_SENT, note=note, data=told)
        follow_up(act, lines)
    return current


# Columns of a refund that are as proposed.
_PARTS = (
    "items_amount",
    "items_tax",
    "shipping_amount",
    "shipping_tax",
    "restocking_fee",
    "return_shipping_fee",
    "exchange_amount",
    "outstanding_amount",
)


def settle_even(act: Act, lines: Sequence[ReturnLine]) -> None:
    """When all is sent, and what came back brings just what that costs, count it as paid back.

    No money moves, so nobody needs to look at it. lines: locked, with what they are lines of.
    """
    return_ = act.return_
    if not return_.exchange_quantity or return_.exchanged_quantity < return_.exchange_quantity:
        return
    back = proposals.received_quantities(lines)
    if not back:
        return
    proposal = proposals.propose(return_, quantities=back, lines=lines)
    if proposal.amount or proposal.parts_total or not proposal.exchange_amount:
        return
    _write_settled(act, proposal)
    pieces = {line.key: line.quantity for line in proposal.lines}
    count_pieces(return_, list(lines), pieces, proposal.amount, exchange=proposal.exchange_amount)


def _write_settled(act: Act, proposal: Proposal) -> None:
    refund = Refund.objects.create(
        order=act.return_.order,
        for_return=act.return_,
        idempotency_key=uuid4(),
        status=RefundStatus.SUCCEEDED,
        currency=proposal.currency,
        amount=proposal.amount,
        created_by_id=act.actor.user_id,
        created_at=act.now,
        settled_at=act.now,
        **{name: getattr(proposal, name) for name in _PARTS},
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            return_line_id=line.key,
            quantity=line.quantity,
            amount=line.amount,
            tax=line.tax,
            taxes=taxes.to_json(line.taxes),
            restocking_fee=line.restocking_fee,
        )
        for line in proposal.lines
    )


def end_reservations(*, before: datetime, at: datetime | None = None) -> int:
    """Give free what is held for replacements only until a moment; returns how many returns.

    The replacements stay: they are sent if pieces are left then. before: aware.
    """
    waiting = ExchangeLine.objects.filter(reserved_quantity__gt=0, reserved_until__lte=before)
    ended = 0
    for return_ in Return.objects.filter(pk__in=waiting.values("for_return")).order_by("pk"):
        ended += _end_reservations(return_, before, at or timezone.now())
    return ended


def _end_reservations(return_: Return, before: datetime, at: datetime) -> bool:
    with locked(return_, actor=actors.system(), at=at) as act:
        lines = [
            line
            for line in locks.exchange_lines(act.return_)
            if line.reserved_quantity and line.reserved_until <= before
        ]
        if not lines:
            return False
        pieces = {line.pk: line.reserved_quantity for line in lines}
        replacements.give_up_stock(lines)
        told = {"exchanges": requests.told(lines, pieces)}
        act.record(EventType.EXCHANGE_EXPIRED, data=told)
        return True
