"""Shops that send orders in by webhook, what they sent, and what became of it."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.products import Product
from orders.models.stores import Store

SECRET_LENGTH = 200
TOPIC_LENGTH = 60


class SourceKind(models.TextChoices):
    """Which shop software it is. The values are part of the addresses that shops send to."""

    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"


class CompletedMeans(models.TextChoices):
    """What a shop that has one status for it means by an order that is complete."""

    SHIPPED = "SHIPPED", _("sent to the buyer")
    DELIVERED = "DELIVERED", _("arrived at the buyer")


class OrderSource(models.Model):
    """One shop that sends its orders to one store, signed with a secret that both know.

    After a change of the secret the one before counts too, until `previous_secret_until`.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="sources", verbose_name=_("store")
    )
    kind = models.CharField(_("shop software"), max_length=20, choices=SourceKind)
    name = models.CharField(_("name"), max_length=100)
    shop_domain = models.CharField(_("domain of the shop"), max_length=255, blank=True)
    secret = models.CharField(max_length=SECRET_LENGTH, editable=False)
    previous_secret = models.CharField(max_length=SECRET_LENGTH, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    completed_means = models.CharField(
        _("completed means"),
        max_length=10,
        choices=CompletedMeans,
        default=CompletedMeans.SHIPPED,
    )
    personalised_by = models.CharField(_("personalised by"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="order_sources",
        verbose_name=_("added by"),
        null=True,
        blank=True,
    )
    created_at = models.DateTimeField(_("added at"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order source")
        verbose_name_plural = _("order sources")
        ordering = ("name", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SourceKind.values),
                name="orders_ordersource_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(completed_means__in=CompletedMeans.values),
                name="orders_ordersource_completed_means_known",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_secret_until__isnull=True)
                | (~models.Q(previous_secret="") & models.Q(previous_secret_until__isnull=False)),
                name="orders_ordersource_previous_secret_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        """Whether it may send."""
        return self.disabled_at is None

    @property
    def personalising(self) -> frozenset[str]:
        """The names of properties that make a line one to the buyer's order, in small letters."""
        names = (name.strip().casefold() for name in self.personalised_by.split(","))
        return frozenset(name for name in names if name)

    def secrets(self, at: datetime) -> list[str]:
        """Return the secrets that count at a moment, the newest first."""
        until = self.previous_secret_until
        older = [self.previous_secret] if until is not None and at < until else []
        return [self.secret, *older]


class SourceDeliveryStatus(models.TextChoices):
    """Where a delivery stands. FAILED: it was tried often enough and waits for a person."""

    RECEIVED = "RECEIVED", _("Waiting")
    APPLIED = "APPLIED", _("Taken in")
    IGNORED = "IGNORED", _("Not needed")
    FAILED = "FAILED", _("Failed")


class SourceDelivery(models.Model):
    """One message of a shop as it came, and what became of it; changed by `orders.sources`.

    `body` holds personal data: it is emptied after a while and when a person is erased.
    """

    source = models.ForeignKey(
        OrderSource,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("source"),
    )
    # The shop's own id of the message: the same message again is the same row.
    webhook_id = models.CharField(_("id of the message"), max_length=100)
    topic = models.CharField(_("topic"), max_length=TOPIC_LENGTH)
    api_version = models.CharField(_("API version"), max_length=20, blank=True)
    triggered_at = models.DateTimeField(_("happened at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    body = models.TextField(_("body"), blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=SourceDeliveryStatus,
        default=SourceDeliveryStatus.RECEIVED,
    )
    message = models.CharField(_("what became of it"), max_length=1000, blank=True)
    # Of the current series: a replay begins a new one.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("to be tried at"), null=True, blank=True)
    # The shop's id of an order that has to come in first.
    waits_for = models.CharField(max_length=100, blank=True, editable=False)
    order = models.ForeignKey(
        Order,
        on_delete=models.SET_NULL,
        related_name="source_deliveries",
        verbose_name=_("order"),
        null=True,
        blank=True,
    )
    settled_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery of a source")
        verbose_name_plural = _("deliveries of sources")
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["source", "webhook_id"], name="orders_sourcedelivery_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=SourceDeliveryStatus.values),
                name="orders_sourcedelivery_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="RECEIVED", settled_at__isnull=True)
                | (~models.Q(status="RECEIVED") & models.Q(settled_at__isnull=False)),
                name="orders_sourcedelivery_settled_at_matches_status",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["source", "-id"], name="orders_sourcedelivery_newest"),
            models.Index(fields=["source", "status", "-id"], name="orders_sourcedelivery_status"),
            models.Index(
                fields=["source", "waits_for"],
                name="orders_sourcedelivery_waiting",
                condition=models.Q(status="RECEIVED"),
            ),
            models.Index(fields=["received_at"], name="orders_sourcedelivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.webhook_id}"


class RecordKind(models.TextChoices):
    """What of a shop is known by its own id."""

    ORDER = "ORDER", _("Order")
    FULFILLMENT = "FULFILLMENT", _("Fulfilment")
    PRODUCT = "PRODUCT", _("Product")


class SourceRecord(models.Model):
    """Something of a shop, by its id there: what it is here, and as of when it was taken in.

    What a shop says is taken in only when it is not older than `changed_at`, its own time.
    """

    source = models.ForeignKey(
        OrderSource, on_delete=models.CASCADE, related_name="records", verbose_name=_("source")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=RecordKind)
    external_id = models.CharField(_("the shop's own id"), max_length=100)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    order = models.ForeignKey(
        Order,
        on_delete=models.CASCADE,
        related_name="source_records",
        verbose_name=_("order"),
        null=True,
        blank=True,
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.SET_NULL,
        related_name="source_records",
        verbose_name=_("product"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("record of a source")
        verbose_name_plural = _("records of sources")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["source", "kind", "external_id"], name="orders_sourcerecord_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=RecordKind.values),
                name="orders_sourcerecord_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
