"""What the buyer gets instead, and what is to be paid for it, as pages about a return show it."""

from typing import Any

from django.db.models import Prefetch, Subquery, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import pictures
from orders.money import ZERO
from returns.models import ExchangeLine, ExchangeStatus, Return
from returns.store_credit import ledger
from storefront.sums import money

_LOOKS = {
    ExchangeStatus.PENDING: ("neutral", "clock"),
    ExchangeStatus.AWAITING_PAYMENT: ("attention", "money"),
    ExchangeStatus.READY: ("info", "package"),
    ExchangeStatus.PROCESSED: ("positive", "truck"),
    ExchangeStatus.REMOVED: ("neutral", "ban"),
}


def load(return_: Return) -> None:
    """Load the replacements, and what store credit could pay of what is owed for them.

    One query; none when there are no replacements.
    """
    if not return_.exchange_quantity:
        return
    found = ExchangeLine.objects.all()
    if return_.exchange_owed:
        credit = ledger.left(ledger.of_order(return_.order), at=timezone.now())
        found = found.annotate(credit=Subquery(credit[:1]))
    prefetch_related_objects([return_], Prefetch("exchange_lines", queryset=found))


def lines(return_: Return) -> list[dict[str, Any]]:
    """Return the replacements of a return as things in a list; see `load`.

    Those that were taken out whole are left out. No queries.
    """
    if not return_.exchange_quantity:
        return []
    return [_line(return_, line) for line in return_.exchange_lines.all() if line.quantity]


def _line(return_: Return, line: ExchangeLine) -> dict[str, Any]:
    status = ExchangeStatus(line.status)
    tone, icon = _LOOKS[status]
    return {
        "picture_url": pictures.url(line.image),
        "title": line.title,
        "options": line.options_text,
        "quantity": line.quantity,
        "removed": line.removed_quantity,
        "tone": tone,
        "icon": icon,
        "state": _words(return_, status),
    }


def _words(return_: Return, status: ExchangeStatus) -> str:
    if status == ExchangeStatus.PENDING and return_.approved_at is None:
        return _("Reserved for you")
    words = {
        ExchangeStatus.PENDING: _("Is sent when your items are back"),
        ExchangeStatus.AWAITING_PAYMENT: _("Waits for your payment"),
        ExchangeStatus.READY: _("Is sent soon"),
        ExchangeStatus.PROCESSED: _("On its way to you"),
        ExchangeStatus.REMOVED: _("Not sent"),
    }
    return words[status]


def payment(return_: Return) -> dict[str, str] | None:
    """Return what is to be paid for replacements and how; None when nothing is.

    No queries after `load`.
    """
    if not return_.exchange_owed:
        return None
    credit = next((line.credit for line in return_.exchange_lines.all()), None)  # type: ignore[attr-defined]
    part = min(credit or ZERO, return_.exchange_owed)
    return {
        "amount": money(return_.exchange_owed, return_.order.currency),
        "credit": money(part, return_.order.currency) if part else "",
        "url": return_.payment_link,
        "reference": return_.reference,
        "email": return_.store.email,
    }
