"""Photos with which a buyer shows what is wrong, or staff what they mean."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from returns.models.messages import Message
from returns.models.return_lines import ReturnLine


def evidence_path(photo: "EvidencePhoto", _filename: str) -> str:
    """Return where a photo is stored: nothing of its own name, which anybody may have chosen."""
    return f"evidence/{photo.created_at:%Y/%m}/{photo.public_id}.jpg"


class EvidencePhotoQuerySet(models.QuerySet["EvidencePhoto"]):
    """The vocabulary of looking for photos."""

    def unsent(self) -> "EvidencePhotoQuerySet":
        """Photos that were uploaded while something is being written, and belong to nothing yet."""
        return self.filter(return_line=None, message=None)


class EvidencePhoto(models.Model):
    """A picture as JPEG without what cameras write beside it.

    order: whose it is; only who sees the order sees the photo. return_line or message: what it
    belongs to, once that was sent.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="evidence_photos", verbose_name=_("order")
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    image = models.FileField(_("picture"), upload_to=evidence_path, max_length=200)
    return_line = models.ForeignKey(
        ReturnLine,
        on_delete=models.PROTECT,
        related_name="photos",
        verbose_name=_("return line"),
        null=True,
        blank=True,
    )
    message = models.ForeignKey(
        Message,
        on_delete=models.PROTECT,
        related_name="photos",
        verbose_name=_("message"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    objects = EvidencePhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo of a buyer or of staff")
        verbose_name_plural = _("photos of buyers and of staff")
        ordering = ("id",)
        indexes: ClassVar[list[models.Index]] = [
            # As small as what is being written right now.
            models.Index(
                fields=["created_at"],
                name="returns_evidence_unsent",
                condition=models.Q(return_line__isnull=True, message__isnull=True),
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(return_line__isnull=True) | models.Q(message__isnull=True),
                name="returns_evidencephoto_belongs_to_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
