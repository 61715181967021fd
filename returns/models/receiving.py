"""The work of taking goods back at one location, and what became of each piece."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Location
from returns.models.grades import DispositionType, Grade
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return


class ReverseFulfillmentStatus(models.TextChoices):
    """Names as in Shopify's ReverseFulfillmentOrderStatus."""

    OPEN = "OPEN", _("Open")
    CLOSED = "CLOSED", _("Closed")
    CANCELED = "CANCELED", _("Canceled")


class ReverseFulfillment(models.Model):
    """What one location has to take back of a return; opened when the return is approved."""

    for_return = models.ForeignKey(
        Return,
        on_delete=models.CASCADE,
        related_name="reverse_fulfillments",
        verbose_name=_("return"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="reverse_fulfillments",
        verbose_name=_("location"),
        null=True,
        blank=True,
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=ReverseFulfillmentStatus,
        default=ReverseFulfillmentStatus.OPEN,
    )

    class Meta:
        verbose_name = _("reverse fulfilment")
        verbose_name_plural = _("reverse fulfilments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=ReverseFulfillmentStatus.values),
                name="returns_reversefulfillment_status_known",
            ),
            models.UniqueConstraint(
                fields=["for_return", "location"],
                name="returns_reversefulfillment_one_per_location",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.for_return_id}@{self.location_id}"


class ReverseFulfillmentLine(models.Model):
    """So many pieces of a return line to be taken back at the location."""

    reverse_fulfillment = models.ForeignKey(
        ReverseFulfillment,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("reverse fulfilment"),
    )
    return_line = models.ForeignKey(
        ReturnLine,
        on_delete=models.CASCADE,
        related_name="reverse_fulfillment_lines",
        verbose_name=_("return line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    disposed_quantity = models.PositiveIntegerField(_("finally disposed"), default=0)

    class Meta:
        verbose_name = _("reverse fulfilment line")
        verbose_name_plural = _("reverse fulfilment lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["reverse_fulfillment", "return_line"],
                name="returns_reversefulfillmentline_once",
            ),
            models.CheckConstraint(
                condition=models.Q(disposed_quantity__lte=models.F("quantity")),
                name="returns_reversefulfillmentline_disposed_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of return line {self.return_line_id}"


# A piece that needs work is not done with: the return stays open for it.
FINAL_DISPOSITIONS = (
    DispositionType.RESTOCKED,
    DispositionType.NOT_RESTOCKED,
    DispositionType.MISSING,
)


class Disposition(models.Model):
    """One decision about pieces that came back (or did not); never edited, only followed."""

    line = models.ForeignKey(
        ReverseFulfillmentLine,
        on_delete=models.CASCADE,
        related_name="dispositions",
        verbose_name=_("reverse fulfilment line"),
    )
    type = models.CharField(_("disposition"), max_length=20, choices=DispositionType)
    quantity = models.PositiveIntegerField(_("quantity"))
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="dispositions",
        verbose_name=_("location"),
        null=True,
        blank=True,
    )
    grade = models.ForeignKey(
        Grade,
        on_delete=models.PROTECT,
        related_name="dispositions",
        verbose_name=_("grade"),
        null=True,
        blank=True,
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    # The pieces never came: the buyer was allowed to keep them.
    kept = models.BooleanField(_("kept by the buyer"), default=False)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(type__in=DispositionType.values),
                name="returns_disposition_type_known",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="returns_disposition_quantity_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(type="RESTOCKED") | models.Q(location__isnull=False),
                name="returns_disposition_restocked_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(kept=False) | models.Q(type="NOT_RESTOCKED"),
                name="returns_disposition_kept_is_not_restocked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.type}"
