"""Who is told what happened: subscriptions, deliveries and every attempt to deliver."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient
from returns.models.events import Event

ADDRESS_LENGTH = 1000
NAME_LENGTH = 50
FILTER_LENGTH = 1000
API_VERSION = "2026-10"


class WebhookTopic(models.TextChoices):
    """What can be subscribed to. Names as Shopify's, and withdrawals of contracts."""

    RETURNS_REQUEST = "returns/request", _("Return requested")
    RETURNS_APPROVE = "returns/approve", _("Return approved")
    RETURNS_DECLINE = "returns/decline", _("Return declined")
    RETURNS_CANCEL = "returns/cancel", _("Return canceled")
    RETURNS_UPDATE = "returns/update", _("Return changed")
    RETURNS_PROCESS = "returns/process", _("Items received")
    RETURNS_CLOSE = "returns/close", _("Return closed")
    RETURNS_REOPEN = "returns/reopen", _("Return reopened")
    ATTACH_DELIVERABLE = "reverse_deliveries/attach_deliverable", _("Label or tracking added")
    DISPOSE = "reverse_fulfillment_orders/dispose", _("Decided what becomes of items")
    REFUNDS_CREATE = "refunds/create", _("Refund paid")
    WITHDRAWALS_CREATE = "withdrawals/create", _("Contract withdrawn from")


class WebhookSubscriptionQuerySet(models.QuerySet["WebhookSubscription"]):
    """The vocabulary of looking for subscriptions."""

    def listening(self) -> "WebhookSubscriptionQuerySet":
        """Those that are told."""
        return self.filter(disabled_at__isnull=True)


class WebhookSubscription(models.Model):
    """One address that is told of one topic, with the secret its deliveries are signed with.

    After a rotation the secret before counts too, until `previous_secret_until`. `owner` is the
    program that made it and alone sees it by API; without one it belongs to the back office.
    """

    owner = models.ForeignKey(
        ApiClient,
        on_delete=models.CASCADE,
        related_name="webhook_subscriptions",
        verbose_name=_("API client"),
        null=True,
        blank=True,
    )
    topic = models.CharField(_("topic"), max_length=60, choices=WebhookTopic)
    address = models.CharField(_("address"), max_length=ADDRESS_LENGTH)
    name = models.CharField(_("name"), max_length=NAME_LENGTH, blank=True)
    filter = models.CharField(_("filter"), max_length=FILTER_LENGTH, blank=True)
    include_fields = ArrayField(
        models.CharField(max_length=100), verbose_name=_("fields"), default=list, blank=True
    )
    api_version = models.CharField(_("API version"), max_length=20, default=API_VERSION)
    secret = models.CharField(max_length=200, editable=False)
    previous_secret = models.CharField(max_length=200, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("added at"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    # Whether the receiver did it by answering "410 Gone", not a person.
    gone = models.BooleanField(_("receiver is gone"), default=False)

    objects = WebhookSubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook subscription")
        verbose_name_plural = _("webhook subscriptions")
        ordering = ("topic", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner", "topic", "address"], name="returns_webhooksubscription_once"
            ),
            models.UniqueConstraint(
                fields=["topic", "address"],
                condition=models.Q(owner__isnull=True),
                name="returns_webhooksubscription_once_by_staff",
            ),
            models.CheckConstraint(
                condition=models.Q(topic__in=WebhookTopic.values),
                name="returns_webhooksubscription_topic_known",
            ),
            models.CheckConstraint(
                condition=models.Q(previous_secret="", previous_secret_until__isnull=True)
                | (~models.Q(previous_secret="") & models.Q(previous_secret_until__isnull=False)),
                name="returns_webhooksubscription_previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(gone=False) | models.Q(disabled_at__isnull=False),
                name="returns_webhooksubscription_gone_is_disabled",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.topic} → {self.address}"

    @property
    def is_listening(self) -> bool:
        """Whether it is told."""
        return self.disabled_at is None

    def secrets(self, at: datetime) -> list[str]:
        """Return the secrets that count at a moment, the newest first."""
        until = self.previous_secret_until
        older = [self.previous_secret] if until is not None and at < until else []
        return [self.secret, *older]


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "PENDING", _("Under way")
    DELIVERED = "DELIVERED", _("Delivered")
    FAILED = "FAILED", _("Failed")
    SKIPPED = "SKIPPED", _("Filtered out")


class WebhookDelivery(models.Model):
    """One message for one subscription. Its body is written once and sent the same each time."""

    subscription = models.ForeignKey(
        WebhookSubscription,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("subscription"),
    )
    # What it tells: an event, or without one what `key` names, which came with its body.
    event = models.ForeignKey(
        Event,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("event"),
        null=True,
        blank=True,
    )
    # The row that the body is about, where one event is about several.
    subject_id = models.BigIntegerField(null=True, blank=True, editable=False)
    # The same news is delivered once to a subscription, however often it is fanned out.
    key = models.CharField(max_length=100, editable=False)
    public_id = models.UUIDField(_("id of the message"), default=uuid.uuid4, unique=True)
    # The same for all deliveries of one act.
    act_id = models.UUIDField(editable=False)
    triggered_at = models.DateTimeField(_("happened at"))
    is_test = models.BooleanField(_("test"), default=False)
    body = models.TextField(_("body"), blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=DeliveryStatus, default=DeliveryStatus.PENDING
    )
    # Of the current series: a replay begins a new one.
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("to be sent at"), default=timezone.now)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    settled_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ("-id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subscription", "key"], name="returns_webhookdelivery_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values),
                name="returns_webhookdelivery_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="PENDING", settled_at__isnull=True)
                | (~models.Q(status="PENDING") & models.Q(settled_at__isnull=False)),
                name="returns_webhookdelivery_settled_at_matches_status",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["subscription", "due_at", "id"],
                name="returns_webhookdelivery_due",
                condition=models.Q(status="PENDING"),
            ),
            models.Index(
                fields=["subscription", "-id"],
                name="returns_webhookdelivery_failed",
                condition=models.Q(status="FAILED"),
            ),
            models.Index(fields=["subscription", "-id"], name="returns_webhookdelivery_newest"),
            models.Index(fields=["settled_at"], name="returns_webhookdelivery_ended"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class AttemptFailure(models.TextChoices):
    """Why an attempt failed before or besides an answer; "" when the answer says it."""

    ANSWER = "ANSWER", _("The answer was not a success (2xx)")
    REFUSED_ADDRESS = "REFUSED_ADDRESS", _("The address is not allowed")
    UNKNOWN_HOST = "UNKNOWN_HOST", _("The host is unknown")
    NO_CONNECTION = "NO_CONNECTION", _("No connection")
    TIMEOUT = "TIMEOUT", _("No answer in time")
    BROKEN = "BROKEN", _("The connection broke off")


class WebhookAttempt(models.Model):
    """One attempt to deliver, and how it ended; appended, never edited."""

    delivery = models.ForeignKey(
        WebhookDelivery,
        on_delete=models.CASCADE,
        related_name="attempts",
        verbose_name=_("delivery"),
    )
    at = models.DateTimeField(_("at"))
    milliseconds = models.PositiveIntegerField(_("duration in milliseconds"))
    status_code = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    failure = models.CharField(
        _("failure"), max_length=20, choices=AttemptFailure, blank=True, default=""
    )
    answer = models.CharField(_("beginning of the answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(failure__in=["", *AttemptFailure.values]),
                name="returns_webhookattempt_failure_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status_code or self.failure} {self.at:%Y-%m-%d %H:%M:%S}"
