"""In which state each piece of an order line is, in the words of Spryker's order items.

Which piece is in which return is kept (`returns.pieces`); how far it got is counted per return
line. Of its pieces in their order the first are refunded, then come those sent to the customer
again, then those that came back, then those that are awaited. So a piece that was paid back stays
that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice, repeat

from orders.models import FulfillmentLine, Order, OrderLine
from returns import pieces
from returns.models import ReturnLine, ReturnStatus
from returns.models.states import LIVE
from returns.pieces import Sent


class State(StrEnum):
    """What Spryker's sites show of an item."""

    PAYMENT_PENDING = "payment pending"
    PAID = "paid"
    CANCELED = "canceled"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    WAITING_FOR_RETURN = "waiting for return"
    RETURNED = "returned"
    REFUNDED = "refunded"
    RETURN_CANCELED = "return canceled"
    SHIPPED_TO_CUSTOMER = "shipped to customer"


@dataclass(frozen=True)
class Pieces:
    """The pieces of an order line.

    states: of each, in their order. parcels: of each that can be asked for, its parcel's line.
    """

    states: Sequence[State]
    parcels: Mapping[int, FulfillmentLine]


def of_line(
    line: OrderLine,
    order: Order,
    parcels: Sequence[FulfillmentLine],
    returned: Mapping[int, Sequence[ReturnLine]],
) -> Pieces:
    """Return what is known of each piece of a line; no queries.

    parcels: of the line, in the parcels' order. returned: return lines by parcel's line, oldest
    first, each with its `for_return`.
    """
    states: dict[int, State] = {}
    held = {parcel.pk: _held(returned.get(parcel.pk, ()), states) for parcel in parcels}
    sent = [Sent(parcel.pk, parcel.quantity, held[parcel.pk]) for parcel in parcels]
    free, unsent = pieces.free(line.quantity, sent)
    by_piece: dict[int, FulfillmentLine] = {}
    for parcel in parcels:
        word = State.DELIVERED if parcel.fulfillment.delivered_at else State.SHIPPED
        by_piece |= dict.fromkeys(free[parcel.pk], parcel)
        for piece in (*free[parcel.pk], *held[parcel.pk]):  # gifts are held without a word of it
            states.setdefault(piece, word)
    waiting = unsent[: max(len(unsent) - line.canceled_quantity, 0)]
    states |= dict.fromkeys(unsent[len(waiting) :], State.CANCELED)
    for piece in waiting:
        states.setdefault(piece, _before_sending(order))
    loose = [*chain.from_iterable(free.values()), *waiting]
    # What was canceled is paid back like other pieces without a return.
    refunded = max(line.refunded_quantity - line.canceled_quantity, 0)
    states |= dict.fromkeys(loose[len(loose) - refunded :] if refunded else (), State.REFUNDED)
    return Pieces([states[piece] for piece in range(line.quantity)], by_piece)


def _before_sending(order: Order) -> State:
    if order.canceled_at is not None:
        return State.CANCELED
    return State.PAYMENT_PENDING if order.outstanding else State.PAID


def _held(lines: Sequence[ReturnLine], states: dict[int, State]) -> frozenset[int]:
    """Return the pieces in live returns, and put down the state of all that were in a return.

    Of gifts nothing is put down, because customers must not learn what became of them.
    """
    found: set[int] = set()
    for line in lines:
        if line.for_return.is_gift:
            found.update(line.held_pieces if line.for_return.status in LIVE else ())
        elif line.for_return.status in LIVE:
            found.update(line.held_pieces)
            states.update(zip(line.held_pieces, of_return_line(line), strict=True))
        else:
            ended = dict.fromkeys(line.held_pieces, State.RETURN_CANCELED)
            states.update({piece: word for piece, word in ended.items() if piece not in found})
    return frozenset(found)


def of_return_line(line: ReturnLine) -> list[State]:
    """Return the states of a live return line's pieces, in their order; see above."""
    refunded, sent_again = line.refunded_quantity, line.shipped_back_quantity
    came_back = max(line.processed_quantity - line.missing_quantity - sent_again - refunded, 0)
    closed = line.for_return.status == ReturnStatus.CLOSED and not line.missing_quantity
    rest = State.RETURNED if closed else State.WAITING_FOR_RETURN
    words = chain(
        repeat(State.REFUNDED, refunded),
        repeat(State.SHIPPED_TO_CUSTOMER, sent_again),
        repeat(State.RETURNED, came_back),
        repeat(rest),
    )
    return list(islice(words, line.quantity))
