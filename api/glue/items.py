"""The items of orders as this API has them: one per piece.

A line of very many pieces is one item instead, as Spryker's lines beyond a threshold are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from api.glue import states
from api.glue.states import Pieces, State
from orders.models import BundleKind, FulfillmentLine, Order, OrderLine
from returns import eligibility, pieces
from returns.eligibility import Blocker, Verdict
from returns.held import Held
from returns.models import ReturnLine, ReturnStatus
from returns.models.states import LIVE

MOST_PIECES: Final = 100


def uuid_of(line: UUID, number: int) -> UUID:
    """Return the uuid of a piece of a line, which is the line's own for the first one.

    The number is in the last bits, so that the line of a piece can be found by its uuid.
    """
    return UUID(int=line.int ^ number)


def lines_that_may_have(piece: UUID) -> list[UUID]:
    """Return the uuids of lines of which this may be a piece."""
    return [UUID(int=piece.int ^ number) for number in range(MOST_PIECES)]


def numbers_of(line: OrderLine, piece: UUID) -> range | None:
    """Return the numbers of the pieces that a uuid stands for; None if this line has none of it."""
    number = line.uuid.int ^ piece.int
    if not is_split(line):
        return range(line.quantity) if number == 0 else None
    return range(number, number + 1) if number < line.quantity else None


def is_split(line: OrderLine) -> bool:
    """Whether each piece of a line is an item of its own."""
    return line.quantity <= MOST_PIECES


@dataclass(frozen=True, kw_only=True)
class Item:
    """Pieces of a line that are one item: mostly a single one.

    verdicts: of their parcels, for those of them that no return holds. parcels: by number, for
    those that were sent and that no return holds.
    """

    order: Order
    line: OrderLine
    parent: OrderLine | None
    numbers: range
    states: Sequence[State]
    verdicts: Sequence[Verdict]
    parcels: Mapping[int, FulfillmentLine]
    is_own: bool

    @property
    def uuid(self) -> str:
        """What programs name it by."""
        return str(uuid_of(self.line.uuid, self.numbers[0]))

    @property
    def state(self) -> State:
        """Its state; of a line that is one item the state of most of its pieces."""
        return max(dict.fromkeys(self.states), key=self.states.count)

    @property
    def is_returnable(self) -> bool:
        """Whether the customer can ask for it to go back, now."""
        return any(verdict.quantity for verdict in self.verdicts)

    @property
    def returnable_till(self) -> date | None:
        """The last day, in the store's time zone; None for no end, and for what cannot go back."""
        days = [verdict.until for verdict in self.verdicts if verdict.quantity]
        return max((day for day in days if day), default=None) if all(days) else None

    @property
    def refusals(self) -> list[str]:
        """Why it cannot go back, in the reader's language; nothing when it can."""
        if self.is_returnable:
            return []
        if not self.is_own:
            return [_("This is part of a bundle that goes back whole: choose the bundle.")]
        told = [words for verdict in self.verdicts for words in verdict.messages]
        return list(dict.fromkeys(told)) or [str(self._blocker.label)]

    @property
    def _blocker(self) -> Blocker:
        if self.state in {State.REFUNDED, State.RETURNED, State.SHIPPED_TO_CUSTOMER}:
            return Blocker.RETURNED
        if self.state == State.WAITING_FOR_RETURN:
            return Blocker.IN_RETURN
        return Blocker.NOT_RETURNABLE


def of_orders(orders: Sequence[Order], *, now: datetime | None = None) -> dict[int, list[Item]]:
    """Return the items of orders by primary key; 3 queries, whatever their number and size.

    Each should have its `store` and `customer`.
    """
    now = now or timezone.now()
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=orders).order_by("order", "position"):
        lines[line.order_id].append(line)
    days = [now.astimezone(order.store.zone).date() for order in orders]
    parcels = eligibility.parcels_of(orders, max(days)) if orders else {}
    returned: dict[int, list[ReturnLine]] = defaultdict(list)
    found = ReturnLine.objects.filter(for_return__order__in=orders, quantity__gt=0)
    for each in found.select_related("for_return").order_by("pk"):
        returned[each.fulfillment_line_id].append(each)
    return {
        order.pk: _items(order, lines[order.pk], parcels, returned, now=now) for order in orders
    }


def _items(
    order: Order,
    lines: list[OrderLine],
    parcels: Mapping[int, Sequence[FulfillmentLine]],
    returned: Mapping[int, Sequence[ReturnLine]],
    *,
    now: datetime,
) -> list[Item]:
    own = {line.pk: parcels.get(line.pk, ()) for line in lines}
    held = {pk: _held(each) for pk, each in returned.items()}
    verdicts = {
        item.fulfillment_line.pk if item.fulfillment_line else -item.order_line.pk: item.verdict
        for item in eligibility.items_of(order, lines, own, held, now=now)
    }
    known = {
        line.pk: states.of_line(line, order, pieces.in_order(own[line.pk]), returned)
        for line in lines
    }
    by_id = {line.pk: line for line in lines}
    found: list[Item] = []
    for line in lines:
        if line.bundle_kind == BundleKind.CONFIGURABLE:  # a mere heading
            continue
        parent = by_id.get(line.bundle_parent_id or 0)
        is_own = eligibility.is_returned_by_itself(line, parent)
        its = known[line.pk] if is_own or parent is None else _as_parent(line, parent, known)
        found += _of_line(order, line, parent, its, verdicts, is_own=is_own)
    return found


def _held(lines: Sequence[ReturnLine]) -> Held:
    """Count the pieces of a parcel in live returns, as `held.pieces` does for a buyer."""
    live = [line for line in lines if line.for_return.status in LIVE]
    return Held(
        returned=sum(
            line.quantity
            if line.for_return.status == ReturnStatus.CLOSED
            else line.processed_quantity
            for line in live
            if not line.for_return.is_gift
        ),
        hidden=sum(line.quantity for line in live if line.for_return.is_gift),
    )


def _as_parent(line: OrderLine, parent: OrderLine, known: Mapping[int, Pieces]) -> Pieces:
    """Return the pieces of a product bundle's part, which goes where the bundle goes."""
    whole = known[parent.pk].states
    each = max(line.quantity // parent.quantity, 1)
    last = len(whole) - 1
    return Pieces([whole[min(piece // each, last)] for piece in range(line.quantity)], {})


def _of_line(
    order: Order,
    line: OrderLine,
    parent: OrderLine | None,
    its: Pieces,
    verdicts: Mapping[int, Verdict],
    *,
    is_own: bool,
) -> list[Item]:
    every = range(line.quantity)
    groups = [range(piece, piece + 1) for piece in every] if is_split(line) else [every]
    return [
        Item(
            order=order,
            line=line,
            parent=parent,
            numbers=numbers,
            states=its.states[numbers[0] : numbers[-1] + 1],
            verdicts=_verdicts(line, numbers, its, verdicts) if is_own else (),
            parcels={number: its.parcels[number] for number in numbers if number in its.parcels},
            is_own=is_own,
        )
        for numbers in groups
    ]


def _verdicts(
    line: OrderLine, numbers: range, its: Pieces, verdicts: Mapping[int, Verdict]
) -> list[Verdict]:
    """Return what is to be said of pieces that no return holds, once per parcel."""
    waiting = {State.PAID, State.PAYMENT_PENDING, State.CANCELED}
    keys: dict[int, None] = {}
    for piece in numbers:
        if parcel := its.parcels.get(piece):
            keys[parcel.pk] = None
        elif its.states[piece] in waiting:
            keys[-line.pk] = None
    return [verdicts[key] for key in keys if key in verdicts]
