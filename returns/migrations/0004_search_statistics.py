"""Let PostgreSQL know the common words of returns; orders/migrations/0002 says why."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("returns", "0003_basic_reasons")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE returns_return ALTER COLUMN search SET STATISTICS 500",
            "ALTER TABLE returns_return ALTER COLUMN search SET STATISTICS -1",
        )
    ]
