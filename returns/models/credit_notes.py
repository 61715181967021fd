"""The paper that corrects an invoice: one per sum paid back, numbered without gaps per store."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Store
from orders.models.fields import amount_field, currency_field
from returns.models.refunds import Refund


class CreditNoteSeries(models.Model):
    """The last number given out in a store; counted up in the transaction that uses it."""

    store = models.OneToOneField(
        Store,
        on_delete=models.PROTECT,
        related_name="credit_note_series",
        verbose_name=_("store"),
    )
    last_number = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of credit notes")
        verbose_name_plural = _("series of credit notes")

    def __str__(self) -> str:
        return f"{self.store_id}: {self.last_number}"


class CreditNote(models.Model):
    """One credit note, never changed: `amount` went back in `currency` at `issued_at`.

    A refund has one; another when a part that failed is paid later.
    """

    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("refund")
    )
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("store")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("Counted per store from 1."))
    reference = models.CharField(_("reference"), max_length=80)
    currency = currency_field()
    amount = amount_field(_("amount"))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["store", "number"], name="returns_creditnote_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gt=0, amount__gt=0),
                name="returns_creditnote_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
