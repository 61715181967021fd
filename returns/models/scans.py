"""What is being counted at the bench: each scan a row, until it is booked."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Location, OrderLine, Variant
from returns.models.grades import DispositionType, Grade
from returns.models.receiving import Disposition
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return
from returns.models.unexpected import UnexpectedItem


class ScanState(models.TextChoices):
    """What became of a scan."""

    COUNTED = "COUNTED", _("Counted")
    BOOKED = "BOOKED", _("Booked")
    UNDONE = "UNDONE", _("Undone")


class Scan(models.Model):
    """One scan of one code on a return; it waits until the count is booked, whoever scanned it.

    key: chosen by the form; the same scan sent twice counts once, even after it was booked.
    line: the return line it counts for; None for what nobody expected, which `sku`, `title` and
    `variant` name. part: of a bundle, when that was scanned. quantity: pieces of the line (of a
    bundle's parts only the one that completes the bundle has 1).
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="scans", verbose_name=_("return")
    )
    key = models.UUIDField(unique=True)
    code = models.CharField(_("code"), max_length=200)
    line = models.ForeignKey(
        ReturnLine,
        on_delete=models.CASCADE,
        related_name="scans",
        verbose_name=_("return line"),
        null=True,
        blank=True,
    )
    part = models.ForeignKey(
        OrderLine,
        on_delete=models.CASCADE,
        related_name="scans",
        verbose_name=_("part of the bundle"),
        null=True,
        blank=True,
    )
    variant = models.ForeignKey(
        Variant,
        on_delete=models.SET_NULL,
        related_name="scans",
        verbose_name=_("variant"),
        null=True,
        blank=True,
    )
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=255, blank=True)
    quantity = models.PositiveIntegerField(_("pieces"), default=1)
    grade = models.ForeignKey(
        Grade, on_delete=models.PROTECT, related_name="scans", verbose_name=_("grade")
    )
    type = models.CharField(_("disposition"), max_length=20, choices=DispositionType)
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="scans",
        verbose_name=_("location"),
        null=True,
        blank=True,
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=ScanState, default=ScanState.COUNTED
    )
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="scans",
        verbose_name=_("who"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=ScanState.values), name="returns_scan_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(type__in=DispositionType.values), name="returns_scan_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0)
                | models.Q(quantity=0, part__isnull=False, line__isnull=False),
                name="returns_scan_quantity_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(line__isnull=False) | ~models.Q(title=""),
                name="returns_scan_names_something",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # As small as what lies on the benches.
            models.Index(
                fields=["for_return", "id"],
                name="returns_scan_counted",
                condition=models.Q(state="COUNTED"),
            ),
        ]

    def __str__(self) -> str:
        return self.code


def photo_path(photo: "ReceivingPhoto", _filename: str) -> str:
    """Return where a photo is stored: nothing of its own name, which anybody may have chosen."""
    return f"receiving/{photo.created_at:%Y/%m}/{photo.public_id}.jpg"


class ReceivingPhoto(models.Model):
    """A picture of what came back, as JPEG without what cameras write beside it."""

    for_return = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="receiving_photos", verbose_name=_("return")
    )
    public_id = models.UUIDField(unique=True, editable=False)
    image = models.FileField(_("picture"), upload_to=photo_path, max_length=200)
    # What it shows: scanned pieces at first; what became of them once they are booked.
    scan = models.ForeignKey(
        Scan,
        on_delete=models.SET_NULL,
        related_name="photos",
        verbose_name=_("scan"),
        null=True,
        blank=True,
    )
    disposition = models.ForeignKey(
        Disposition,
        on_delete=models.PROTECT,
        related_name="photos",
        verbose_name=_("disposition"),
        null=True,
        blank=True,
    )
    unexpected = models.ForeignKey(
        UnexpectedItem,
        on_delete=models.PROTECT,
        related_name="photos",
        verbose_name=_("unexpected item"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("photo of what came back")
        verbose_name_plural = _("photos of what came back")
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.public_id)
