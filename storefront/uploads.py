"""Photos on the page on which a return is asked for: taken in, shown again, taken out.

A photo is kept as soon as it arrives; its id goes back into the page, so that no mistake elsewhere
on the page makes anybody choose it twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from orders.models import Order
from returns.errors import InvalidPhoto
from returns.evidence import collecting

DROP: Final = "drop-photo:"
# Which pictures the browser lets people choose; what they really are, is looked at.
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif"


class FilesInput(forms.FileInput):
    """A field for several files."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ACCEPTED, "multiple": True})


def photos_name(parcel: int) -> str:
    """Return the name under which the page sends the ids of an item's photos."""
    return f"item-{parcel}-photos"


def files_name(parcel: int) -> str:
    """Return the name under which the page sends an item's new files."""
    return f"item-{parcel}-new_photos"


def take_in(
    request: HttpRequest, order: Order, data: MultiValueDict[str, str], parcels: Iterable[int]
) -> tuple[MultiValueDict[str, str], dict[int, list[str]]]:
    """Keep the files that came for items; return the data with their ids, and what was wrong.

    parcels: the fulfilment lines that can go back. Also does what a button "remove" asks.
    """
    known = {photos_name(parcel): parcel for parcel in parcels}
    names = {photos_name(parcel): files_name(parcel) for parcel in known.values()}
    changed, wrong = keep(request, order, data, names)
    return changed, {known[name]: messages for name, messages in wrong.items()}


def keep(
    request: HttpRequest, order: Order, data: MultiValueDict[str, str], names: Mapping[str, str]
) -> tuple[MultiValueDict[str, str], dict[str, list[str]]]:
    """Keep the files of a request; return the data with their ids, and what was wrong.

    names: of the ids in the data -> of the new files. Also does what a button "remove" asks.
    """
    changed, wrong = data.copy(), dict[str, list[str]]()
    if drops(data):
        _drop(order, changed, data.get("action", "").removeprefix(DROP), names)
    for ids, files in names.items():
        for file in request.FILES.getlist(files):
            try:
                photo = collecting.upload(order, file.file or file, file.size or 0)
            except InvalidPhoto as error:
                wrong.setdefault(ids, []).append(f"{file.name}: {error.message}")
            else:
                changed.appendlist(ids, str(photo.public_id))
    return changed, wrong


def drops(data: MultiValueDict[str, str]) -> bool:
    """Whether a button "remove" was pressed."""
    return data.get("action", "").startswith(DROP)


def _drop(
    order: Order, data: MultiValueDict[str, str], public_id: str, names: Iterable[str]
) -> None:
    collecting.drop(order, public_id)
    for name in names:
        data.setlist(name, [one for one in data.getlist(name) if one != public_id])


def cards(ids: Iterable[str]) -> list[Mapping[str, Any]]:
    """Return photos as the page shows them, each with the button that takes it out."""
    return [
        {
            "id": public_id,
            "url": reverse("storefront:photo", args=[public_id]),
            "drop": f"{DROP}{public_id}",
            "label": _("Remove photo %(number)s") % {"number": number},
        }
        for number, public_id in enumerate(ids, start=1)
    ]
