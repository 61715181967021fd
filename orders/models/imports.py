"""Files of orders that somebody uploaded, and what came of them."""

import uuid
from pathlib import PurePath
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import language_field
from orders.models.stores import Store


class ImportFormat(models.TextChoices):
    """What kind of file it is. The values are the words of the command line."""

    RETOUR_CSV = "retour-csv", _("Retour CSV")
    RETOUR_JSON = "retour-json", _("Retour JSON")
    SHOPIFY = "shopify", _("Shopify orders export (CSV)")
    ONLINE_RETAIL = "online-retail", _("Online Retail II (CSV)")


class ImportStatus(models.TextChoices):
    """How far an import is.

    REFUSED: the file is not what it says, nothing was stored. FAILED: it broke off; what is in
    stays in, and importing the file again goes on from there.
    """

    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Done")
    REFUSED = "REFUSED", _("Refused")
    FAILED = "FAILED", _("Broke off")


# States in which nothing more happens by itself.
ENDED = (ImportStatus.DONE, ImportStatus.REFUSED, ImportStatus.FAILED)


def upload_path(_run: "ImportRun", name: str) -> str:
    """Return where an uploaded file is kept: a path that tells nothing and cannot be guessed."""
    suffix = "".join(PurePath(name).suffixes[-2:]).lower()
    kept = suffix if suffix in (".csv", ".csv.gz", ".json", ".json.gz", ".jsonl") else ""
    return f"imports/{uuid.uuid4()}{kept}"


class ImportRun(models.Model):
    """One uploaded file of orders; changed only by `orders.imports.runs`.

    `done` of `total` orders of the file have been looked at; total is 0 while the file is being
    checked. The counts below are of orders unless they say rows or lines.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="import_runs", verbose_name=_("store")
    )
    format = models.CharField(_("format"), max_length=20, choices=ImportFormat)
    file = models.FileField(_("file"), upload_to=upload_path, max_length=200, blank=True)
    file_name = models.CharField(_("file name"), max_length=255)
    status = models.CharField(
        _("status"), max_length=10, choices=ImportStatus, default=ImportStatus.WAITING
    )
    message = models.TextField(_("why it ended"), blank=True)
    language = language_field()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="import_runs",
        verbose_name=_("uploaded by"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("orders looked at"), default=0)
    total = models.PositiveIntegerField(_("orders in the file"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    lines = models.PositiveIntegerField(_("order lines"), default=0)
    rejected_orders = models.PositiveIntegerField(_("rejected"), default=0)
    rejected_rows = models.PositiveIntegerField(_("rejected rows"), default=0)
    rejects = models.FileField(
        _("rejected rows with reasons"), upload_to=upload_path, max_length=200, blank=True
    )
    # What was done with rows that need a word: a list of [words, count].
    remarks = models.JSONField(_("remarks"), default=list, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=ImportStatus.values),
                name="orders_importrun_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=ImportFormat.values),
                name="orders_importrun_format_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at", "-id"], name="orders_importrun_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status in ENDED
