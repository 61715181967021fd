"""Parcels back as a buyer sees them: where to, with which label, and how far they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from returns.models import ParcelState, Return, ReturnStatus
from returns.models.policies import ReturnLabel
from returns.parcels.ways_back import Parcel, WayBack, ways_of
from returns.places import return_address
from returns.policies import terms as terms_of
from storefront import dates


def ways(return_: Return, titles: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Return where the goods of a return go, with the parcels; no queries.

    return_: loaded `with_ways`. titles: of the items by return line, to say what goes where.
    """
    found = ways_of(return_)
    several = len(found) > 1
    return [_way(return_, way, titles or {}, several=several) for way in found]


def open_ways(return_: Return) -> list[WayBack]:
    """Return the ways on which something can still be sent."""
    return [way for way in ways_of(return_) if way.status == "OPEN"]


def is_sent(return_: Return) -> bool:
    """Whether a parcel was handed in and none is announced that was not; no queries."""
    states = {parcel.is_to_be_sent for way in ways_of(return_) for parcel in way.parcels}
    return states == {False}


def _way(
    return_: Return, way: WayBack, titles: Mapping[int, str], *, several: bool
) -> dict[str, Any]:
    return {
        "address": return_address(return_.store, dates.reader(), way.place),
        "items": _items(way.pieces, titles) if several else "",
        "parcels": [_parcel(return_, parcel, titles) for parcel in way.parcels],
    }


def _parcel(return_: Return, parcel: Parcel, titles: Mapping[int, str]) -> dict[str, Any]:
    zone = return_.store.zone
    is_open = return_.status == ReturnStatus.OPEN
    own_url = reverse("storefront:label", args=[return_.public_id, parcel.public_id])
    return {
        "title": _("Parcel %(number)s") % {"number": parcel.number},
        "items": _items(parcel.pieces, titles),
        "state": parcel.state.value,
        "state_label": parcel.state.label,
        "since": "" if parcel.is_to_be_sent else dates.moment(parcel.since, zone),
        "carrier": parcel.carrier_name,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
        "label_url": parcel.label_url or (own_url if parcel.has_file else ""),
        "is_link": bool(parcel.label_url),
        "awaits_label": parcel.awaits_label and parcel.is_to_be_sent and is_open,
        "sent_url": _sent_url(return_, parcel) if parcel.is_to_be_sent and is_open else "",
    }


def _sent_url(return_: Return, parcel: Parcel) -> str:
    return f"{reverse('storefront:sent', args=[return_.public_id])}?parcel={parcel.public_id}"


def _items(pieces: Mapping[int, int], titles: Mapping[int, str]) -> str:
    return ", ".join(
        f"{count} \N{MULTIPLICATION SIGN} {titles[key]}"
        for key, count in pieces.items()
        if key in titles
    )


def label_hint(return_: Return, found: Sequence[Mapping[str, Any]]) -> str:
    """Return what to wait for, when the store sends a label and has not yet; no queries."""
    terms = terms_of.of_return(return_)
    parcels = [parcel for way in found for parcel in way["parcels"]]
    waits = terms.label == ReturnLabel.BY_STAFF and not any(
        parcel["label_url"] or parcel["state"] != ParcelState.LABEL_MADE for parcel in parcels
    )
    return _("We send you a label. Please wait for it before you send anything.") if waits else ""
