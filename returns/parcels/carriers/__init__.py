"""Who makes labels and knows where parcels are; the interface is in `interface.py`."""

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from returns.parcels.carriers.interface import CarrierAdapter, CarrierError

OWN = "own"

# By code, which parcels keep. As paths, because each loads libraries that others do without.
_ADAPTERS: Mapping[str, str] = {
    OWN: "returns.parcels.carriers.own.OwnLabels",
    "karrio": "returns.parcels.carriers.through_karrio.ThroughKarrio",
}


def codes() -> list[str]:
    """Return the codes of the adapters that are switched on."""
    return [OWN, *(["karrio"] if settings.CARRIER_KARRIO else [])]


@cache
def _made(code: str) -> CarrierAdapter:
    adapter: CarrierAdapter = import_string(_ADAPTERS[code])()
    return adapter


def adapter(code: str) -> CarrierAdapter:
    """Return the adapter with this code. Raises CarrierError when it is not switched on."""
    if code not in codes():
        raise CarrierError(_("The carrier “%(code)s” is not set up here.") % {"code": code})
    return _made(code)
