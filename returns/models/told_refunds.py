"""Refunds that the shop made itself and told of afterwards."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.models.fields import amount_field
from returns.models.refunds import Refund


class ToldRefund(models.Model):
    """One refund in the shop's own books, by its id there.

    `refund` is what was recorded of it here. It is empty where all of it had been recorded before:
    people enter in the shop what Retour told them to pay back.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="told_refunds", verbose_name=_("order")
    )
    external_id = models.CharField(_("the shop's own id"), max_length=100)
    amount = amount_field(_("amount"))
    # Pieces that came back as goods, by the primary key of the order's line, as text.
    returned = models.JSONField(_("pieces that came back"), default=dict, blank=True)
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        related_name="told",
        verbose_name=_("refund"),
        null=True,
        blank=True,
    )
    told_at = models.DateTimeField(_("told at"), default=timezone.now)

    class Meta:
        verbose_name = _("refund of the shop")
        verbose_name_plural = _("refunds of the shop")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "external_id"], name="returns_toldrefund_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="returns_toldrefund_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
