"""What the pages of webhooks show: subscriptions, and their last deliveries with every attempt."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice.settings_pages import Row
from returns.models import (
    AttemptFailure,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTopic,
)


def rows() -> list[Row]:
    """Return the list of subscriptions, with whether anything failed; one query."""
    failed = WebhookDelivery.objects.filter(
        subscription=OuterRef("pk"), status=DeliveryStatus.FAILED
    )
    found = WebhookSubscription.objects.select_related("owner").annotate(
        has_failures=Exists(failed)
    )
    return [
        Row(
            label=each.name or each.address,
            url=reverse("backoffice:webhook", args=[each.pk]),
            cells=[
                each.topic,
                each.address if each.name else "",
                str(each.owner or ""),
                _state(each),
            ],
        )
        for each in found
    ]


def _state(subscription: WebhookSubscription) -> str:
    if not subscription.is_listening:
        return _("Off: the receiver is gone") if subscription.gone else _("Off")
    if getattr(subscription, "has_failures", False):
        return _("On, with failures")
    return _("On")


def facts(subscription: WebhookSubscription) -> list[dict[str, str]]:
    """Return what a subscription is made of."""
    topic = WebhookTopic(subscription.topic)
    return [
        {"label": _("Topic"), "value": f"{topic.label} ({topic.value})"},
        {"label": _("Address"), "value": subscription.address},
        {"label": _("Filter"), "value": subscription.filter or _("none")},
        {"label": _("Fields"), "value": ", ".join(subscription.include_fields) or _("all")},
        {"label": _("API client"), "value": str(subscription.owner or _("none"))},
        {"label": _("State"), "value": _state(subscription)},
        {"label": _("Added"), "value": _moment(subscription.created_at)},
    ]


def deliveries(found: Sequence[WebhookDelivery]) -> list[dict[str, Any]]:
    """Return deliveries for the page. `attempts` should be loaded."""
    return [
        {
            "id": str(each.public_id),
            "when": _moment(each.triggered_at),
            "status": each.status,
            "label": DeliveryStatus(each.status).label,
            "next": _moment(each.due_at) if _waits(each) else "",
            "is_test": each.is_test,
            "body": each.body,
            "attempts": [_attempt(attempt) for attempt in each.attempts.all()],
            "replay_url": _replay_url(each),
        }
        for each in found
    ]


def _waits(delivery: WebhookDelivery) -> bool:
    return delivery.status == DeliveryStatus.PENDING and delivery.tries > 0


def _replay_url(delivery: WebhookDelivery) -> str:
    """Return where to replay a delivery that ended; "" for the others."""
    if delivery.status not in (DeliveryStatus.FAILED, DeliveryStatus.DELIVERED):
        return ""
    return reverse("backoffice:webhook_replay", args=[delivery.subscription_id, delivery.pk])


def _attempt(attempt: WebhookAttempt) -> dict[str, Any]:
    failure = AttemptFailure(attempt.failure).label if attempt.failure else _("Delivered")
    return {
        "at": _moment(attempt.at),
        "status": attempt.status_code or "",
        "words": failure,
        "milliseconds": attempt.milliseconds,
        "answer": attempt.answer,
    }


def _moment(at: Any) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
