"""Which pieces of an order are in live returns, and which of them whom may be told of."""

from dataclasses import dataclass
from enum import Enum, auto

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from orders.models import FulfillmentLine, Order
from returns.models import ReturnLine, ReturnStatus
from returns.models.states import LIVE


class Viewer(Enum):
    """Who looks at an order: the giver of a gift learns nothing of its recipient's returns.

    Nor does the recipient learn of the giver's. Both only see that a piece cannot go back.
    """

    STAFF = auto()
    BUYER = auto()
    RECIPIENT = auto()


@dataclass(frozen=True, kw_only=True)
class Held:
    """Pieces of a fulfilment line in live returns.

    returned: of those that may be told of, the ones that came back. hidden: those that may not.
    """

    returned: int = 0
    hidden: int = 0


NONE_HELD = Held()


def pieces(order: Order, viewer: Viewer = Viewer.STAFF) -> dict[int, Held]:
    """Count, per fulfilment line, the pieces in live returns; one query."""
    counts = _counts(viewer)
    found = (
        ReturnLine.objects.filter(for_return__order=order, for_return__status__in=LIVE)
        .values("fulfillment_line")
        .annotate(returned=counts["returned"], hidden=counts["hidden"])
        .order_by()
    )
    return {
        row["fulfillment_line"]: Held(returned=row["returned"], hidden=row["hidden"])
        for row in found
    }


def known_to(viewer: Viewer, parcels: "QuerySet[FulfillmentLine]") -> "QuerySet[FulfillmentLine]":
    """Let lines of parcels bring along what `of_parcel` gives; no query of its own."""
    own = ReturnLine.objects.filter(
        fulfillment_line=OuterRef("pk"), for_return__status__in=LIVE
    ).values("fulfillment_line")
    counts = {
        f"held_{name}": Coalesce(Subquery(own.annotate(found=count).values("found").order_by()), 0)
        for name, count in _counts(viewer).items()
    }
    return parcels.annotate(**counts)


def of_parcel(parcel: FulfillmentLine) -> Held:
    """Return what a line of `known_to` brought along."""
    found = vars(parcel)
    return Held(returned=found["held_returned"], hidden=found["held_hidden"])


def _counts(viewer: Viewer) -> dict[str, Coalesce]:
    """Count pieces of return lines, by the names that `Held` has for them."""
    gifts = Q(for_return__gift_code__isnull=False)
    hidden = {
        Viewer.STAFF: Q(pk__isnull=True),
        Viewer.BUYER: gifts,
        Viewer.RECIPIENT: Q(pk__isnull=False),
    }[viewer]
    came_back = Case(
        When(for_return__status=ReturnStatus.CLOSED, then=F("quantity")),
        default=F("processed_quantity"),
    )
    return {
        "returned": Coalesce(Sum(came_back, filter=~hidden), 0),
        "hidden": Coalesce(Sum("quantity", filter=hidden), 0),
    }
