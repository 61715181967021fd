"""What goes to the buyer in place of what comes back, and what the buyer paid for it on top."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Location, OrderLine, Payment, Variant
from orders.models.fields import amount_field
from returns.models.return_lines import ReturnLine
from returns.models.returns import Return


class ExchangeStatus(models.TextChoices):
    """What a replacement waits for. Kept by `exchanges.replacements` under the return's lock."""

    PENDING = "PENDING", _("Waits for the return")
    AWAITING_PAYMENT = "AWAITING_PAYMENT", _("Waits for payment")
    READY = "READY", _("Ready to send")
    PROCESSED = "PROCESSED", _("Sent")
    REMOVED = "REMOVED", _("Not sent")


class ExchangeLine(models.Model):
    """So many pieces of a variant that the buyer gets instead; all from one location.

    quantity = processed + unprocessed, removed pieces have left `quantity`, as with return lines.
    Title, SKU, options and price are as agreed, whatever the shop changes afterwards. The price of
    the line: unit_price x agreed pieces - discount_total, + tax_total unless the order's prices
    include it, as with order lines; agreed pieces = quantity + removed.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.CASCADE, related_name="exchange_lines", verbose_name=_("return")
    )
    return_line = models.ForeignKey(
        ReturnLine,
        on_delete=models.CASCADE,
        related_name="exchange_lines",
        verbose_name=_("replaces"),
        null=True,
        blank=True,
    )
    variant = models.ForeignKey(
        Variant,
        on_delete=models.PROTECT,
        related_name="exchange_lines",
        verbose_name=_("variant"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=ExchangeStatus, default=ExchangeStatus.PENDING
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    removed_quantity = models.PositiveIntegerField(_("removed"), default=0)
    processed_quantity = models.PositiveIntegerField(_("sent"), default=0)
    sku = models.CharField(_("SKU"), max_length=100)
    title = models.CharField(_("title"), max_length=255)
    options = models.JSONField(_("options"), default=dict, blank=True)
    image = models.CharField(_("picture"), max_length=500, blank=True)
    unit_price = amount_field(_("unit price"))
    discount_total = amount_field(_("discounts"), default=0)
    tax_total = amount_field(_("tax"), default=0)
    is_even = models.BooleanField(
        _("even"), default=False, help_text=_("Costs exactly what the returned pieces bring.")
    )
    # Where the pieces are sent from; of these, `reserved_quantity` are held until `reserved_until`.
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="exchange_lines",
        verbose_name=_("sent from"),
    )
    reserved_quantity = models.PositiveIntegerField(_("reserved"), default=0)
    reserved_until = models.DateTimeField(_("reserved until"))

    class Meta:
        verbose_name = _("exchange line")
        verbose_name_plural = _("exchange lines")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(status__in=ExchangeStatus.values),
                name="returns_exchangeline_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0) | models.Q(removed_quantity__gt=0),
                name="returns_exchangeline_not_empty",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    processed_quantity__lte=models.F("quantity"),
                    reserved_quantity__lte=models.F("quantity") - models.F("processed_quantity"),
                ),
                name="returns_exchangeline_counters_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    unit_price__gte=0,
                    discount_total__gte=0,
                    tax_total__gte=0,
                    discount_total__lte=models.F("unit_price")
                    * (models.F("quantity") + models.F("removed_quantity")),
                ),
                name="returns_exchangeline_amounts_in_range",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # What the job that ends reservations looks for.
            models.Index(
                fields=["reserved_until"],
                name="returns_exchangeline_reserved",
                condition=models.Q(reserved_quantity__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"

    @property
    def options_text(self) -> str:
        """The options in one line, as in `Size: M, Colour: red`."""
        return ", ".join(f"{name}: {value}" for name, value in self.options.items())

    @property
    def agreed_quantity(self) -> int:
        """The pieces that the amounts are for, also those that were taken out since."""
        return self.quantity + self.removed_quantity

    @property
    def unprocessed_quantity(self) -> int:
        """Pieces that have not been sent yet."""
        return self.quantity - self.processed_quantity

    @property
    def subtotal(self) -> Decimal:
        """Price of all agreed pieces after discounts, as the order's prices are."""
        return self.unit_price * self.agreed_quantity - self.discount_total


class ExchangeShipment(models.Model):
    """Pieces of an exchange line that were sent, and the line of the order that they became."""

    exchange_line = models.ForeignKey(
        ExchangeLine,
        on_delete=models.PROTECT,
        related_name="shipments",
        verbose_name=_("exchange line"),
    )
    order_line = models.OneToOneField(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="exchange_shipment",
        verbose_name=_("order line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now)

    class Meta:
        verbose_name = _("sent replacement")
        verbose_name_plural = _("sent replacements")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="returns_exchangeshipment_quantity_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of exchange line {self.exchange_line_id}"


class ExchangePayment(models.Model):
    """A payment that the buyer made for the replacement of one return; appended, never edited.

    `key` is the same for the same payment, however often it is told: the form's or the gateway's.
    """

    for_return = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        related_name="exchange_payments",
        verbose_name=_("return"),
    )
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        related_name="exchange_payment",
        verbose_name=_("payment"),
    )
    key = models.CharField(_("key"), max_length=255, unique=True)
    amount = amount_field(_("amount"))

    class Meta:
        verbose_name = _("payment for a replacement")
        verbose_name_plural = _("payments for replacements")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="returns_exchangepayment_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
