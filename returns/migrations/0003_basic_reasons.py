"""The ten reasons that every shop starts with; handles as in Shopify's reason library."""

from django.db import migrations

REASONS = [
    ("unknown", "Unknown", "Unbekannt", False),
    ("changed-my-mind", "Changed my mind", "Gefällt doch nicht", False),
    ("item-not-as-described", "Not as described", "Anders als beschrieben", False),
    ("received-the-wrong-item", "Received the wrong item", "Falscher Artikel", False),
    ("other-reason", "Another reason", "Anderer Grund", True),
    ("damaged-or-defective", "Damaged or defective", "Beschädigt oder defekt", False),
    ("too-small", "Too small", "Zu klein", False),
    ("too-big", "Too big", "Zu groß", False),
    ("style", "Style", "Stil", False),
    ("color", "Colour", "Farbe", False),
]
# Shown from the most common to the least; "unknown" is for imports and is not offered to people.
SHOWN = [
    "too-small",
    "too-big",
    "changed-my-mind",
    "style",
    "color",
    "item-not-as-described",
    "received-the-wrong-item",
    "damaged-or-defective",
    "other-reason",
    "unknown",
]
# What is the shop's own fault costs the buyer nothing.
FREE_OF_FEES = {"item-not-as-described", "received-the-wrong-item", "damaged-or-defective"}


def install(apps, schema_editor):
    reason_model = apps.get_model("returns", "ReturnReason")
    for handle, english, german, needs_note in REASONS:
        reason_model.objects.get_or_create(
            handle=handle,
            defaults={
                "names": {"en": english, "de": german},
                "position": SHOWN.index(handle) + 1,
                "needs_note": needs_note,
                "active": handle != "unknown",
                "free_of_fees": handle in FREE_OF_FEES,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("returns", "0002_append_only")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
