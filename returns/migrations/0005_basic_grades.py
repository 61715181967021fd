"""The five grades that every shop starts with."""

from django.db import migrations

GRADES = [
    ("as-new", "As new", "Wie neu", "RESTOCKED"),
    ("opened", "Opened", "Geöffnet", "PROCESSING_REQUIRED"),
    ("damaged", "Damaged", "Beschädigt", "NOT_RESTOCKED"),
    ("wrong-item", "Wrong item", "Falscher Artikel", "PROCESSING_REQUIRED"),
    ("missing", "Missing", "Fehlt", "MISSING"),
]


def install(apps, schema_editor):
    grade_model = apps.get_model("returns", "Grade")
    for position, (handle, english, german, disposition) in enumerate(GRADES, start=1):
        grade_model.objects.get_or_create(
            handle=handle,
            defaults={
                "names": {"en": english, "de": german},
                "position": position,
                "disposition": disposition,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("returns", "0004_search_statistics")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
