"""Where a return stands, in the words of somebody who waits for money."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from returns.models import Event, EventType, Return, ReturnStatus
from storefront import dates
from storefront.sums import money

# What buyers need not know: staff's own notes, and a payment that is tried again.
HIDDEN = (EventType.NOTE_ADDED, EventType.REFUND_FAILED, EventType.EXCHANGE_EXPIRED)

# What tells of replacements.
EXCHANGED = (EventType.EXCHANGE_ADDED, EventType.EXCHANGE_REMOVED, EventType.EXCHANGE_SENT)


def label(return_: Return) -> str:
    """Return in a word or two where the return stands."""
    if return_.status == ReturnStatus.CLOSED and return_.refunded_amount:
        return _("Refunded")
    if return_.status == ReturnStatus.CLOSED and return_.exchanged_quantity:
        return _("Exchanged")
    if return_.status != ReturnStatus.OPEN:
        return str(ReturnStatus(return_.status).label)
    if not return_.processed_quantity:
        return _("Approved")
    return _("Partly received") if return_.unprocessed_quantity else _("Received")


def steps(return_: Return) -> list[dict[str, Any]]:
    """Return the steps from the request to the money; the one reached last is the current one."""
    if return_.status == ReturnStatus.CANCELED:
        return []
    if return_.status == ReturnStatus.DECLINED:
        return _steps([_("Requested"), _("Declined")], reached=1)
    ends = _("Exchanged") if return_.exchange_quantity else _("Refunded")
    labels = [_("Requested"), _("Approved"), _("Received"), ends]
    return _steps(labels, reached=_reached(return_))


def _reached(return_: Return) -> int:
    if return_.status == ReturnStatus.REQUESTED:
        return 0
    if return_.unprocessed_quantity:
        return 1
    if return_.exchange_quantity:
        return 3 if return_.exchanged_quantity == return_.exchange_quantity else 2
    return 3 if return_.refunded_amount else 2


def _steps(labels: Sequence[str], *, reached: int) -> list[dict[str, Any]]:
    return [
        {"label": words, "is_done": index < reached, "is_current": index == reached}
        for index, words in enumerate(labels)
    ]


def explained(return_: Return) -> dict[str, str]:
    """Return `tone`, `title` and `text`: what the status means and what to do now."""
    words = {
        ReturnStatus.REQUESTED: _requested,
        ReturnStatus.OPEN: _open,
        ReturnStatus.CLOSED: _closed,
        ReturnStatus.DECLINED: _declined,
        ReturnStatus.CANCELED: _canceled,
    }
    return words[ReturnStatus(return_.status)](return_)


def _requested(return_: Return) -> dict[str, str]:
    return {
        "tone": "info",
        "title": _("We are looking at your request"),
        "text": _("Keep the items for now. We write to you as soon as it is decided."),
    }


def _open(return_: Return) -> dict[str, str]:
    if not return_.unprocessed_quantity and return_.exchange_quantity:
        return {
            "tone": "info",
            "title": _("Everything has arrived"),
            "text": _("We check the items. You get a mail when the replacement is on its way."),
        }
    if not return_.unprocessed_quantity:
        return {
            "tone": "info",
            "title": _("Everything has arrived"),
            "text": _("We check the items and pay you back. You get a mail when it is done."),
        }
    if return_.processed_quantity:
        counts = {"some": return_.processed_quantity, "all": return_.total_quantity}
        title = _("%(some)s of %(all)s pieces have arrived") % counts
    else:
        title = _("Send the items back")
    if return_.send_by is None:
        return {"tone": "info", "title": title, "text": _("Put the slip into the parcel.")}
    text = _("Put the slip into the parcel and hand it in by %(day)s.")
    return {"tone": "info", "title": title, "text": text % {"day": dates.day(return_.send_by)}}


def _closed(return_: Return) -> dict[str, str]:
    if return_.exchanged_quantity and not return_.refunded_amount:
        return {
            "tone": "positive",
            "title": _("All done"),
            "text": _("The replacement is on its way to you."),
        }
    if return_.refunded_amount:
        paid = money(return_.refunded_amount, return_.order.currency)
        text = _("We paid you back %(amount)s. It can take some days until you see it.")
        return {"tone": "positive", "title": _("All done"), "text": text % {"amount": paid}}
    return {
        "tone": "neutral",
        "title": _("This return is closed"),
        "text": _("If you still wait for something, answer any of our mails."),
    }


def _declined(return_: Return) -> dict[str, str]:
    reason = str(return_.get_decline_reason_display()) if return_.decline_reason != "OTHER" else ""
    return {
        "tone": "critical",
        "title": _("We cannot take these items back"),
        "text": return_.decline_note or reason,
    }


def _canceled(return_: Return) -> dict[str, str]:
    return {
        "tone": "neutral",
        "title": _("This return was canceled"),
        "text": _("You can ask again as long as the items can go back."),
    }


def timeline(return_: Return, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return what happened, newest first, as buyers may read it; staff appear as the shop."""
    zone = return_.store.zone
    return [
        {
            "type": event.type,
            "what": _what(event),
            "who": _("You") if event.actor_kind == "BUYER" else return_.store.name,
            "note": event.note if event.type == EventType.RETURN_DECLINED else "",
            "when": dates.moment(event.at, zone),
            "iso": event.at.isoformat(),
        }
        for event in reversed(events)
        if not event.internal and event.type not in HIDDEN
    ]


def _what(event: Event) -> str:
    """Say what happened; with the amount or the pieces, where the event tells them."""
    label = str(EventType(event.type).label)
    if event.type == EventType.REFUND_SUCCEEDED:
        paid = money(Decimal(event.data["amount"]), event.data["currency"])
        return _("Refund of %(amount)s paid") % {"amount": paid}
    if event.type in (EventType.EXCHANGE_PAYMENT_ASKED, EventType.EXCHANGE_PAID):
        amount = money(Decimal(event.data["amount"]), event.data["currency"])
        return _("%(event)s: %(items)s") % {"event": label, "items": amount}
    if event.type in EXCHANGED:
        told = ", ".join(
            f"{part['quantity']} × {part['title']} ({part['options']})"  # noqa: RUF001
            for part in event.data["exchanges"]
        )
        return _("%(event)s: %(items)s") % {"event": label, "items": told}
    if event.type == EventType.LINES_REMOVED:
        gone = ", ".join(f"{part['quantity']} × {part['title']}" for part in event.data["removed"])  # noqa: RUF001
        return _("%(event)s: %(items)s") % {"event": label, "items": gone}
    if event.type == EventType.RETURN_PROCESSED:
        pieces = sum(receipt["quantity"] for receipt in event.data["receipts"])
        if pieces:
            text = ngettext("%(count)s piece received", "%(count)s pieces received", pieces)
            return text % {"count": pieces}
    return label
