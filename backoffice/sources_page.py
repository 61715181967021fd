"""What the pages of order sources show: sources, what they sent, and what became of it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice import listing
from backoffice.settings_pages import Row
from orders.models import OrderSource, SourceDelivery, SourceDeliveryStatus, SourceKind
from returns.incoming.personal_data import DATA_REQUEST
from returns.incoming.topics import TOPICS

_OPEN = (SourceDeliveryStatus.RECEIVED, SourceDeliveryStatus.FAILED)


def rows() -> list[Row]:
    """Return the list of sources with their last message and how it goes; two queries."""
    found = OrderSource.objects.select_related("store").annotate(
        last_at=Max("deliveries__received_at")
    )
    counts = _counts()
    return [
        Row(
            label=each.name,
            url=reverse("backoffice:source", args=[each.pk]),
            cells=[
                SourceKind(each.kind).label,
                each.store.name,
                _moment(each.last_at) or _("none yet"),
                _state(each, counts[each.pk]),
            ],
        )
        for each in found
    ]


def _counts() -> dict[int, dict[str, int]]:
    """Count what waits or failed, and what came in within a day, by source; one query."""
    recent = Q(received_at__gte=timezone.now() - timedelta(days=1))
    found = (
        SourceDelivery.objects.filter(recent | Q(status__in=_OPEN))
        .order_by()
        .values_list("source", "status")
        .annotate(Count("pk"))
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for source, status, count in found:
        counts[source][status] = count
    return counts


def _state(source: OrderSource, counts: dict[str, int]) -> str:
    words = [
        text % {"count": counts[status]}
        for status, text in (
            (SourceDeliveryStatus.FAILED, _("%(count)s failed")),
            (SourceDeliveryStatus.RECEIVED, _("%(count)s waiting")),
            (SourceDeliveryStatus.APPLIED, _("%(count)s taken in within a day")),
            (SourceDeliveryStatus.IGNORED, _("%(count)s not needed within a day")),
        )
        if counts.get(status)
    ]
    return ", ".join([_("On") if source.is_on else _("Off"), *words])


def facts(source: OrderSource) -> list[dict[str, str]]:
    """Return what a source is made of."""
    means = source.get_completed_means_display()
    found = [
        (_("Shop software"), SourceKind(source.kind).label),
        (_("Store"), source.store.name),
        (_("Domain of the shop"), source.shop_domain or _("any")),
        (_("What “completed” means"), str(means)),
        (_("Personalised by"), source.personalised_by or _("nothing")),
        (_("State"), _("On") if source.is_on else _("Off")),
        (_("Added"), _moment(source.created_at)),
        (_("Added by"), str(source.created_by) if source.created_by else ""),
    ]
    if source.kind == SourceKind.SHOPIFY:
        del found[3]
    return [{"label": label, "value": value} for label, value in found if value]


def address(source: OrderSource) -> str:
    """Return where the shop sends to."""
    path = reverse(f"webhooks:{source.kind}", args=[source.public_id])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def topics(source: OrderSource) -> list[str]:
    """Return what the shop is to send."""
    return list(TOPICS[SourceKind(source.kind)])


def tabs(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    """Return the filters by what became of messages."""
    named = [("", _("All")), *SourceDeliveryStatus.choices]
    return [
        {
            "label": label,
            "url": listing.address(request, {"status": value}),
            "is_current": value == chosen,
        }
        for value, label in named
    ]


def deliveries(found: Sequence[SourceDelivery], *, may_see: bool) -> list[dict[str, Any]]:
    """Return messages for the page. may_see: whether this person may read them and replay them."""
    return [
        {
            "id": each.webhook_id,
            "topic": each.topic,
            "version": each.api_version,
            "received": _moment(each.received_at),
            "happened": _moment(each.triggered_at),
            "status": each.status,
            "label": SourceDeliveryStatus(each.status).label,
            "message": each.message,
            "attempts": each.attempts,
            "next": _moment(each.due_at) if each.attempts else "",
            "order": each.order.reference if each.order else "",
            "order_url": reverse("backoffice:order", args=[each.order_id]) if each.order else "",
            "body": each.body if may_see else "",
            "replay_url": _url("source_replay", each) if may_see and _can_replay(each) else "",
            "person_url": _url("source_person", each) if may_see and _is_request(each) else "",
        }
        for each in found
    ]


def _can_replay(delivery: SourceDelivery) -> bool:
    return bool(delivery.body) and delivery.status != SourceDeliveryStatus.RECEIVED


def _is_request(delivery: SourceDelivery) -> bool:
    return bool(delivery.body) and delivery.topic == DATA_REQUEST


def _url(name: str, delivery: SourceDelivery) -> str:
    return reverse(f"backoffice:{name}", args=[delivery.source_id, delivery.pk])


def _moment(at: datetime | None) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
