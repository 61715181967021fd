"""Template tags of the visual language: icons, pictures, alerts, the badges of states.

`{% load look %}`, then `{% icon "check" %}`, `{% status_badge return_.status label %}`.
Which icon and which tone a state has is written here once for both sites.
"""

from functools import lru_cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# State of a return, order or line -> (tone, icon). The words come from the caller, translated.
STATES: dict[str, tuple[str, str]] = {
    "REQUESTED": ("attention", "clock"),
    "OPEN": ("info", "package"),
    "CLOSED": ("positive", "check-circle"),
    "DECLINED": ("critical", "x-circle"),
    "CANCELED": ("neutral", "ban"),
    # order.return_status
    "NO_RETURN": ("neutral", "minus"),
    "RETURN_REQUESTED": ("attention", "clock"),
    "IN_PROGRESS": ("info", "package"),
    "RETURNED": ("positive", "return"),
    # dispositions
    "RESTOCKED": ("positive", "warehouse"),
    "NOT_RESTOCKED": ("neutral", "ban"),
    "PROCESSING_REQUIRED": ("attention", "search"),
    "MISSING": ("critical", "help"),
    "EXPECTED": ("info", "truck"),
    "KEPT": ("neutral", "gift"),
    "SHIPPED_BACK": ("attention", "truck"),
    # parcels back
    "LABEL_MADE": ("neutral", "tag"),
    "HANDED_IN": ("info", "upload"),
    "IN_TRANSIT": ("info", "truck"),
    "ARRIVED": ("positive", "package"),
    # refunds and their transactions
    "PENDING": ("attention", "clock"),
    "AWAITING_PAYMENT": ("attention", "money"),
    "READY": ("info", "package"),
    "PROCESSED": ("positive", "truck"),
    "REMOVED": ("neutral", "ban"),
    "SUCCEEDED": ("positive", "check"),
    "FAILED": ("critical", "alert"),
    # webhook deliveries
    "DELIVERED": ("positive", "check"),
    "SKIPPED": ("neutral", "minus"),
    # messages of shops
    "RECEIVED": ("attention", "clock"),
    "APPLIED": ("positive", "check"),
    "IGNORED": ("neutral", "minus"),
    # entries of store credit
    "CREDIT": ("positive", "plus"),
    "BONUS": ("positive", "plus"),
    "DEBIT": ("neutral", "minus"),
    "EXPIRY": ("attention", "clock"),
    "REVERSAL": ("neutral", "refresh"),
    # withdrawals
    "QUEUED": ("neutral", "clock"),
    "TO_CHECK": ("attention", "eye"),
    "HANDLED": ("info", "return"),
    "SETTLED": ("positive", "check"),
    # runs of automation rules, and the rules themselves
    "NOTHING": ("neutral", "minus"),
    "ON": ("positive", "check"),
    "OFF": ("neutral", "minus"),
    "STOPPED": ("critical", "alert"),
    # what a buyer's history says
    "LOW": ("neutral", "check"),
    "MEDIUM": ("attention", "eye"),
    "HIGH": ("critical", "alert"),
    # imports
    "WAITING": ("attention", "clock"),
    "RUNNING": ("info", "refresh"),
    "DONE": ("positive", "check"),
    "REFUSED": ("critical", "alert"),
    # policies for existing orders
    "PREVIEWING": ("info", "refresh"),
    "PREVIEWED": ("attention", "clock"),
    "APPLYING": ("info", "refresh"),
}
UNKNOWN = ("neutral", "info")

# Type of an event -> (tone, icon), for the timeline.
EVENTS: dict[str, tuple[str, str]] = {
    "return.requested": ("attention", "inbox"),
    "return.created": ("info", "plus"),
    "return.approved": ("positive", "check"),
    "return.declined": ("critical", "x"),
    "return.canceled": ("neutral", "ban"),
    "return.lines_removed": ("neutral", "minus"),
    "return.processed": ("info", "package"),
    "return.goods_kept": ("positive", "gift"),
    "return.shipped_back": ("attention", "truck"),
    "return.repaired": ("positive", "truck"),
    "return.unexpected_decided": ("info", "help"),
    "return.closed": ("positive", "check-circle"),
    "exchange.added": ("info", "plus"),
    "exchange.removed": ("neutral", "minus"),
    "exchange.expired": ("attention", "clock"),
    "exchange.payment_asked": ("attention", "money"),
    "exchange.link_problem": ("attention", "alert"),
    "exchange.paid": ("positive", "money"),
    "exchange.sent": ("positive", "truck"),
    "return.reopened": ("attention", "refresh"),
    "refund.succeeded": ("positive", "money"),
    "refund.failed": ("critical", "alert"),
    "refund.retried": ("info", "refresh"),
    "fee.waived": ("positive", "money"),
    "order.returns_listed": ("attention", "ban"),
    "order.person_data_asked": ("info", "download"),
    "order.person_erased": ("neutral", "lock"),
    "parcel.added": ("neutral", "package"),
    "parcel.labeled": ("info", "tag"),
    "parcel.label_failed": ("critical", "alert"),
    "parcel.tracked": ("neutral", "pin"),
    "parcel.handed_in": ("info", "upload"),
    "parcel.in_transit": ("info", "truck"),
    "parcel.arrived": ("positive", "package"),
    "parcel.corrected": ("attention", "edit"),
    "parcel.removed": ("neutral", "trash"),
    "message.written": ("info", "mail"),
    "message.details_asked": ("attention", "help"),
    "withdrawal.received": ("info", "upload"),
    "withdrawal.acknowledged": ("positive", "mail"),
    "withdrawal.handled": ("neutral", "search"),
    "withdrawal.order_chosen": ("info", "search"),
    "withdrawal.return_opened": ("info", "return"),
    "withdrawal.settled": ("positive", "check"),
    "message.settled": ("neutral", "check"),
    "return.tagged": ("neutral", "tag"),
    "return.assigned": ("neutral", "users"),
    "return.buyer_reminded": ("info", "mail"),
    "return.staff_notified": ("attention", "mail"),
    "gift.code_made": ("info", "gift"),
    "gift.code_revoked": ("neutral", "ban"),
    "cancellation.asked": ("attention", "clock"),
    "cancellation.done": ("neutral", "ban"),
    "cancellation.declined": ("critical", "x"),
    "note.added": ("neutral", "note"),
}
UNKNOWN_EVENT = ("neutral", "dots")

# Tone, or level of a Django message -> (tone, icon).
ALERTS: dict[str, tuple[str, str]] = {
    "positive": ("positive", "check-circle"),
    "attention": ("attention", "alert"),
    "critical": ("critical", "alert"),
    "info": ("info", "info"),
    "neutral": ("neutral", "info"),
    "success": ("positive", "check-circle"),
    "warning": ("attention", "alert"),
    "error": ("critical", "alert"),
    "debug": ("neutral", "info"),
}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Return the sprite's icon `name` (see `static/img/icons.svg`), hidden from screen readers.

    `size` is "" (1.25 em) or "large". Put words beside it: an icon never stands alone.
    """
    return _icon(name, size, static("img/icons.svg"))


@lru_cache(maxsize=256)
def _icon(name: str, size: str, sprite: str) -> SafeString:
    """Draw each icon once: a list shows some of them on every row."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" icon--{size}" if size else "",
        sprite,
        name,
    )


@register.simple_tag(takes_context=True)
def drawn(context: Context, name: str) -> SafeString:
    """Draw a component with all that the page knows, to place it more than once (`as`)."""
    template_of_page = context.template
    assert template_of_page is not None  # noqa: S101 - set while a page is drawn
    return template_of_page.engine.get_template(name).render(context)


@register.simple_tag
def picture(name: str) -> SafeString:
    """Return the empty state's picture `name` from `static/img/pictures.svg`, as decoration."""
    return format_html(
        '<svg class="empty__picture" viewBox="0 0 120 96" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        static("img/pictures.svg"),
        name,
    )


@register.filter
def event_tone(event_type: str) -> str:
    """Return the tone of an event on the timeline."""
    return EVENTS.get(str(event_type), UNKNOWN_EVENT)[0]


@register.filter
def event_icon(event_type: str) -> str:
    """Return the name of the icon that marks an event on the timeline."""
    return EVENTS.get(str(event_type), UNKNOWN_EVENT)[1]


@register.simple_tag
def status_badge(state: str, label: Any) -> SafeString:
    """Draw the badge of `state` with the translated words `label`; an unknown state is neutral."""
    tone, icon_name = STATES.get(str(state), UNKNOWN)
    return _badge(tone, icon_name, str(label), static("img/icons.svg"))


@lru_cache(maxsize=256)
def _badge(tone: str, icon_name: str, label: str, _sprite: str) -> SafeString:
    """Draw each badge once: a list shows a few of them on all its rows."""
    context = {"tone": tone, "icon": icon_name, "label": label}
    return render_to_string("components/badge.html", context)


@register.inclusion_tag("components/alert.html")
def alert(tone: str, text: Any, title: Any = "", role: str = "") -> dict[str, Any]:
    """Draw an alert; `tone` is a tone or the level of a Django message, `role` an ARIA role."""
    alert_tone, icon_name = ALERTS.get(tone, UNKNOWN)
    return {"tone": alert_tone, "icon": icon_name, "text": text, "title": title, "role": role}
