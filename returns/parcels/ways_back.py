"""The ways back of a return: each location that takes goods, with its parcels, for pages to show.

They are read within the statement that reads the return, so that pages stay as quick as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from returns.models import (
    ParcelState,
    Return,
    ReverseDelivery,
    ReverseDeliveryLine,
    ReverseFulfillment,
    ReverseFulfillmentLine,
)

_ADDRESS: Final = ("company", "line1", "line2", "postal_code", "city", "region", "country")
_TEXTS: Final = (
    "carrier",
    "carrier_name",
    "tracking_number",
    "tracking_url",
    "label",
    "label_type",
    "label_url",
    "adapter",
    "label_failure",
)
_TIMES: Final = ("created_at", "handed_in_at", "in_transit_at", "arrived_at", "labeled_at")


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A parcel as it is shown; `pieces` by return line, empty when nobody said what is in it.

    since: when it got into its state.
    """

    pk: int
    public_id: UUID
    number: int
    state: ParcelState
    since: datetime
    weight_grams: int | None
    carrier: str
    carrier_name: str
    tracking_number: str
    tracking_url: str
    has_file: bool
    label_type: str
    label_url: str
    awaits_label: bool
    label_failure: str
    pieces: Mapping[int, int]

    @property
    def has_label(self) -> bool:
        """Whether there is a label to print."""
        return self.has_file or bool(self.label_url)

    @property
    def is_to_be_sent(self) -> bool:
        """Whether it was not handed in yet."""
        return self.state == ParcelState.LABEL_MADE


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """What goes to one place. place: its address with its name as company; empty for the store's.

    pieces: by return line.
    """

    pk: int
    status: str
    name: str
    place: Mapping[str, str]
    pieces: Mapping[int, int]
    parcels: tuple[Parcel, ...]


def with_ways(returns: QuerySet[Return]) -> QuerySet[Return]:
    """Load with returns what `ways_of` shows; no further statement."""
    held = ReverseDeliveryLine.objects.filter(delivery=OuterRef("pk")).order_by("pk")
    parcels = ReverseDelivery.objects.filter(reverse_fulfillment=OuterRef("pk")).order_by("number")
    lines = ReverseFulfillmentLine.objects.filter(
        reverse_fulfillment=OuterRef("pk"), quantity__gt=0
    ).order_by("pk")
    work = ReverseFulfillment.objects.filter(for_return=OuterRef("pk")).order_by("pk")
    names = ("pk", "number", "public_id", "state", "weight_grams", *_TEXTS, *_TIMES)
    parcel = JSONObject(
        **{name: name for name in names},
        pieces=ArraySubquery(
            held.values(data=JSONObject(line="line__return_line", quantity="quantity"))
        ),
    )
    way = JSONObject(
        pk="pk",
        status="status",
        name="location__name",
        **{name: f"location__{name}" for name in _ADDRESS},
        pieces=ArraySubquery(
            lines.values(data=JSONObject(line="return_line", quantity="quantity"))
        ),
        parcels=ArraySubquery(parcels.values(data=parcel)),
    )
    return returns.annotate(ways_back=ArraySubquery(work.values(data=way)))


def ways_of(return_: Return) -> list[WayBack]:
    """Return the ways back of a return that was loaded `with_ways`; no queries."""
    told: list[dict[str, Any]] = return_.ways_back
    return [_way(one) for one in told]


def _way(told: Mapping[str, Any]) -> WayBack:
    name = told["name"] or ""
    address = {key: told[key] for key in _ADDRESS if told[key]}
    return WayBack(
        pk=told["pk"],
        status=told["status"],
        name=name,
        place={"company": name, **address} if name else {},
        pieces=_pieces(told),
        parcels=tuple(_parcel(one) for one in told["parcels"]),
    )


def _parcel(told: Mapping[str, Any]) -> Parcel:
    times = [datetime.fromisoformat(told[name]) for name in _TIMES[:4] if told[name]]
    has_label = bool(told["label"] or told["label_url"])
    return Parcel(
        pk=told["pk"],
        public_id=UUID(told["public_id"]),
        number=told["number"],
        state=ParcelState(told["state"]),
        since=times[-1],
        weight_grams=told["weight_grams"],
        carrier=told["carrier"],
        carrier_name=told["carrier_name"],
        tracking_number=told["tracking_number"],
        tracking_url=told["tracking_url"],
        has_file=bool(told["label"]),
        label_type=told["label_type"],
        label_url=told["label_url"],
        awaits_label=bool(told["adapter"]) and not has_label,
        label_failure=told["label_failure"],
        pieces=_pieces(told),
    )


def _pieces(told: Mapping[str, Any]) -> dict[int, int]:
    return {one["line"]: one["quantity"] for one in told["pieces"]}
