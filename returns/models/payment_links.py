"""Links at gateways by which buyers pay for replacements, kept until nobody can pay by them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.fields import amount_field
from returns.models.returns import Return


class LinkState(models.TextChoices):
    """Whether somebody can still pay by a link."""

    OPEN = "OPEN", _("Open")
    PAID = "PAID", _("Paid")
    CLOSED = "CLOSED", _("Closed")


class PaymentLink(models.Model):
    """One link that a gateway made; only its state changes, under the lock of the order.

    `Return.payment_link` repeats the address of the one that the buyer is shown. `key`: what the
    gateway was given, so that a call that is made again makes no second link. `reference`: the
    gateway's own id of the link.
    """

    for_return = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="payment_links", verbose_name=_("return")
    )
    gateway = models.CharField(_("gateway"), max_length=50)
    key = models.CharField(_("key"), max_length=255, unique=True)
    reference = models.CharField(_("the gateway's own id"), max_length=200)
    url = models.URLField(_("address"), max_length=1000)
    amount = amount_field(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(
        _("state"), max_length=10, choices=LinkState, default=LinkState.OPEN, editable=False
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment link")
        verbose_name_plural = _("payment links")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="returns_paymentlink_reference_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=LinkState.values),
                name="returns_paymentlink_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0), name="returns_paymentlink_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(state="OPEN", ended_at__isnull=True)
                | (~models.Q(state="OPEN") & models.Q(ended_at__isnull=False)),
                name="returns_paymentlink_ended_at_matches_state",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # What the periodic job asks about.
            models.Index(
                fields=["id"],
                name="returns_paymentlink_open",
                condition=models.Q(state="OPEN"),
            ),
            models.Index(
                fields=["ended_at"],
                name="returns_paymentlink_closed",
                condition=models.Q(state="CLOSED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"
