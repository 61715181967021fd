"""What the shop keeps of a refund."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.fields import amount_field
from returns.models.returns import Return, ReturnLine


class FeeKind(models.TextChoices):
    """Restocking fees are percents per line, return shipping an amount per return."""

    RESTOCKING = "RESTOCKING", _("Restocking fee")
    RETURN_SHIPPING = "RETURN_SHIPPING", _("Return shipping")


class ReturnFee(models.Model):
    """One fee, agreed when the return came into being. As in Shopify's API, the two kinds differ:

    RESTOCKING has a line and `percent` of that line's refund; RETURN_SHIPPING has an `amount` in
    the order's currency, taken once.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="fees", verbose_name=_("return")
    )
    line = models.ForeignKey(
        ReturnLine,
        on_delete=models.CASCADE,
        related_name="fees",
        verbose_name=_("return line"),
        null=True,
        blank=True,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=FeeKind)
    percent = models.DecimalField(
        _("percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    amount = amount_field(_("amount"), null=True, blank=True)

    class Meta:
        verbose_name = _("fee")
        verbose_name_plural = _("fees")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(
                    kind="RESTOCKING",
                    line__isnull=False,
                    percent__gt=0,
                    percent__lte=100,
                    amount__isnull=True,
                )
                | models.Q(
                    kind="RETURN_SHIPPING",
                    line__isnull=True,
                    percent__isnull=True,
                    amount__gt=0,
                ),
                name="returns_returnfee_percent_or_amount",
            ),
            models.UniqueConstraint(
                fields=["for_return", "kind", "line"],
                name="returns_returnfee_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
