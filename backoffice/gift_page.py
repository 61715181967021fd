"""Gifts as staff see them: the codes of an order, and who is who on a gift's return."""

from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.words import counted, moment_words
from orders.models import Order
from returns.gifts import codes as gift_codes
from returns.locales import Reader
from returns.models import GiftCode, GiftCodeLine, Return
from returns.places import sender_place


def codes(order: Order, *, may_change: bool) -> list[dict[str, Any]]:
    """Return the gift codes of an order, the newest first; one query."""
    rows = GiftCodeLine.objects.filter(gift_code__order=order)
    found: dict[GiftCode, list[GiftCodeLine]] = {}
    for row in rows.select_related("gift_code", "order_line").order_by("-gift_code", "pk"):
        found.setdefault(row.gift_code, []).append(row)
    return [_code(order, code, lines, may_change) for code, lines in found.items()]


def _code(
    order: Order, code: GiftCode, lines: list[GiftCodeLine], may_change: bool
) -> dict[str, Any]:
    args = [order.pk, code.pk]
    is_good = may_change and not code.is_revoked
    return {
        "code": gift_codes.written(code),
        "items": items(lines),
        "who": code.created_by_name,
        "when": moment_words(code.created_at),
        "revoked": moment_words(code.revoked_at),
        "receipt_url": reverse("backoffice:gift_receipt", args=args) if is_good else "",
        "revoke_url": reverse("backoffice:revoke_gift", args=args) if is_good else "",
    }


def items(lines: list[GiftCodeLine]) -> str:
    """Return what was given."""
    return ", ".join(counted(line.quantity, line.order_line.title) for line in lines)


def recipient_facts(return_: Return) -> list[dict[str, str]]:
    """Return who returns a gift; [] for a return that is none. No queries."""
    if not return_.is_gift:
        return []
    reader = Reader.of(get_language() or "en")
    place = sender_place(return_) if return_.recipient_address else {}
    rows = [
        (_("Name"), return_.recipient_name),
        (_("E-mail"), return_.recipient_email),
        (_("Address"), ", ".join(reader.address(place)) if place else ""),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]
