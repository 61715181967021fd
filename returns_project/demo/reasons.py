"""What the demo's manager made of the basic reasons: sub-reasons, hints, a season, windows."""

from datetime import datetime, timedelta
from typing import Any, Final

from returns.models import Resolution, ReturnReason

_HINTS: Final = {
    "too-small": {
        "en": "We use it to mend our size charts.",
        "de": "Damit verbessern wir unsere Größentabellen.",
    },
    "item-not-as-described": {
        "en": "Colour, material or size differ from the product page.",
        "de": "Farbe, Material oder Maße sind anders als auf der Produktseite.",
    },
}

_DAMAGED: Final[tuple[dict[str, Any], ...]] = (
    {
        "handle": "damaged-on-arrival",
        "names": {"en": "Damaged on arrival", "de": "Beschädigt angekommen"},
        "hints": {
            "en": "Keep the box until we have answered.",
            "de": "Heben Sie den Karton auf, bis wir geantwortet haben.",
        },
    },
    {
        "handle": "stopped-working",
        "names": {"en": "Stopped working", "de": "Funktioniert nicht mehr"},
        "hints": {"en": "Within two years.", "de": "Innerhalb von zwei Jahren."},
        "window_days": 730,
    },
)


def refine(now: datetime) -> None:
    """Add to the basic reasons what shops add."""
    for handle, hints in _HINTS.items():
        ReturnReason.objects.filter(handle=handle).update(hints=hints)
    damaged = ReturnReason.objects.get(handle="damaged-or-defective")
    for position, values in enumerate(_DAMAGED, start=1):
        _add(parent=damaged, position=position, free_of_fees=True, **values)
    today = now.date()
    _add(
        handle="unwanted-gift",
        names={"en": "Unwanted gift", "de": "Unpassendes Geschenk"},
        position=4,
        resolutions=[Resolution.CREDIT.value, Resolution.EXCHANGE.value],
        offered_from=today - timedelta(days=30),
        offered_until=today + timedelta(days=60),
    )


def _add(**values: Any) -> None:
    reason = ReturnReason(**values)
    reason.full_clean()
    reason.save()
