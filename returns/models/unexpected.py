"""Pieces in a parcel that nobody had asked to return."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Location, Variant
from returns.models.grades import DispositionType, Grade
from returns.models.returns import Return

# What can become of pieces that nobody expected; the others say that pieces are not there yet.
DECISIONS = (DispositionType.RESTOCKED, DispositionType.NOT_RESTOCKED)


class UnexpectedItem(models.Model):
    """So many pieces of something that was not expected; stock stays until somebody decides.

    decision: "" until then. variant: empty for what the shop does not sell.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="unexpected_items", verbose_name=_("return")
    )
    variant = models.ForeignKey(
        Variant,
        on_delete=models.SET_NULL,
        related_name="unexpected_items",
        verbose_name=_("variant"),
        null=True,
        blank=True,
    )
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=255)
    quantity = models.PositiveIntegerField(_("quantity"))
    grade = models.ForeignKey(
        Grade,
        on_delete=models.PROTECT,
        related_name="unexpected_items",
        verbose_name=_("grade"),
        null=True,
        blank=True,
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    decision = models.CharField(
        _("decision"), max_length=20, choices=[(d.value, d.label) for d in DECISIONS], blank=True
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="unexpected_items",
        verbose_name=_("location"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("unexpected item")
        verbose_name_plural = _("unexpected items")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="returns_unexpecteditem_quantity_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(decision__in=["", *DECISIONS]),
                name="returns_unexpecteditem_decision_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="RESTOCKED") | models.Q(location__isnull=False),
                name="returns_unexpecteditem_restocked_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"
