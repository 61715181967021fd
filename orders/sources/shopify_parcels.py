"""Shopify's Fulfillment resource (`fulfillments/*` webhooks, and within orders) as a parcel."""

from collections.abc import Mapping
from typing import Final

from orders.intake import FulfillmentData
from orders.sources.reading import Reader
from orders.sources.told import ToldParcel

SENT: Final = "success"
DELIVERED: Final = "delivered"


def was_sent(read: Reader) -> bool:
    """Whether goods are on their way; others are planned, called off or went wrong."""
    return read.text("status", 50) == SENT


def parcel_of(
    read: Reader, locations: Mapping[str, object]
) -> tuple[FulfillmentData, dict[str, int]]:
    """Return a parcel without its lines, and its pieces by Shopify's id of the order's line."""
    shipped = read.needed_moment("created_at", "updated_at")
    is_delivered = read.text("shipment_status", 50) == DELIVERED
    changed = read.moment("updated_at") or shipped
    location = read.id("location_id", needed=False)
    parcel = FulfillmentData(
        shipped_at=shipped,
        lines=(),
        delivered_at=max(changed, shipped) if is_delivered else None,
        external_id=read.id("id"),
        location=location if location in locations else "",
        tracking_company=read.text("tracking_company", 100),
        tracking_number=_first(read, "tracking_number", "tracking_numbers", 100),
        tracking_url=_address(_first(read, "tracking_url", "tracking_urls", 500)),
    )
    sent = {each.id("id"): each.count("quantity") for each in read.many("line_items")}
    return parcel, {key: pieces for key, pieces in sent.items() if pieces}


def _first(read: Reader, one: str, many: str, limit: int) -> str:
    return read.text(one, limit) or next(iter(read.words(many, limit)), "")


def _address(text: str) -> str:
    """Return a link that can be followed; apps write all kinds of things there."""
    return text if text.startswith(("https://", "http://")) else ""


def told_parcel(plain: object, locations: Mapping[str, object]) -> ToldParcel:
    """Return the parcel that a body tells. Raises OrderRejected with everything that is wrong."""
    read = Reader(plain)
    parcel, lines = parcel_of(read, locations)
    told = ToldParcel(
        external_id=read.id("id"),
        order_id=read.id("order_id"),
        changed_at=read.needed_moment("updated_at", "created_at"),
        parcel=parcel if was_sent(read) and lines else None,
        lines=lines,
    )
    read.check()
    return told
