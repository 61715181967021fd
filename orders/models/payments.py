"""Money that was captured for an order."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import amount_field
from orders.models.orders import Order


class PaymentMethod(models.TextChoices):
    """How the buyer paid."""

    CARD = "CARD", _("Card")
    PAYPAL = "PAYPAL", _("PayPal")
    BANK_TRANSFER = "BANK_TRANSFER", _("Bank transfer")
    INVOICE = "INVOICE", _("Invoice")
    GIFT_CARD = "GIFT_CARD", _("Gift card")
    STORE_CREDIT = "STORE_CREDIT", _("Store credit")
    CASH = "CASH", _("Cash")
    OTHER = "OTHER", _("Other")


class Payment(models.Model):
    """One captured transaction on one payment method, in the order's currency.

    `refunded_amount` counts refunds that went out or are under way. It is changed only under the
    order's row lock, and the database refuses more than was captured.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    external_id = models.CharField(_("the gateway's own id"), max_length=200, blank=True)
    method = models.CharField(
        _("method"), max_length=20, choices=PaymentMethod, default=PaymentMethod.OTHER
    )
    gateway = models.CharField(
        _("gateway"), max_length=50, default="manual", help_text=_("What refunds go through.")
    )
    amount = amount_field(_("captured"))
    refunded_amount = amount_field(_("refunded"), default=0, editable=False)
    captured_at = models.DateTimeField(_("captured at"), default=timezone.now)
    from_exchange = models.BooleanField(
        _("from an exchange"),
        default=False,
        editable=False,
        help_text=_("Added here; imports of the order leave it alone."),
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("captured_at", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(method__in=PaymentMethod.values),
                name="orders_payment_method_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="orders_payment_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_amount__gte=0, refunded_amount__lte=models.F("amount")),
                name="orders_payment_refunds_at_most_captured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.get_method_display()})"

    @property
    def refundable_amount(self) -> Decimal:
        """What can still go back on this payment, in the order's currency."""
        return self.amount - self.refunded_amount
