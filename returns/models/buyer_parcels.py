"""Parcels with refused or repaired goods, back to their buyers."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from returns.models.return_lines import ReturnLine
from returns.models.returns import Return


class BuyerParcel(models.Model):
    """One parcel to the buyer with pieces that the shop did not take back; never edited.

    is_repaired: the pieces were repaired, as the buyer asked; then a message is not needed.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="buyer_parcels", verbose_name=_("return")
    )
    carrier = models.CharField(_("carrier"), max_length=100, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    tracking_url = models.URLField(_("tracking link"), max_length=500, blank=True)
    message = models.CharField(_("message to the buyer"), max_length=500, blank=True)
    is_repaired = models.BooleanField(_("repaired"), default=False)
    created_at = models.DateTimeField(_("sent at"), default=timezone.now)

    class Meta:
        verbose_name = _("parcel to the buyer")
        verbose_name_plural = _("parcels to buyers")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(is_repaired=True) | ~models.Q(message=""),
                name="returns_buyerparcel_refused_with_message",
            ),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"#{self.pk}"


class BuyerParcelLine(models.Model):
    """So many pieces of a return line in the parcel."""

    parcel = models.ForeignKey(
        BuyerParcel, on_delete=models.CASCADE, related_name="lines", verbose_name=_("parcel")
    )
    return_line = models.ForeignKey(
        ReturnLine,
        on_delete=models.PROTECT,
        related_name="buyer_parcel_lines",
        verbose_name=_("return line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a parcel to the buyer")
        verbose_name_plural = _("lines of parcels to buyers")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["parcel", "return_line"], name="returns_buyerparcelline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="returns_buyerparcelline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of return line {self.return_line_id}"
