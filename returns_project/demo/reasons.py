"""What the demo's manager made of the basic reasons: sub-reasons, hints, a season, windows."""

from datetime import datetime, timedelta
from typing import Any, Final

from returns.models import QuestionKind, ReasonQuestion, Resolution, ReturnReason

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
        "needs_photo": True,
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


_QUESTIONS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (
        "damaged-on-arrival",
        {
            "handle": "box-damaged",
            "names": {
                "en": "Was the box damaged too?",
                "de": "War auch der Karton beschädigt?",
            },
            "kind": QuestionKind.YES_NO,
            "position": 1,
        },
    ),
    (
        "stopped-working",
        {
            "handle": "since-when",
            "names": {
                "en": "How long did it work?",
                "de": "Wie lange hat es funktioniert?",
            },
            "kind": QuestionKind.CHOICE,
            "options": {
                "en": ["Never", "A few days", "Longer"],
                "de": ["Gar nicht", "Ein paar Tage", "Länger"],
            },
            "position": 1,
            "required": True,
        },
    ),
    (
        "stopped-working",
        {
            "handle": "what-happens",
            "names": {
                "en": "What happens when you use it?",
                "de": "Was passiert, wenn Sie es benutzen?",
            },
            "kind": QuestionKind.TEXT,
            "position": 2,
        },
    ),
    (
        "item-not-as-described",
        {
            "handle": "what-differs",
            "names": {"en": "What differs?", "de": "Was ist anders?"},
            "kind": QuestionKind.CHOICE,
            "options": {
                "en": ["Colour", "Material", "Size", "Something else"],
                "de": ["Farbe", "Material", "Größe", "Etwas anderes"],
            },
            "position": 1,
        },
    ),
)


def refine(now: datetime) -> None:
    """Add to the basic reasons what shops add."""
    for handle, hints in _HINTS.items():
        ReturnReason.objects.filter(handle=handle).update(hints=hints)
    damaged = ReturnReason.objects.get(handle="damaged-or-defective")
    for position, values in enumerate(_DAMAGED, start=1):
        _add(parent=damaged, position=position, free_of_fees=True, **values)
    for handle, values in _QUESTIONS:
        question = ReasonQuestion(reason=ReturnReason.objects.get(handle=handle), **values)
        question.full_clean()
        question.save()
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
