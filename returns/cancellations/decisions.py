"""The verbs about canceling what was not sent yet, and paying back what was paid for it.

Each locks the order's row first, as whatever writes parcels does: a piece is sent or canceled,
never both. The money follows in a job, because a gateway is never called in a transaction.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts import actors
from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import Order, OrderLine
from returns import events, locks
from returns.acts import checked_note
from returns.cancellations import choices
from returns.errors import (
    InvalidQuantity,
    InvalidState,
    KeyReused,
    MissingNote,
    NothingChosen,
    NotPermitted,
    ReturnError,
    UnknownLine,
)
from returns.models import (
    Cancellation,
    CancellationLine,
    CancellationStatus,
    EventType,
    Refund,
)
from returns.refunds import payouts

logger = logging.getLogger(__name__)

# By name, because the tasks lie above this module.
SETTLE_TASK: Final = "returns.tasks.settle_cancellation"


def request(
    order: Order,
    quantities: Mapping[int, int],
    *,
    actor: Actor,
    key: UUID,
    at: datetime | None = None,
) -> Cancellation:
    """Cancel pieces that were not sent, as far as the order's terms let its buyer.

    It is done at once, or waits for a person when the terms of any of the lines say so.
    quantities: pieces by order line. key: chosen by the form; the same request again gives the
    cancellation it made. at: when it happened, for history told afterwards (nobody is mailed).
    Raises NotPermitted, NothingChosen, UnknownLine, InvalidQuantity, KeyReused.
    """
    if actor.kind != ActorKind.BUYER:
        raise NotPermitted
    wanted = {line: count for line, count in quantities.items() if count}
    now = at or timezone.now()
    with transaction.atomic():
        locked = locks.order(order.pk)
        if made := Cancellation.objects.filter(request_key=key).first():
            return _made_before(made, locked, wanted)
        lines = locks.order_lines(locked)
        sent, earlier = choices.sent_pieces(locked), choices.load(locked)
        chosen = _checked(choices.choices(locked, lines, sent, earlier, now=now), wanted)
        cancellation = Cancellation.objects.create(
            order=locked,
            request_key=key,
            status=CancellationStatus.REQUESTED,
            created_at=now,
        )
        parts = CancellationLine.objects.bulk_create(
            CancellationLine(cancellation=cancellation, order_line=choice.line, quantity=count)
            for choice, count in chosen
        )
        if any(choice.by_staff for choice, _count in chosen):
            told = {"items": _told([(part.order_line, part.quantity) for part in parts])}
            _record(cancellation, EventType.CANCELLATION_ASKED, actor, now, told, at)
        else:
            pieces = [(part, part.quantity) for part in parts]
            _do(cancellation, lines, pieces, actor=actor, now=now, at=at)
    return cancellation


def _made_before(made: Cancellation, order: Order, wanted: Mapping[int, int]) -> Cancellation:
    """Return what the same request made the first time; refuse another one with its key."""
    asked = dict(made.lines.values_list("order_line", "quantity"))
    if made.order_id != order.pk or asked != wanted:
        raise KeyReused(_("This form was already sent with other items. Load it again."))
    return made


def _checked(
    found: Sequence[choices.Choice], wanted: Mapping[int, int]
) -> list[tuple[choices.Choice, int]]:
    if not wanted:
        raise NothingChosen(_("Choose at least one item."), field=("lines",))
    by_id = {choice.line.pk: choice for choice in found}
    for key, count in wanted.items():
        field = ("lines", str(key))
        if key not in by_id:
            raise UnknownLine(_("This item cannot be canceled any more."), field=field)
        if not 0 < count <= by_id[key].left:
            raise InvalidQuantity(
                _("Choose 0 to %(left)s pieces: no more can be canceled.")
                % {"left": by_id[key].left},
                field=(*field, "quantity"),
            )
    return [(by_id[key], count) for key, count in wanted.items()]


def approve(
    cancellation: Cancellation, *, actor: Actor, at: datetime | None = None
) -> Cancellation:
    """Cancel what was asked for, without what was sent meanwhile.

    Raises NotPermitted, InvalidState when it is decided, or when all of it was sent.
    """
    now = at or timezone.now()
    with transaction.atomic():
        order, current = _locked(cancellation, actor)
        lines = locks.order_lines(order)
        left = choices.open_pieces(
            lines,
            choices.sent_pieces(order),
            choices.load(order),
            without=current.pk,
        )
        still = {line.pk: count for line, count in left.items()}
        parts = list(current.lines.select_related("order_line"))
        pieces = [(part, min(part.quantity, still.get(part.order_line_id, 0))) for part in parts]
        if not any(count for _part, count in pieces):
            raise InvalidState(_("All of it was sent or paid back meanwhile. Decline it."))
        _do(current, lines, pieces, actor=actor, now=now, at=at)
    return current


def decline(
    cancellation: Cancellation, *, actor: Actor, note: str, at: datetime | None = None
) -> Cancellation:
    """Refuse to cancel; the pieces will be sent. note: the message to the buyer.

    Raises NotPermitted, InvalidState, MissingNote, TooLong.
    """
    note = checked_note(note)
    if not note:
        raise MissingNote(_("Tell the buyer why."), field=("note",))
    now = at or timezone.now()
    with transaction.atomic():
        _order, current = _locked(cancellation, actor)
        current.status, current.decided_at, current.note = CancellationStatus.DECLINED, now, note
        current.save(update_fields=["status", "decided_at", "note"])
        parts = current.lines.select_related("order_line")
        told = {"items": _told([(part.order_line, part.quantity) for part in parts])}
        _record(current, EventType.CANCELLATION_DECLINED, actor, now, told, at, note=note)
    return current


def _locked(cancellation: Cancellation, actor: Actor) -> tuple[Order, Cancellation]:
    if not actor.may(Permission.DECIDE_RETURN):
        raise NotPermitted
    order = locks.order(cancellation.order_id)
    current = Cancellation.objects.select_for_update().get(pk=cancellation.pk)
    current.order = order
    if current.status != CancellationStatus.REQUESTED:
        raise InvalidState(_("Somebody has decided on this already."))
    return order, current


def _do(
    cancellation: Cancellation,
    lines: Sequence[OrderLine],
    pieces: Sequence[tuple[CancellationLine, int]],
    *,
    actor: Actor,
    now: datetime,
    at: datetime | None,
) -> None:
    """Count pieces as canceled on locked lines, and have what was paid for them paid back."""
    by_id = {line.pk: line for line in lines}
    for part, count in pieces:
        part.canceled_quantity = count
        by_id[part.order_line_id].canceled_quantity += count
    CancellationLine.objects.bulk_update([part for part, _c in pieces], ["canceled_quantity"])
    changed = [by_id[part.order_line_id] for part, _count in pieces]
    OrderLine.objects.bulk_update(changed, ["canceled_quantity"])
    cancellation.status, cancellation.decided_at = CancellationStatus.DONE, now
    cancellation.save(update_fields=["status", "decided_at"])
    rest = [(part.order_line, part.quantity - count) for part, count in pieces]
    told: dict[str, Any] = {"items": _told([(part.order_line, count) for part, count in pieces])}
    if sent := _told(rest):
        told["sent"] = sent
    _record(cancellation, EventType.CANCELLATION_DONE, actor, now, told, at)
    app.configure_task(SETTLE_TASK).defer(cancellation_id=cancellation.pk)


def _told(pieces: Sequence[tuple[OrderLine, int]]) -> list[dict[str, Any]]:
    return [{"title": line.title, "quantity": count} for line, count in pieces if count]


def _record(
    cancellation: Cancellation,
    type_: EventType,
    actor: Actor,
    now: datetime,
    told: Mapping[str, Any],
    at: datetime | None,
    *,
    note: str = "",
) -> None:
    events.record_on_order(
        cancellation.order,
        type_,
        actor=actor,
        at=now,
        note=note,
        data={"cancellation": cancellation.pk, **told},
        deliver=at is None,
    )


def settle(cancellation: Cancellation, *, at: datetime | None = None) -> Refund | None:
    """Pay back what was paid for canceled pieces, once; again it gives the refund that it made.

    None where there is nothing to pay back any more: `problem` then says why. at: for history told
    afterwards. Must not be called inside a transaction.
    """
    if cancellation.settled_at is not None or cancellation.status != CancellationStatus.DONE:
        return cancellation.refund
    order = Order.objects.select_related("store", "customer").get(pk=cancellation.order_id)
    parts = cancellation.lines.filter(canceled_quantity__gt=0)
    quantities = dict(parts.values_list("order_line", "canceled_quantity"))
    key = cancellation.request_key
    made = Refund.objects.filter(idempotency_key=key).first()
    problem = ""
    try:
        if made is None:
            proposal = choices.propose(order, quantities, list(order.lines.all()), counted=True)
            made = payouts.refund_order(
                order,
                actor=actors.system(),
                key=key,
                quantities=quantities,
                shipping=proposal.shipping_amount,
                at=at,
            )
    except ReturnError as error:
        # Somebody paid for these pieces by hand meanwhile.
        logger.warning("Cancellation %s brings no refund: %s", cancellation.pk, error.message)
        problem = error.message[:500]
    cancellation.refund, cancellation.problem = made, problem
    cancellation.settled_at = at or timezone.now()
    cancellation.save(update_fields=["refund", "problem", "settled_at"])
    return made
