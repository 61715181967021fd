"""Codes of gifts: made, revoked, found, and how many of their pieces can still go back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, ActorKind
from accounts.permissions import Permission
from orders.models import Order, OrderLine
from returns import events, locks
from returns.eligibility import Blocker, Item, is_returned_by_itself
from returns.errors import (
    InvalidQuantity,
    InvalidState,
    NothingChosen,
    NotPermitted,
    TooManyCodes,
    UnknownLine,
)
from returns.models import EventType, GiftCode, GiftCodeLine, ReturnLine
from returns.models.states import LIVE
from returns.store_credit import codes

# 60 random bits in three groups of four: short enough to be typed off a card, and far too many to
# be tried out past the limit on attempts.
LENGTH: Final = 12
GROUP: Final = 4
# Nobody needs more; each is a way in.
MOST: Final = 20


def make(
    order: Order, quantities: Mapping[int, int], *, actor: Actor, at: datetime | None = None
) -> GiftCode:
    """Make a code for pieces (by order line) that were given. Its buyer may, and staff.

    Raises NotPermitted, NothingChosen, UnknownLine, InvalidQuantity, TooManyCodes.
    """
    _require(actor)
    wanted = {line: count for line, count in quantities.items() if count}
    now = at or timezone.now()
    with transaction.atomic():
        locked = locks.order(order.pk)
        chosen = _checked(list(locked.lines.all()), wanted)
        if locked.gift_codes.filter(revoked_at=None).count() >= MOST:
            message = _("This order has %(count)s gift codes. Revoke one first.")
            raise TooManyCodes(message % {"count": MOST})
        code = GiftCode.objects.create(
            order=locked,
            code=codes.random_code(LENGTH),
            created_at=now,
            created_by_kind=actor.kind,
            created_by_name=actor.name[:200],
        )
        GiftCodeLine.objects.bulk_create(
            GiftCodeLine(gift_code=code, order_line=line, quantity=count) for line, count in chosen
        )
        items = [{"title": line.title, "quantity": count} for line, count in chosen]
        _record(code, EventType.GIFT_CODE_MADE, actor, now, {"items": items}, at)
    return code


def _require(actor: Actor) -> None:
    if actor.kind != ActorKind.BUYER and not actor.may(Permission.CREATE_RETURN):
        raise NotPermitted


def giveable(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return the lines of an order that somebody can have been given. No queries."""
    by_id = {line.pk: line for line in lines}
    return [
        line
        for line in lines
        if line.is_goods
        and not line.from_exchange
        and line.quantity > line.canceled_quantity
        and is_returned_by_itself(line, by_id.get(line.bundle_parent_id or 0))
    ]


def _checked(lines: Sequence[OrderLine], wanted: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    if not wanted:
        raise NothingChosen(_("Choose at least one item."), field=("lines",))
    by_id = {line.pk: line for line in giveable(lines)}
    for key, count in wanted.items():
        field = ("lines", str(key))
        if key not in by_id:
            raise UnknownLine(_("This item is not part of the order."), field=field)
        most = by_id[key].quantity - by_id[key].canceled_quantity
        if not 0 < count <= most:
            message = _("Choose 0 to %(most)s pieces.") % {"most": most}
            raise InvalidQuantity(message, field=(*field, "quantity"))
    return [(by_id[key], count) for key, count in wanted.items()]


def revoke(code: GiftCode, *, actor: Actor, at: datetime | None = None) -> GiftCode:
    """Let a code open nothing any more; returns made with it go on. Again changes nothing.

    Raises NotPermitted.
    """
    _require(actor)
    now = at or timezone.now()
    with transaction.atomic():
        order = locks.order(code.order_id)
        current = GiftCode.objects.get(pk=code.pk)
        current.order = order
        if current.is_revoked:
            return current
        current.revoked_at = now
        current.save(update_fields=["revoked_at"])
        _record(current, EventType.GIFT_CODE_REVOKED, actor, now, {}, at)
    return current


def _record(
    code: GiftCode,
    type_: EventType,
    actor: Actor,
    now: datetime,
    told: Mapping[str, Any],
    at: datetime | None,
) -> None:
    data = {"gift_code": code.pk, "hint": code.code[-GROUP:], **told}
    events.record_on_order(code.order, type_, actor=actor, at=now, data=data, deliver=at is None)


def written(code: GiftCode) -> str:
    """Return a code as people read it, in groups."""
    return codes.grouped(code.code)


def find(typed: str) -> GiftCode | None:
    """Return the code that was typed, with its order; None for an unknown or revoked one.

    Case, spaces and hyphens do not matter.
    """
    plain = codes.plain(typed)
    if len(plain) != LENGTH:
        return None
    found = GiftCode.objects.filter(code=plain, revoked_at=None)
    return found.select_related("order__store", "order__customer").first()


def left(code: GiftCode) -> dict[int, int]:
    """Return how many pieces of each order line can still go back with a code; two queries."""
    used = (
        ReturnLine.objects.filter(for_return__gift_code=code, for_return__status__in=LIVE)
        .values_list("fulfillment_line__order_line")
        .annotate(Sum("quantity"))
        .order_by()
    )
    gone = dict(used)
    given = code.lines.values_list("order_line", "quantity")
    return {line: max(count - gone.get(line, 0), 0) for line, count in given}


def of_gift(items: Sequence[Item], given: Mapping[int, int]) -> list[Item]:
    """Return the items of an order that were given, with no more pieces than were.

    given: pieces by order line, as `left` gives them.
    """
    open_ = dict(given)
    found = []
    for item in items:
        if item.order_line.pk not in open_:
            continue
        count = min(item.returnable_quantity, open_[item.order_line.pk])
        open_[item.order_line.pk] -= count
        blockers = item.blockers or (() if count else (Blocker.NOT_RETURNABLE,))
        verdict = replace(item.verdict, quantity=count, blockers=blockers)
        found.append(replace(item, verdict=verdict))
    return found


def check_usable(code: GiftCode, wanted: Mapping[int, int]) -> None:
    """Check, under the order's lock, that a code is good for pieces (by order line).

    Raises InvalidState, UnknownLine, InvalidQuantity.
    """
    if GiftCode.objects.filter(pk=code.pk, revoked_at=None).first() is None:
        raise InvalidState(_("This gift code is not valid any more."))
    open_ = left(code)
    for line, count in wanted.items():
        if line not in open_:
            raise UnknownLine(_("This item is not part of the gift."), field=("lines",))
        if count > open_[line]:
            raise InvalidQuantity(_("No more pieces of this item can go back."), field=("lines",))
