"""What happened: one log for the timeline, mail, webhooks and the audit trail."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import ActorKind
from orders.models import Order
from returns.models.returns import Return


class EventType(models.TextChoices):
    """One type per verb. The first part is what changed."""

    RETURN_REQUESTED = "return.requested", _("Return requested")
    RETURN_CREATED = "return.created", _("Return created")
    RETURN_APPROVED = "return.approved", _("Return approved")
    RETURN_DECLINED = "return.declined", _("Return declined")
    RETURN_CANCELED = "return.canceled", _("Return canceled")
    LINES_REMOVED = "return.lines_removed", _("Items removed")
    RETURN_PROCESSED = "return.processed", _("Items received")
    GOODS_KEPT = "return.goods_kept", _("The buyer keeps the items")
    SHIPPED_BACK = "return.shipped_back", _("Sent back to the buyer")
    REPAIRED = "return.repaired", _("Repaired and sent back")
    UNEXPECTED_DECIDED = "return.unexpected_decided", _("Unexpected item decided")
    RETURN_CLOSED = "return.closed", _("Return closed")
    RETURN_REOPENED = "return.reopened", _("Return reopened")
    REFUND_SUCCEEDED = "refund.succeeded", _("Refund paid")
    REFUND_FAILED = "refund.failed", _("Refund failed")
    REFUND_RETRIED = "refund.retried", _("Refund tried again")
    FEE_WAIVED = "fee.waived", _("Fee waived")
    PARCEL_ADDED = "parcel.added", _("Parcel announced")
    PARCEL_LABELED = "parcel.labeled", _("Label for a parcel")
    PARCEL_LABEL_FAILED = "parcel.label_failed", _("No label could be made")
    PARCEL_TRACKED = "parcel.tracked", _("Tracking of a parcel changed")
    PARCEL_HANDED_IN = "parcel.handed_in", _("Parcel handed in")
    PARCEL_IN_TRANSIT = "parcel.in_transit", _("Parcel in transit")
    PARCEL_ARRIVED = "parcel.arrived", _("Parcel arrived")
    PARCEL_CORRECTED = "parcel.corrected", _("State of a parcel corrected")
    PARCEL_REMOVED = "parcel.removed", _("Parcel removed")
    EXCHANGE_ADDED = "exchange.added", _("Replacement added")
    EXCHANGE_REMOVED = "exchange.removed", _("Replacement taken out")
    EXCHANGE_EXPIRED = "exchange.expired", _("Replacement no longer reserved")
    EXCHANGE_PAYMENT_ASKED = "exchange.payment_asked", _("Payment asked for")
    EXCHANGE_LINK_PROBLEM = "exchange.link_problem", _("Problem with the payment link")
    EXCHANGE_PAID = "exchange.paid", _("Payment received")
    EXCHANGE_SENT = "exchange.sent", _("Replacement sent")
    MESSAGE_WRITTEN = "message.written", _("Message")
    DETAILS_ASKED = "message.details_asked", _("Details asked for")
    MESSAGE_SETTLED = "message.settled", _("No answer needed")
    RETURN_TAGGED = "return.tagged", _("Tags changed")
    RETURN_ASSIGNED = "return.assigned", _("Assigned")
    BUYER_REMINDED = "return.buyer_reminded", _("Buyer reminded to send the goods")
    STAFF_NOTIFIED = "return.staff_notified", _("Staff notified")
    RETURNS_LISTED = "order.returns_listed", _("Returns allowed or blocked")
    GIFT_CODE_MADE = "gift.code_made", _("Gift code made")
    GIFT_CODE_REVOKED = "gift.code_revoked", _("Gift code revoked")
    CANCELLATION_ASKED = "cancellation.asked", _("Asked to cancel items")
    CANCELLATION_DONE = "cancellation.done", _("Items canceled before they were sent")
    CANCELLATION_DECLINED = "cancellation.declined", _("Canceling items declined")
    PERSON_DATA_ASKED = "order.person_data_asked", _("Personal data asked for")
    PERSON_ERASED = "order.person_erased", _("Personal data erased")
    NOTE_ADDED = "note.added", _("Note")


class Event(models.Model):
    """One thing that somebody did; appended, never edited (a trigger in the database sees to it).

    `data` holds what the texts need, as plain JSON; `internal` events are for staff only.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="events", verbose_name=_("order")
    )
    for_return = models.ForeignKey(
        Return,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("return"),
        null=True,
        blank=True,
    )
    type = models.CharField(_("type"), max_length=40, choices=EventType)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor_kind = models.CharField(_("kind of actor"), max_length=10, choices=ActorKind)
    actor_name = models.CharField(_("who"), max_length=200)
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("login"),
        null=True,
        blank=True,
    )
    # On which occasion, when it was an automation rule.
    run = models.ForeignKey(
        "returns.RuleRun",
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("run of a rule"),
        null=True,
        blank=True,
    )
    # The status before and after, when it changed; else both empty.
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20, blank=True)
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("data"), default=dict)
    internal = models.BooleanField(_("for staff only"), default=False)
    # Whether anybody had subscribed to it when it happened. The statement that inserts the event
    # finds out and tells (what has a default in the database comes back from it), so that an
    # event nobody listens to costs nothing.
    has_subscribers = models.BooleanField(
        _("has subscribers"), default=False, db_default=False, editable=False
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("id",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(type__in=EventType.values), name="returns_event_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values),
                name="returns_event_actor_kind_known",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["type", "-at", "-id"], name="returns_event_newest_of_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d %H:%M}"
