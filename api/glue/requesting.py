"""From the items of `POST /returns` to the verb, and from its refusals back. No rule lives here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from accounts import actors
from accounts.models import User
from api.glue import errors, items, orders
from api.glue.errors import GlueError
from api.glue.items import Item
from api.glue.reasons import Reasons
from orders.models import Order, OrderLine
from returns import lifecycle
from returns.eligibility import Blocker
from returns.errors import (
    InvalidQuantity,
    NothingChosen,
    NotReturnable,
    PieceTaken,
    ReturnError,
    UnknownLine,
)
from returns.lifecycle import LineRequest
from returns.models import Return

# What programs know as "Return can't be created."; everything else is told in its own words.
PLAIN: Final = (InvalidQuantity, NothingChosen, NotReturnable, PieceTaken, UnknownLine)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One of the items that a program wants to send back, found among what the customer bought.

    numbers: of its pieces within the line; of a line that is one item any `quantity` of them.
    """

    line: OrderLine
    numbers: range
    quantity: int
    reason: str
    note: str
    comment: str


def request(user: User, store: str, sent: Sequence[dict[str, Any]]) -> list[Return]:
    """Ask for returns of what was sent, one per order; the first is that of the first item.

    Raises GlueError; nothing is changed then.
    """
    wanted = _found(user, sent)
    found = list(dict.fromkeys(each.line.order_id for each in wanted))
    by_key = orders.own(user).in_bulk(found)
    bought = [by_key[key] for key in found]
    _check_together(bought, store)
    wishes = _wishes(bought, wanted)
    actor = actors.buyer(str(user), user_id=user.pk)
    try:
        return lifecycle.request_each(wishes, actor=actor)
    except ReturnError as error:
        raise _translated(error) from error


def _found(user: User, sent: Sequence[dict[str, Any]]) -> list[Wanted]:
    """Find the items that were sent. Raises GlueError for none, unknown, foreign or same ones."""
    uuids = [_uuid(each.get("salesOrderItemUuid")) for each in sent]
    if not sent or len(set(uuids)) < len(uuids):
        raise errors.return_not_created()
    near = {line for uuid in uuids for line in items.lines_that_may_have(uuid)}
    own = OrderLine.objects.filter(uuid__in=near, order__customer__user=user)
    by_uuid = {line.uuid: line for line in own}
    reasons = Reasons()
    return [_one(uuid, each, by_uuid, reasons) for uuid, each in zip(uuids, sent, strict=True)]


def _uuid(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as error:
        raise errors.return_not_created() from error


def _one(
    uuid: UUID, sent: dict[str, Any], by_uuid: dict[UUID, OrderLine], reasons: Reasons
) -> Wanted:
    for near in items.lines_that_may_have(uuid):
        line = by_uuid.get(near)
        numbers = items.numbers_of(line, uuid) if line else None
        if line and numbers:
            break
    else:
        raise errors.return_not_created()
    quantity = sent.get("quantity") or len(numbers)
    if quantity > len(numbers):
        raise errors.return_not_created()
    handle, note = reasons.chosen(sent.get("reason") or "")
    return Wanted(
        line=line,
        numbers=numbers,
        quantity=quantity,
        reason=handle,
        note=note,
        comment=sent.get("comment") or "",
    )


def _check_together(bought: Sequence[Order], store: str) -> None:
    """Refuse orders that cannot be in one request. Raises GlueError."""
    if any(order.store.code != store for order in bought):
        message = _("These items were not bought in the store %(store)s.") % {"store": store}
        raise errors.return_refused(message)
    if len({order.currency for order in bought}) > 1:
        message = _("These items were bought in different currencies: return them separately.")
        raise errors.return_refused(message)


def _wishes(
    bought: Sequence[Order], wanted: Sequence[Wanted]
) -> list[tuple[Order, list[LineRequest]]]:
    """Return what to ask of each order. Raises GlueError for pieces that cannot be asked for."""
    known = items.of_orders(bought)
    found = []
    for order in bought:
        by_piece = {number_of: item for item in known[order.pk] for number_of in _keys(item)}
        own = [each for each in wanted if each.line.order_id == order.pk]
        found.append((order, _of_order(own, by_piece)))
    return found


def _keys(item: Item) -> list[tuple[int, int]]:
    return [(item.line.pk, number) for number in item.numbers]


def _of_order(
    wanted: Sequence[Wanted], by_piece: Mapping[tuple[int, int], Item]
) -> list[LineRequest]:
    """Put pieces of one parcel that go back for the same reason together."""
    groups: dict[tuple[int, str, str, str], list[int]] = defaultdict(list)
    for each in wanted:
        item = by_piece.get((each.line.pk, each.numbers[0]))
        free = [number for number in each.numbers if item and number in item.parcels]
        if item is None or len(free) < each.quantity:
            raise errors.return_not_created()
        for number in free[: each.quantity]:
            key = (item.parcels[number].pk, each.reason, each.note, each.comment)
            groups[key].append(number)
    return [
        LineRequest(
            fulfillment_line_id=parcel,
            quantity=len(numbers),
            pieces=numbers,
            reason=reason,
            reason_note=note,
            customer_note=comment,
            # Programs of this API cannot be asked for words, and give reasons of their own.
            needs_note=False,
            offered_only=False,
        )
        for (parcel, reason, note, comment), numbers in groups.items()
    ]


def _translated(error: ReturnError) -> GlueError:
    """Return what a program is told: the plain code, or the domain's own words."""
    over = isinstance(error, NotReturnable) and error.blockers == (Blocker.RETURN_WINDOW_EXPIRED,)
    if isinstance(error, PLAIN) and not over:
        return errors.return_not_created()
    return errors.return_refused(error.message)
