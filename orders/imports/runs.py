"""Imports of uploaded files: taken in by a person, run by the job queue, followed on a page."""

import io
import logging
import tempfile
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.actors import Actor
from accounts.permissions import Permission
from orders.imports.formats import Format
from orders.imports.run import ImportReport, Progress, import_file
from orders.imports.source import UnreadableFile
from orders.intake import Outcome
from orders.models import ImportRun, ImportStatus, Store

logger = logging.getLogger(__name__)

# The name of the job; orders/tasks.py defines it.
IMPORT_TASK = "import_uploaded_orders"


def check_size(size: int) -> None:
    """Raise ValidationError when an upload of `size` bytes is larger than allowed."""
    if size > settings.IMPORT_LARGEST_FILE:
        limit = filesizeformat(settings.IMPORT_LARGEST_FILE)
        message = _("At most %(limit)s; import larger files with manage.py import_orders.")
        raise ValidationError(message % {"limit": limit})


def start(file: "UploadedFile[bytes]", format_: Format, store: Store, *, actor: Actor) -> ImportRun:
    """Keep an uploaded file and queue its import; returns at once.

    Raises PermissionDenied, and ValidationError for a file that is too large.
    """
    if not actor.may(Permission.IMPORT_ORDERS):
        raise PermissionDenied
    check_size(file.size or 0)
    with transaction.atomic():
        run = ImportRun.objects.create(
            store=store,
            format=format_,
            file=file,
            file_name=(file.name or "")[:255],
            language=translation.get_language() or settings.LANGUAGE_CODE,
            created_by_id=actor.user_id,
        )
        # One import per store at a time: two would wait for each other's rows.
        job = app.configure_task(IMPORT_TASK, lock=f"import:{store.pk}")
        job.defer(run_id=run.pk)
    return run


def execute(run_id: int) -> ImportRun:
    """Import the file of a run and keep what came of it. The job queue calls this.

    A run that has ended is left alone. One that broke off with its worker begins again: what is in
    already changes nothing.
    """
    run = ImportRun.objects.select_related("store").get(pk=run_id)
    if run.has_ended:
        return run
    run.status = ImportStatus.RUNNING
    run.started_at = timezone.now()
    run.save(update_fields=["status", "started_at"])
    try:
        with translation.override(run.language):
            _import(run)
    except Exception:
        logger.exception("Import %s broke off", run.pk)
        with translation.override(run.language):
            message = _("The import broke off. Upload the file again to go on from there.")
        _end(run, ImportStatus.FAILED, message)
        raise
    return run


def _import(run: ImportRun) -> None:
    with tempfile.TemporaryFile() as kept:
        rejects = io.TextIOWrapper(kept, "utf-8", errors="backslashreplace", newline="")
        try:
            with run.file.open("rb") as file:
                report = import_file(
                    file,
                    Format(run.format),
                    run.store,
                    rejects=rejects,
                    on_progress=lambda progress: _keep(run, progress),
                )
        except UnreadableFile as error:
            _end(run, ImportStatus.REFUSED, str(error))
            return
        rejects.flush()
        if report.rejected_rows:
            kept.seek(0)
            run.rejects.save("rejects.csv", File(kept), save=False)
    _write(run, report)
    _end(run, ImportStatus.DONE, "")


def _keep(run: ImportRun, progress: Progress) -> None:
    """Store how far the import is, for who looks at its page meanwhile."""
    run.done, run.total = progress.done, progress.total
    _write(run, progress.report)
    run.save()


def _write(run: ImportRun, report: ImportReport) -> None:
    run.created = report.orders[Outcome.CREATED]
    run.updated = report.orders[Outcome.UPDATED]
    run.unchanged = report.orders[Outcome.UNCHANGED]
    run.lines = report.lines
    run.rejected_orders = report.rejected_orders
    run.rejected_rows = report.rejected_rows
    run.remarks = [
        [words, count]
        for counted in (report.remarks, report.set_aside)
        for words, count in sorted(counted.items())
    ]


def _end(run: ImportRun, status: ImportStatus, message: str) -> None:
    """Store the end; the uploaded file, full of people's data, is not needed any more."""
    run.status = status
    run.message = message
    run.ended_at = timezone.now()
    run.file.delete(save=False)
    run.save()


def remove_rejects(*, before: datetime) -> int:
    """Remove the reject files of imports that ended before a moment; return how many."""
    old = ImportRun.objects.filter(ended_at__lt=before).exclude(rejects="")
    for run in old:
        run.rejects.delete(save=True)
    return len(old)
