"""What the shop keeps of a refund."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.fields import amount_field
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return


class FeeKind(models.TextChoices):
    """Restocking fees are percents per line, return shipping an amount per return."""

    RESTOCKING = "RESTOCKING", _("Restocking fee")
    RETURN_SHIPPING = "RETURN_SHIPPING", _("Return shipping")


class ReturnFee(models.Model):
    """One fee, agreed when the return came into being. As in Shopify's API, the two kinds differ:

    RESTOCKING has a line and `percent` of that line's refund; RETURN_SHIPPING has an `amount` in
    the order's currency, taken once. A waived fee stays, with who let go of it and why.
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
    waived_at = models.DateTimeField(_("waived at"), null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="waived_fees",
        verbose_name=_("waived by"),
        null=True,
        blank=True,
    )
    waive_reason = models.CharField(_("why it was waived"), max_length=500, blank=True)

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
            models.CheckConstraint(
                condition=models.Q(waived_at__isnull=False) & ~models.Q(waive_reason="")
                | models.Q(waived_at__isnull=True, waived_by__isnull=True, waive_reason=""),
                name="returns_returnfee_waived_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=["for_return", "kind", "line"],
                name="returns_returnfee_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_waived(self) -> bool:
        """Whether somebody let go of it."""
        return self.waived_at is not None
