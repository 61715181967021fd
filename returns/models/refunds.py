"""Money that goes back. Rows are appended; a correction is a new row."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine, Payment
from orders.models.fields import amount_field, currency_field
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return


class RefundStatus(models.TextChoices):
    """PENDING until the gateway's answer is known; it counts as paid until then."""

    PENDING = "PENDING", _("Under way")
    SUCCEEDED = "SUCCEEDED", _("Paid back")
    FAILED = "FAILED", _("Failed")


class RefundQuerySet(models.QuerySet["Refund"]):
    """The vocabulary of looking for refunds."""

    def left_pending(self, before: datetime) -> "RefundQuerySet":
        """Refunds made before a moment whose outcome is still not known."""
        return self.filter(status=RefundStatus.PENDING, created_at__lt=before)


class Refund(models.Model):
    """One paying back for an order, with or without a return, in its currency, and of what.

    amount = items_amount + shipping_amount - restocking_fee - return_shipping_fee - exchange_amount
    - outstanding_amount + adjustment, where all parts but the adjustment are as proposed, tax
    included in them. `over_amount` of it is more than was left on the payments: somebody who may do
    that said why in `over_reason`, and it is paid apart from them.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order")
    )
    for_return = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        related_name="refunds",
        verbose_name=_("return"),
        null=True,
        blank=True,
    )
    # The same key is the same refund, however often it is sent, here and at the gateway.
    idempotency_key = models.UUIDField(unique=True)
    status = models.CharField(
        _("status"), max_length=20, choices=RefundStatus, default=RefundStatus.PENDING
    )
    currency = currency_field()
    amount = amount_field(_("amount"))
    items_amount = amount_field(_("items"), default=0)
    items_tax = amount_field(_("tax within items"), default=0)
    shipping_amount = amount_field(_("shipping"), default=0)
    shipping_tax = amount_field(_("tax within shipping"), default=0)
    restocking_fee = amount_field(_("restocking fee"), default=0)
    return_shipping_fee = amount_field(_("fee for return shipping"), default=0)
    exchange_amount = amount_field(
        _("kept for pieces in exchange"),
        default=0,
        help_text=_("Below 0: comes back for pieces that were taken out after they were paid."),
    )
    outstanding_amount = amount_field(_("kept for what was not paid yet"), default=0)
    adjustment = amount_field(
        _("adjustment"), default=0, help_text=_("What a person added (or took away: below 0).")
    )
    over_amount = amount_field(_("more than was left"), default=0)
    over_reason = models.CharField(_("why more than was left"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="refunds",
        verbose_name=_("made by"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    settled_at = models.DateTimeField(_("outcome known at"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=RefundStatus.values),
                name="returns_refund_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount__gte=0,
                    items_amount__gte=0,
                    items_tax__gte=0,
                    shipping_amount__gte=0,
                    shipping_tax__gte=0,
                    restocking_fee__gte=0,
                    return_shipping_fee__gte=0,
                    outstanding_amount__gte=0,
                ),
                name="returns_refund_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount=models.F("items_amount")
                    + models.F("shipping_amount")
                    - models.F("restocking_fee")
                    - models.F("return_shipping_fee")
                    - models.F("exchange_amount")
                    - models.F("outstanding_amount")
                    + models.F("adjustment")
                ),
                name="returns_refund_parts_sum_to_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(over_amount__gte=0, over_amount__lte=models.F("amount")),
                name="returns_refund_over_amount_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(over_amount=0) | ~models.Q(over_reason=""),
                name="returns_refund_over_amount_has_reason",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"],
                name="returns_refund_pending",
                condition=models.Q(status="PENDING"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class RefundLine(models.Model):
    """What of a refund is for which pieces; tax included in `amount`, `tax` says how much.

    The pieces are of a line of the refund's return, or of a line of the order when it has none.
    """

    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="lines", verbose_name=_("refund")
    )
    return_line = models.ForeignKey(
        ReturnLine,
        on_delete=models.PROTECT,
        related_name="refund_lines",
        verbose_name=_("return line"),
        null=True,
        blank=True,
    )
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="refund_lines",
        verbose_name=_("order line"),
        null=True,
        blank=True,
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = amount_field(_("amount"))
    tax = amount_field(_("tax within"), default=0)
    # The same tax one by one, where the order's line tells them apart (orders/taxes.py).
    taxes = models.JSONField(_("taxes"), default=list, blank=True)
    restocking_fee = amount_field(_("restocking fee"), default=0)

    class Meta:
        verbose_name = _("refund line")
        verbose_name_plural = _("refund lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["refund", "return_line"], name="returns_refundline_once"
            ),
            models.UniqueConstraint(
                fields=["refund", "order_line"], name="returns_refundline_order_line_once"
            ),
            models.CheckConstraint(
                condition=models.Q(return_line__isnull=False, order_line__isnull=True)
                | models.Q(return_line__isnull=True, order_line__isnull=False),
                name="returns_refundline_of_return_or_order",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    quantity__gt=0,
                    amount__gte=0,
                    tax__gte=0,
                    tax__lte=models.F("amount"),
                    restocking_fee__gte=0,
                    restocking_fee__lte=models.F("amount"),
                ),
                name="returns_refundline_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity}: {self.amount}"

    @property
    def key(self) -> int:
        """The primary key of the line, of the return or of the order, that the pieces are of."""
        return int(self.return_line_id or self.order_line_id or 0)

    @property
    def sold(self) -> OrderLine:
        """The line of the order that the pieces are of."""
        if self.order_line is not None:
            return self.order_line
        # The database refuses a row with neither.
        return self.return_line.fulfillment_line.order_line  # type: ignore[union-attr]


class RefundTransaction(models.Model):
    """The part of a refund that goes to one payment, through that payment's gateway.

    With the gateway `store_credit` the buyer gets credit in place of money on that payment.
    Without a payment it is what was paid on top of all that was left on them, by hand or as credit.
    """

    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("refund")
    )
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        related_name="refund_transactions",
        verbose_name=_("payment"),
        null=True,
        blank=True,
    )
    gateway = models.CharField(_("gateway"), max_length=50)
    amount = amount_field(_("amount"))
    status = models.CharField(
        _("status"), max_length=20, choices=RefundStatus, default=RefundStatus.PENDING
    )
    # Counts on only after the gateway said for certain that nothing goes out.
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    gateway_reference = models.CharField(_("the gateway's own id"), max_length=200, blank=True)
    failure = models.CharField(_("why it failed"), max_length=500, blank=True)
    settled_at = models.DateTimeField(_("outcome known at"), null=True, blank=True)

    class Meta:
        verbose_name = _("refund transaction")
        verbose_name_plural = _("refund transactions")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["refund", "payment", "gateway"], name="returns_refundtransaction_once"
            ),
            models.UniqueConstraint(
                fields=["refund", "gateway"],
                condition=models.Q(payment__isnull=True),
                name="returns_refundtransaction_on_top_once",
            ),
            models.CheckConstraint(
                condition=models.Q(payment__isnull=False)
                | models.Q(gateway__in=["manual", "store_credit"]),
                name="returns_refundtransaction_on_top_needs_no_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0),
                name="returns_refundtransaction_amount_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(attempt__gt=0),
                name="returns_refundtransaction_attempt_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RefundStatus.values),
                name="returns_refundtransaction_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} through {self.gateway}"

    @property
    def gateway_key(self) -> str:
        """The key that the gateway is given: the refund's, this part of it, the attempt from 2 on.

        A gateway answers the same key with the same answer, so an attempt after a definite
        failure needs its own (docs/adr/0013).
        """
        key = f"{self.refund.idempotency_key}:{self.pk}"
        return key if self.attempt == 1 else f"{key}:{self.attempt}"
