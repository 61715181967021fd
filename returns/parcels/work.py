"""What happens to parcels back as part of other acts, and what all acts on parcels share.

The steps here are those of `returns.parcels.deliveries` and `returns.lifecycle`, which hold the
locks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from orders import search
from returns.errors import InvalidQuantity, TooManyParcels, UnknownLine
from returns.models import (
    EventType,
    ParcelState,
    Return,
    ReturnLine,
    ReverseDelivery,
    ReverseDeliveryLine,
    ReverseFulfillment,
    ReverseFulfillmentLine,
)
from returns.models.policies import ReturnLabel
from returns.parcels import carriers
from returns.parcels.tracking import Known
from returns.policies import terms as terms_of

MOST_PARCELS: Final = 50

# When a parcel got into a state, and the event that tells of it.
TIMES: Final = {
    ParcelState.HANDED_IN: "handed_in_at",
    ParcelState.IN_TRANSIT: "in_transit_at",
    ParcelState.ARRIVED: "arrived_at",
}
MOVED: Final = {
    ParcelState.HANDED_IN: EventType.PARCEL_HANDED_IN,
    ParcelState.IN_TRANSIT: EventType.PARCEL_IN_TRANSIT,
    ParcelState.ARRIVED: EventType.PARCEL_ARRIVED,
}
STATE_FIELDS: Final = ("state", *TIMES.values())
TRACKING_FIELDS: Final = ("carrier", "carrier_name", "tracking_number", "tracking_url")
_ORDER: Final = list(ParcelState)


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """So many pieces of a line of the work at a location (by its primary key)."""

    line_id: int
    quantity: int


def open_labels(return_: Return, work: Sequence[ReverseFulfillment], *, at: datetime) -> None:
    """Announce a parcel per location when the order's terms promise a label of our own.

    The labels are made by the job that mails the buyer about the approval (`returns.tasks`).
    """
    if terms_of.of_return(return_).label != ReturnLabel.OWN_LABEL:
        return
    parcels = [
        ReverseDelivery(
            for_return=return_,
            reverse_fulfillment=one,
            number=number,
            adapter=carriers.OWN,
            created_at=at,
        )
        for number, one in enumerate(work, 1)
    ]
    ReverseDelivery.objects.bulk_create(parcels)
    by_work = {parcel.reverse_fulfillment_id: parcel for parcel in parcels}
    lines = ReverseFulfillmentLine.objects.filter(reverse_fulfillment__in=work)
    ReverseDeliveryLine.objects.bulk_create(
        ReverseDeliveryLine(
            delivery=by_work[line.reverse_fulfillment_id], line=line, quantity=line.quantity
        )
        for line in lines.order_by("pk")
    )


def take_out(return_: Return) -> None:
    """Take pieces that will not come out of the parcels that were to hold them, last one first."""
    held: dict[int, int] = defaultdict(int)
    shortened = []
    lines = (
        ReverseDeliveryLine.objects.filter(delivery__for_return=return_)
        .select_related("line")
        .order_by("pk")
    )
    for one in lines:
        left = min(one.quantity, one.line.quantity - held[one.line_id])
        held[one.line_id] += left
        if left < one.quantity:
            one.quantity = left
            shortened.append(one)
    for one in shortened:
        if one.quantity:
            one.save(update_fields=["quantity"])
        else:
            one.delete()


def arrive(
    parcels: Sequence[ReverseDelivery],
    lines: Sequence[ReturnLine],
    *,
    at: datetime,
) -> None:
    """Say that the locked parcels arrived of which every piece was received.

    A parcel of which nobody said what is in it arrived when the whole return did.
    """
    waiting = [parcel for parcel in parcels if parcel.state != ParcelState.ARRIVED]
    if not waiting:
        return
    open_lines = {line.pk for line in lines if line.unprocessed_quantity}
    inside: dict[int, set[int]] = defaultdict(set)
    held = ReverseDeliveryLine.objects.filter(delivery__in=waiting)
    for parcel_id, line_id in held.values_list("delivery", "line__return_line"):
        inside[parcel_id].add(line_id)
    arrived = [
        parcel
        for parcel in waiting
        if not (open_lines & inside[parcel.pk] if inside[parcel.pk] else open_lines)
    ]
    for parcel in arrived:
        move_on(parcel, ParcelState.ARRIVED, at)
    ReverseDelivery.objects.bulk_update(arrived, STATE_FIELDS)


def is_further(state: str, than: str) -> bool:
    """Whether a parcel in `state` has come further than one in state `than`."""
    return _ORDER.index(ParcelState(state)) > _ORDER.index(ParcelState(than))


def move_on(parcel: ReverseDelivery, state: ParcelState, at: datetime) -> None:
    """Set a parcel's state with its time; times of later states are forgotten. Not saved."""
    parcel.state = state
    for later, name in TIMES.items():
        if is_further(later, state):
            setattr(parcel, name, None)
    if state in TIMES and getattr(parcel, TIMES[state]) is None:
        setattr(parcel, TIMES[state], at)


def follow(parcel: ReverseDelivery, known: Known) -> None:
    """Set how a parcel is followed, and let its return be found by the number. Not saved."""
    parcel.carrier = known.code
    parcel.carrier_name = known.name
    parcel.tracking_number = known.number
    parcel.tracking_url = known.url
    if known.number:
        found = Return.objects.filter(pk=parcel.for_return_id)
        found.update(search=search.extended(search.words(known.number)))


def told(parcel: ReverseDelivery, **more: Any) -> dict[str, Any]:
    """Return what an event keeps of a parcel, which may be gone when somebody reads it."""
    return {
        "parcel": parcel.pk,
        "number": parcel.number,
        "carrier": parcel.carrier_name,
        "tracking_number": parcel.tracking_number,
        **more,
    }


# --- what is in a parcel ------------------------------------------------------------------------


def next_number(parcels: Iterable[ReverseDelivery]) -> int:
    """Return the number of a return's next parcel. Raises TooManyParcels."""
    numbers = [parcel.number for parcel in parcels]
    if len(numbers) >= MOST_PARCELS:
        raise TooManyParcels(
            _("One return can have %(most)s parcels at most.") % {"most": MOST_PARCELS}
        )
    return max(numbers, default=0) + 1


def left_of(lines: Iterable[ReverseFulfillmentLine]) -> dict[int, int]:
    """Return the pieces by work line that are in no parcel yet; one query."""
    left = {line.pk: line.quantity for line in lines}
    held = ReverseDeliveryLine.objects.filter(line__in=left)
    for line_id, quantity in held.values_list("line", "quantity"):
        left[line_id] -= quantity
    return left


def checked_pieces(
    lines: Mapping[int, ReverseFulfillmentLine], wanted: Sequence[Pieces]
) -> dict[int, int]:
    """Return the pieces by work line that go into a new parcel: what is wanted, else all left.

    Raises UnknownLine and InvalidQuantity; their field is ("lines", index, ...).
    """
    left = left_of(lines.values())
    if not wanted:
        return {key: count for key, count in left.items() if count > 0}
    taken: dict[int, int] = {}
    for index, one in enumerate(wanted):
        field = ("lines", str(index))
        if one.line_id not in lines:
            raise UnknownLine(_("This item does not go to this location."), field=(*field, "line"))
        most = left[one.line_id] - taken.get(one.line_id, 0)
        if not 0 < one.quantity <= most or one.line_id in taken:
            raise InvalidQuantity(
                _("Only %(left)s pieces of this item are in no parcel yet.") % {"left": most},
                field=(*field, "quantity"),
            )
        taken[one.line_id] = one.quantity
    return taken


def put_in(parcel: ReverseDelivery, pieces: Mapping[int, int]) -> None:
    """Store what is in a parcel."""
    ReverseDeliveryLine.objects.bulk_create(
        ReverseDeliveryLine(delivery=parcel, line_id=key, quantity=count)
        for key, count in pieces.items()
    )
