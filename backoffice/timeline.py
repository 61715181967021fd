"""What happened, in words for staff."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actors import ActorKind
from backoffice.words import amount_words, counted, moment_words
from orders.models import PaymentMethod, ReturnListing
from returns.automation.actions import NotifyWhom
from returns.models import (
    DeclineReason,
    DispositionType,
    Event,
    EventType,
    FeeKind,
    ParcelState,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event as the timeline shows it; `when` is in the active time zone."""

    type: str
    what: str
    who: str
    note: str
    when: str
    iso: str
    is_internal: bool


def entries(events: Iterable[Event]) -> list[Entry]:
    """Return the entries for events, newest first; no queries."""
    return [_entry(event) for event in sorted(events, key=lambda event: -event.pk)]


def _entry(event: Event) -> Entry:
    details = _details(event)
    title = str(EventType(event.type).label)
    return Entry(
        type=event.type,
        what=f"{title}: {details}" if details else title,
        who=_who(event),
        note=event.note,
        when=moment_words(event.at),
        iso=event.at.isoformat(),
        is_internal=event.internal,
    )


def _who(event: Event) -> str:
    if event.actor_kind != ActorKind.RULE:
        return event.actor_name
    return _("Rule “%(rule)s”") % {"rule": event.actor_name}


def _processed(data: dict[str, Any]) -> str:
    words = [_receipt(told) for told in data.get("receipts", [])]
    if extra := _pieces(data.get("unexpected", [])):
        words.append(_("not expected: %(pieces)s") % {"pieces": extra})
    return "; ".join(words)


def _items(data: dict[str, Any]) -> str:
    return _pieces(data.get("items", []))


def _canceled(data: dict[str, Any]) -> str:
    sent = _pieces(data.get("sent", []))
    if not sent:
        return _items(data)
    told = {"pieces": _items(data), "sent": sent}
    return _("%(pieces)s; sent meanwhile: %(sent)s") % told


def _gift_code(data: dict[str, Any]) -> str:
    words = _("ends in %(hint)s") % {"hint": data["hint"]}
    pieces = _items(data)
    return f"{words} ({pieces})" if pieces else words


def _decided(data: dict[str, Any]) -> str:
    words = counted(data["quantity"], data["title"])
    return f"{words} ({DispositionType(data['type']).label})"


def _removed(data: dict[str, Any]) -> str:
    return _pieces(data.get("removed", []))


def _approved(data: dict[str, Any]) -> str:
    removed = _removed(data)
    return _("without %(pieces)s") % {"pieces": removed} if removed else ""


def _declined(data: dict[str, Any]) -> str:
    reason = data.get("reason")
    return str(DeclineReason(reason).label) if reason in DeclineReason.values else ""


def _paid(data: dict[str, Any]) -> str:
    words = _paid_how(data)
    if "over" not in data:
        return words
    over = amount_words(Decimal(data["over"]), data["currency"])
    told = {"amount": words, "over": over, "reason": data["over_reason"]}
    return _("%(amount)s; %(over)s of it more than was left, because: %(reason)s") % told


def _paid_how(data: dict[str, Any]) -> str:
    words = amount_words(Decimal(data["amount"]), data["currency"])
    if "credit" not in data:
        return words
    told = {
        "amount": words,
        "credit": amount_words(Decimal(data["credit"]), data["currency"]),
        "bonus": amount_words(Decimal(data["bonus"]), data["currency"]),
    }
    if Decimal(data["bonus"]):
        return _("%(amount)s, of it %(credit)s as store credit and %(bonus)s bonus on top") % told
    return _("%(amount)s, of it %(credit)s as store credit") % told


def _received(data: dict[str, Any]) -> str:
    """Say how a payment came in, where that is known."""
    method = data.get("method", PaymentMethod.OTHER)
    words = amount_words(Decimal(data["amount"]), data["currency"])
    if method == PaymentMethod.OTHER:
        return words
    return f"{words} · {PaymentMethod(method).label}"


def _unpaid(data: dict[str, Any]) -> str:
    why = "; ".join(data.get("why", []))
    return f"{_paid(data)} ({why})" if why else _paid(data)


def _waived(data: dict[str, Any]) -> str:
    return str(FeeKind(data["kind"]).label)


def _exchanged(data: dict[str, Any]) -> str:
    words = [
        counted(part["quantity"], part["title"])
        + (f" ({part['options']})" if part["options"] else "")
        for part in data["exchanges"]
    ]
    if data.get("tracking"):
        words.append(str(data["tracking"]))
    return ", ".join(words)


def _opened(data: dict[str, Any]) -> str:
    count = int(data.get("pieces", 0))
    words = [ngettext("%(count)s piece", "%(count)s pieces", count) % {"count": count}]
    if data.get("exchanges"):
        words.append(_("in exchange for %(pieces)s") % {"pieces": _exchanged(data)})
    if data.get("withdrawal"):
        words.append(
            _("withdrawal from contract %(reference)s") % {"reference": data["withdrawal"]}
        )
    if data.get("gift"):
        words.append(_("a gift, by its recipient"))
    if photos := _photos(data):
        words.append(photos)
    if data.get("override_policy"):
        words.append(_("return policy set aside"))
    return ", ".join(words)


def _parcel(data: dict[str, Any]) -> str:
    words = [_("Parcel %(number)s") % {"number": data["number"]}]
    words += [str(data[name]) for name in ("carrier", "tracking_number") if data.get(name)]
    return ", ".join(words)


def _corrected(data: dict[str, Any]) -> str:
    states = [str(ParcelState(data[name]).label) for name in ("before", "state")]
    return f"{_parcel(data)}, {' → '.join(states)}"


def _photos(data: dict[str, Any]) -> str:
    count = int(data.get("photos", 0))
    return (
        ngettext("%(count)s photo", "%(count)s photos", count) % {"count": count} if count else ""
    )


def _tagged(data: dict[str, Any]) -> str:
    signed = [f"+{one}" for one in data["added"]] + [f"-{one}" for one in data["removed"]]
    return ", ".join(signed)


def _assigned(data: dict[str, Any]) -> str:
    return str(data["to"]) or _("nobody")


def _reminded(data: dict[str, Any]) -> str:
    return str(data["email"])


def _notified(data: dict[str, Any]) -> str:
    return str(NotifyWhom(data["to"]).label) if data["to"] in NotifyWhom.values else ""


def _listed(data: dict[str, Any]) -> str:
    whom = _("this order") if data["whom"] == "order" else _("all orders of the customer")
    return f"{whom}: {ReturnListing(data['listing']).label}"


# What else there is to say about an event, from its data.
_DETAILS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    EventType.RETURN_REQUESTED: _opened,
    EventType.RETURN_CREATED: _opened,
    EventType.MESSAGE_WRITTEN: _photos,
    EventType.DETAILS_ASKED: _photos,
    EventType.RETURN_APPROVED: _approved,
    EventType.RETURN_DECLINED: _declined,
    EventType.LINES_REMOVED: _removed,
    EventType.RETURN_PROCESSED: _processed,
    EventType.GOODS_KEPT: _items,
    EventType.SHIPPED_BACK: _items,
    EventType.REPAIRED: _items,
    EventType.CANCELLATION_ASKED: _items,
    EventType.CANCELLATION_DONE: _canceled,
    EventType.CANCELLATION_DECLINED: _items,
    EventType.GIFT_CODE_MADE: _gift_code,
    EventType.GIFT_CODE_REVOKED: _gift_code,
    EventType.UNEXPECTED_DECIDED: _decided,
    EventType.RETURN_TAGGED: _tagged,
    EventType.RETURN_ASSIGNED: _assigned,
    EventType.BUYER_REMINDED: _reminded,
    EventType.STAFF_NOTIFIED: _notified,
    EventType.FEE_WAIVED: _waived,
    EventType.RETURNS_LISTED: _listed,
    EventType.EXCHANGE_ADDED: _exchanged,
    EventType.EXCHANGE_REMOVED: _exchanged,
    EventType.EXCHANGE_EXPIRED: _exchanged,
    EventType.EXCHANGE_SENT: _exchanged,
    EventType.EXCHANGE_PAYMENT_ASKED: _paid,
    EventType.EXCHANGE_PAID: _received,
    EventType.REFUND_SUCCEEDED: _paid,
    EventType.REFUND_FAILED: _unpaid,
    EventType.REFUND_RETRIED: _paid,
    **{type_: _parcel for type_ in EventType if type_.startswith("parcel.")},
    EventType.PARCEL_CORRECTED: _corrected,
}


def _details(event: Event) -> str:
    words = _DETAILS.get(event.type)
    return words(event.data) if words else ""


def _pieces(told: list[dict[str, Any]]) -> str:
    return ", ".join(counted(part["quantity"], part["title"]) for part in told)


def _receipt(told: dict[str, Any]) -> str:
    became = ", ".join(
        f"{part['quantity']} {DispositionType(part['type']).label}" for part in told["dispositions"]
    )
    words = counted(told["quantity"], told["title"]) if told["quantity"] else str(told["title"])
    return f"{words} ({became})" if became else words
