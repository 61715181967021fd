"""What was sent of an order, when, and how it travelled."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order, OrderLine
from orders.models.stores import Location


class Fulfillment(models.Model):
    """One parcel to the buyer."""

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="fulfillments", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("Counted per order from 1."))
    external_id = models.CharField(_("the shop's own id"), max_length=100, blank=True)
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="fulfillments",
        verbose_name=_("sent from"),
        null=True,
        blank=True,
    )
    shipped_at = models.DateTimeField(_("shipped at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    tracking_company = models.CharField(_("carrier"), max_length=100, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=100, blank=True)
    tracking_url = models.URLField(_("tracking link"), max_length=500, blank=True)
    from_exchange = models.BooleanField(
        _("from an exchange"),
        default=False,
        editable=False,
        help_text=_("Added here; imports of the order leave it alone."),
    )

    class Meta:
        verbose_name = _("fulfilment")
        verbose_name_plural = _("fulfilments")
        ordering = ("number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "number"], name="orders_fulfillment_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(delivered_at__isnull=True)
                | models.Q(delivered_at__gte=models.F("shipped_at")),
                name="orders_fulfillment_delivered_after_shipped",
            ),
        ]

    def __str__(self) -> str:
        return f"F{self.number}"


class FulfillmentLine(models.Model):
    """So many pieces of an order line in one parcel: what a return takes back.

    `returning_quantity` counts the pieces in live returns (not declined, canceled or removed).
    It is changed only under the order's row lock, and the database refuses more than were sent.
    """

    fulfillment = models.ForeignKey(
        Fulfillment, on_delete=models.CASCADE, related_name="lines", verbose_name=_("fulfilment")
    )
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.CASCADE,
        related_name="fulfillment_lines",
        verbose_name=_("order line"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    returning_quantity = models.PositiveIntegerField(
        _("quantity in live returns"), default=0, editable=False
    )

    class Meta:
        verbose_name = _("fulfilment line")
        verbose_name_plural = _("fulfilment lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["fulfillment", "order_line"], name="orders_fulfillmentline_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0),
                name="orders_fulfillmentline_quantity_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(returning_quantity__lte=models.F("quantity")),
                name="orders_fulfillmentline_returns_at_most_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
