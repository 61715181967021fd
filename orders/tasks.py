"""The jobs around orders."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from orders.imports import runs

# Rejected rows hold names and addresses: they are kept as long as somebody may correct them.
KEEP_REJECTS_FOR = timedelta(days=30)


@app.task(name=runs.IMPORT_TASK)
def import_uploaded_orders(run_id: int) -> None:
    """Import an uploaded file."""
    runs.execute(run_id)


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="remove_import_rejects")
def remove_import_rejects(timestamp: int) -> None:
    """Remove rejected rows of old imports. `timestamp`: when this run was due, in seconds."""
    runs.remove_rejects(before=timezone.now() - KEEP_REJECTS_FOR)
