"""Canceling pieces of an order before they are sent."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine
from returns.models.refunds import Refund


class CancellationStatus(models.TextChoices):
    """What became of a wish to cancel."""

    REQUESTED = "REQUESTED", _("Requested")
    DONE = "DONE", _("Canceled")
    DECLINED = "DECLINED", _("Declined")


class Cancellation(models.Model):
    """A buyer's wish to cancel pieces of an order that were not sent yet.

    Done: the pieces count as canceled on their lines, and what was paid for them comes back, with
    `refund` once that is made. `settled_at`: when that was seen to, also where nothing was due.
    `problem`: why it could not be, for the person who has to.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="cancellations", verbose_name=_("order")
    )
    # Chosen by the form that asks: the same request sent twice is one. The refund has it as well.
    request_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=CancellationStatus)
    created_at = models.DateTimeField(_("asked for at"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.CharField(_("message to the buyer"), max_length=500, blank=True)
    refund = models.OneToOneField(
        Refund,
        on_delete=models.PROTECT,
        related_name="cancellation",
        verbose_name=_("refund"),
        null=True,
        blank=True,
    )
    settled_at = models.DateTimeField(_("money seen to at"), null=True, blank=True)
    problem = models.CharField(_("why nothing was paid back"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=CancellationStatus.values),
                name="returns_cancellation_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="REQUESTED", decided_at__isnull=True)
                | (~models.Q(status="REQUESTED") & models.Q(decided_at__isnull=False)),
                name="returns_cancellation_decided_at_matches_status",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True) | models.Q(status="DONE"),
                name="returns_cancellation_only_done_is_settled",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at", "id"],
                name="returns_cancellation_waiting",
                condition=models.Q(status="REQUESTED"),
            ),
            models.Index(
                fields=["id"],
                name="returns_cancellation_unsettled",
                condition=models.Q(status="DONE", settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.status}"


class CancellationLine(models.Model):
    """So many pieces of an order line; `canceled_quantity` of them could still be canceled."""

    cancellation = models.ForeignKey(
        Cancellation,
        on_delete=models.CASCADE,
        related_name="lines",
        verbose_name=_("cancellation"),
    )
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="cancellation_lines",
        verbose_name=_("order line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    canceled_quantity = models.PositiveIntegerField(_("of it canceled"), default=0)

    class Meta:
        verbose_name = _("line of a cancellation")
        verbose_name_plural = _("lines of cancellations")
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["cancellation", "order_line"], name="returns_cancellationline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, canceled_quantity__lte=models.F("quantity")),
                name="returns_cancellationline_quantities_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
