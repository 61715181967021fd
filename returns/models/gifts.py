"""Codes with which the recipients of gifts return them."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind
from orders.models import Order, OrderLine


class GiftCode(models.Model):
    """What lets whoever holds it return some pieces of an order, for credit of their own.

    It ends with the time for returns of its lines, which is worked out and not stored.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="gift_codes", verbose_name=_("order")
    )
    # As it is, because a gift receipt is printed again (docs/adr/0032-gifts.md).
    code = models.CharField(_("code"), max_length=20, unique=True, editable=False)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    created_by_kind = models.CharField(_("made by"), max_length=10, choices=ActorKind)
    created_by_name = models.CharField(_("who made it"), max_length=200)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("gift code")
        verbose_name_plural = _("gift codes")
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(created_by_kind__in=ActorKind.values),
                name="returns_giftcode_created_by_known",
            ),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9A-HJKMNP-TV-Z]{12}$"),
                name="returns_giftcode_code_readable",
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.code[-4:]}"

    @property
    def is_revoked(self) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked_at is not None


class GiftCodeLine(models.Model):
    """So many pieces of an order line that were given."""

    gift_code = models.ForeignKey(
        GiftCode, on_delete=models.CASCADE, related_name="lines", verbose_name=_("gift code")
    )
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="gift_code_lines",
        verbose_name=_("order line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a gift code")
        verbose_name_plural = _("lines of gift codes")
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["gift_code", "order_line"], name="returns_giftcodeline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="returns_giftcodeline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
