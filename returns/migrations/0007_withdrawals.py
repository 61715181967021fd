"""Withdrawal statements are appended, never edited, and each is what its hash says.

The reason of a return that a withdrawal opens is not offered to people: nobody is asked for one.
"""

from django.db import migrations

CREATE = """
CREATE TRIGGER returns_withdrawalstatement_append_only
    BEFORE UPDATE OR DELETE ON returns_withdrawalstatement
    FOR EACH ROW EXECUTE FUNCTION returns_refuse_change();
ALTER TABLE returns_withdrawalstatement ADD CONSTRAINT returns_withdrawalstatement_hash
    CHECK (sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex'));
"""

DROP = """
ALTER TABLE returns_withdrawalstatement DROP CONSTRAINT returns_withdrawalstatement_hash;
DROP TRIGGER returns_withdrawalstatement_append_only ON returns_withdrawalstatement;
"""

NAMES = {"en": "Withdrawal from contract", "de": "Widerruf des Vertrags"}


def install(apps, schema_editor):
    apps.get_model("returns", "ReturnReason").objects.get_or_create(
        handle="withdrawal",
        defaults={"names": NAMES, "position": 11, "needs_note": False, "active": False},
    )


class Migration(migrations.Migration):
    dependencies = [("returns", "0006_store_credit")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
