"""Parcels back as the page of a return shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import Permission
from backoffice.words import counted, moment_words
from returns.models import Return, ReturnLine, ReturnStatus
from returns.parcels.ways_back import Parcel, ways_of


def ways(return_: Return, lines: Sequence[ReturnLine], actor: Actor) -> list[dict[str, Any]]:
    """Return where the goods go, with parcels and what can be done to them; no queries.

    return_: loaded `with_ways`.
    """
    titles = {line.pk: line.fulfillment_line.order_line.title for line in lines}
    may_ship = actor.may(Permission.SHIP)
    found = ways_of(return_)
    return [
        {
            "place": way.name or _("The store's address"),
            "items": _items(way.pieces, titles) if len(found) > 1 else "",
            "parcels": [
                _parcel(return_, parcel, titles, may_ship=may_ship) for parcel in way.parcels
            ],
        }
        for way in found
    ]


def may_add(return_: Return, actor: Actor) -> bool:
    """Whether a parcel can be announced now."""
    return return_.status == ReturnStatus.OPEN and actor.may(Permission.SHIP)


def _parcel(
    return_: Return, parcel: Parcel, titles: Mapping[int, str], *, may_ship: bool
) -> dict[str, Any]:
    return {
        "title": _("Parcel %(number)s") % {"number": parcel.number},
        "items": _items(parcel.pieces, titles),
        "state": parcel.state.value,
        "state_label": parcel.state.label,
        "since": moment_words(parcel.since),
        "carrier": parcel.carrier_name,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
        "label_url": parcel.label_url
        or (_url("parcel_label_file", return_, parcel) if parcel.has_file else ""),
        "awaits_label": parcel.awaits_label and not parcel.label_failure,
        "failure": parcel.label_failure if parcel.awaits_label else "",
        "acts": _acts(return_, parcel) if may_ship else [],
    }


def _acts(return_: Return, parcel: Parcel) -> list[dict[str, str]]:
    """Return the links to what can be done to a parcel now."""
    is_open = return_.status == ReturnStatus.OPEN
    if not is_open and return_.status != ReturnStatus.CLOSED:
        return []
    acts = [
        ("parcel_tracking", _("Tracking"), True),
        ("parcel_state", _("State"), True),
        ("parcel_label", _("Label"), is_open and parcel.is_to_be_sent),
        ("parcel_remove", _("Remove"), is_open and parcel.is_to_be_sent),
    ]
    return [
        {
            "label": label,
            "url": _url(name, return_, parcel),
            "about": _("%(act)s of parcel %(number)s") % {"act": label, "number": parcel.number},
        }
        for name, label, is_possible in acts
        if is_possible
    ]


def _url(name: str, return_: Return, parcel: Parcel) -> str:
    return reverse(f"backoffice:{name}", args=[return_.pk, parcel.pk])


def _items(pieces: Mapping[int, int], titles: Mapping[int, str]) -> str:
    return ", ".join(counted(count, titles[key]) for key, count in pieces.items() if key in titles)
