"""Which piece of an order line is in which return: pieces are counted from 0 within their line.

Pieces of a line are alike, and most of Retour only counts them. A program that shows them one by
one must find the same piece in the same return tomorrow, so every return line keeps the numbers of
its pieces. Pieces that no live return holds belong to the line's parcels in the parcels' order, and
after them to what was never sent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.utils.translation import gettext as _

from orders.models import FulfillmentLine
from returns.errors import PieceTaken
from returns.models import ReturnLine
from returns.models.states import LIVE

# As a wish says it: a parcel's line, how many pieces of it, and which; none for any.
Wish = tuple[FulfillmentLine, int, Sequence[int]]


@dataclass(frozen=True)
class Sent:
    """Pieces of an order line in one parcel: `parcel` names it, live returns hold `held` of them.

    Each of them is a row's primary key, or anything else that tells parcels apart.
    """

    parcel: int
    quantity: int
    held: frozenset[int]


def free(quantity: int, sent: Iterable[Sent]) -> tuple[dict[int, list[int]], list[int]]:
    """Return the pieces that no live return holds: by parcel, and those that were not sent. Pure.

    quantity: of the order line. sent: its parcels in their order.
    """
    parcels = list(sent)
    held = frozenset().union(*(each.held for each in parcels))
    left = iter([piece for piece in range(quantity) if piece not in held])
    found: dict[int, list[int]] = {}
    for each in parcels:
        room = max(each.quantity - len(each.held), 0)
        found[each.parcel] = list(islice(left, room))
    return found, list(left)


def in_order(parcels: Iterable[FulfillmentLine]) -> list[FulfillmentLine]:
    """Return the lines of parcels in the parcels' order; each with its `fulfillment`."""
    return sorted(parcels, key=lambda line: (line.fulfillment.number, line.pk))


def allot(parcels: Sequence[FulfillmentLine], wishes: Sequence[Wish]) -> list[list[int]]:
    """Return the numbers of the pieces that each wish takes, the lowest ones unless it says which.

    parcels: all of the order, with `fulfillment` and `order_line`; the order's row is locked, and
    there are as many pieces as are wished for. One query, and none while no live return holds
    pieces of these lines.
    Raises PieceTaken for a piece that is not free in this parcel; its field is ("lines", index).
    """
    by_line: dict[int, list[FulfillmentLine]] = defaultdict(list)
    for parcel in in_order(parcels):
        by_line[parcel.order_line_id].append(parcel)
    wanted = {parcel.order_line_id for parcel, _count, _pieces in wishes}
    held = _held([parcel for line in wanted for parcel in by_line[line]])
    left: dict[int, list[int]] = {}
    for line in wanted:
        own = by_line[line]
        sent = [Sent(each.pk, each.quantity, held.get(each.pk, NOTHING)) for each in own]
        left |= free(own[0].order_line.quantity, sent)[0]
    return [
        _taken(left[parcel.pk], count, pieces, index)
        for index, (parcel, count, pieces) in enumerate(wishes)
    ]


NOTHING: Final[frozenset[int]] = frozenset()


def _held(parcels: Sequence[FulfillmentLine]) -> Mapping[int, frozenset[int]]:
    touched = [parcel.pk for parcel in parcels if parcel.returning_quantity]
    found: dict[int, frozenset[int]] = {}
    if not touched:
        return found
    lines = ReturnLine.objects.filter(
        fulfillment_line__in=touched, for_return__status__in=LIVE, quantity__gt=0
    )
    for parcel, quantity, pieces in lines.values_list("fulfillment_line", "quantity", "pieces"):
        found[parcel] = found.get(parcel, NOTHING) | frozenset(pieces[:quantity])
    return found


def _taken(left: list[int], count: int, wanted: Sequence[int], index: int) -> list[int]:
    """Take pieces out of those that are left in a parcel."""
    taken = list(wanted) or left[:count]
    for piece in taken:
        if piece not in left:
            message = _("This piece is already in a return.")
            raise PieceTaken(message, field=("lines", str(index)))
        left.remove(piece)
    return taken
