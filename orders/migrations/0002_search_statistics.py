"""Let PostgreSQL know the common words of orders, so that it plans a search by what it finds.

With the usual sample it takes the beginning of an SKU, which thousands of orders have, for rare,
collects them all and sorts them; knowing better it walks the newest orders until a page is full.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN search SET STATISTICS 500",
            "ALTER TABLE orders_order ALTER COLUMN search SET STATISTICS -1",
        )
    ]
