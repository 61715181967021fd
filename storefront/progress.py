"""Where a return stands, in the words of somebody who waits for money."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import PaymentMethod
from returns.models import Event, EventType, FeeKind, RefundTo, Return, ReturnStatus
from storefront import dates
from storefront.sums import money

# What buyers need not know: staff's own notes, and a payment that is tried again.
HIDDEN = (
    EventType.NOTE_ADDED,
    EventType.MESSAGE_SETTLED,
    EventType.PERSON_DATA_ASKED,
    EventType.PERSON_ERASED,
    EventType.RETURNS_LISTED,
    EventType.REFUND_FAILED,
    EventType.REFUND_RETRIED,
    EventType.PARCEL_LABEL_FAILED,
    EventType.PARCEL_CORRECTED,
    EventType.EXCHANGE_EXPIRED,
    EventType.EXCHANGE_LINK_PROBLEM,
    EventType.RETURN_TAGGED,
    EventType.RETURN_ASSIGNED,
    EventType.STAFF_NOTIFIED,
)

# Events whose note is a message to the buyer.
TOLD = (EventType.RETURN_DECLINED, EventType.SHIPPED_BACK, EventType.REPAIRED)


def label(return_: Return) -> str:
    """Return in a word or two where the return stands."""
    if is_kept(return_):
        return _("Yours to keep")
    if return_.status == ReturnStatus.CLOSED and return_.refunded_amount:
        return _("Refunded")
    if return_.status == ReturnStatus.CLOSED and return_.exchanged_quantity:
        return _("Exchanged")
    if return_.status != ReturnStatus.OPEN:
        return str(ReturnStatus(return_.status).label)
    if not return_.processed_quantity:
        return _("Approved")
    return _("Partly received") if return_.unprocessed_quantity else _("Received")


def is_kept(return_: Return) -> bool:
    """Whether the buyer keeps all of it and waits for the money; `lines` should be loaded."""
    if return_.status != ReturnStatus.CLOSED or return_.refunded_amount:
        return False
    lines = return_.lines.all()
    all_kept = all(line.quantity == line.kept_quantity for line in lines)
    return all_kept and any(line.kept_quantity for line in lines)


def steps(return_: Return, *, is_sent: bool = False) -> list[dict[str, Any]]:
    """Return the steps from the request to the money; the one reached last is the current one.

    is_sent: a parcel was handed in.
    """
    if return_.status == ReturnStatus.CANCELED:
        return []
    if return_.status == ReturnStatus.DECLINED:
        return _steps([_("Requested"), _("Declined")], reached=1)
    ends = _("Exchanged") if return_.exchange_quantity else _("Refunded")
    ends = _("Store credit") if return_.is_gift else ends
    labels = [_("Requested"), _("Approved"), _("Received"), ends]
    if return_.status == ReturnStatus.CLOSED and is_kept(return_):
        labels[2] = _("Yours to keep")
    reached = _reached(return_)
    if is_sent and reached == 1:
        labels.insert(2, _("On the way"))
        reached = 2
    return _steps(labels, reached=reached)


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


def explained(return_: Return, *, is_sent: bool = False) -> dict[str, str]:
    """Return `tone`, `title` and `text`: what the status means and what to do now.

    is_sent: a parcel was handed in, and nothing is left to be.
    """
    if is_sent and return_.status == ReturnStatus.OPEN and not return_.processed_quantity:
        return {
            "tone": "info",
            "title": _("Your parcel is on its way"),
            "text": _("We write to you when it has arrived and the items are checked."),
        }
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
        text = _("We check the items and pay you back. You get a mail when it is done.")
        if all(line.is_repair for line in return_.lines.all()):
            text = _("We repair the items and send them back. You get a mail when that is done.")
        return {"tone": "info", "title": _("Everything has arrived"), "text": text}
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
    if return_.is_gift and return_.refunded_amount:
        text = _("You have store credit for it. You got a mail with all about it.")
        return {"tone": "positive", "title": _("All done"), "text": text}
    if return_.refunded_amount:
        paid = money(return_.refunded_amount, return_.order.currency)
        text = _("We paid you back %(amount)s. It can take some days until you see it.")
        if return_.refund_to == RefundTo.STORE_CREDIT:
            text = _("We gave you back %(amount)s. See below how much of it is store credit.")
        return {"tone": "positive", "title": _("All done"), "text": text % {"amount": paid}}
    if is_kept(return_):
        return {
            "tone": "positive",
            "title": _("Keep the items"),
            "text": _("You need not send anything. We pay you back, and you get a mail."),
        }
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
            "note": event.note if event.type in TOLD else "",
            "when": dates.moment(event.at, zone),
            "iso": event.at.isoformat(),
        }
        for event in reversed(events)
        if not event.internal and event.type not in HIDDEN
    ]


def _what(event: Event) -> str:
    """Say what happened; with the amount or the pieces, where the event tells them."""
    label = str(EventType(event.type).label)
    if event.type in _WORDS:
        return _WORDS[EventType(event.type)](event, label)
    if event.type.startswith("parcel."):
        return _with(label, _("Parcel %(number)s") % {"number": event.data["number"]})
    return label


def _with(label: str, items: str) -> str:
    return _("%(event)s: %(items)s") % {"event": label, "items": items}


def _paid(event: Event, _label: str) -> str:
    paid = money(Decimal(event.data["amount"]), event.data["currency"])
    return _("Refund of %(amount)s paid") % {"amount": paid}


def _waived(event: Event, label: str) -> str:
    return _with(label, str(FeeKind(event.data["kind"]).label))


def _pieces(parts: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{part['quantity']} × {part['title']}" for part in parts)  # noqa: RUF001


def _amount(event: Event, label: str) -> str:
    return _with(label, money(Decimal(event.data["amount"]), event.data["currency"]))


def _payment(event: Event, label: str) -> str:
    is_credit = event.data.get("method") == PaymentMethod.STORE_CREDIT
    return _amount(event, _("Paid with store credit") if is_credit else label)


def _exchanged(event: Event, label: str) -> str:
    return _with(
        label,
        ", ".join(
            f"{part['quantity']} × {part['title']} ({part['options']})"  # noqa: RUF001
            for part in event.data["exchanges"]
        ),
    )


def _removed(event: Event, label: str) -> str:
    return _with(label, _pieces(event.data["removed"]))


def _kept(event: Event, _label: str) -> str:
    return _("You keep %(items)s") % {"items": _pieces(event.data["items"])}


def _shipped_back(event: Event, _label: str) -> str:
    return _("Sent back to you: %(items)s") % {"items": _pieces(event.data["items"])}


def _repaired(event: Event, _label: str) -> str:
    return _("Repaired and sent back to you: %(items)s") % {"items": _pieces(event.data["items"])}


def _received(event: Event, label: str) -> str:
    pieces = sum(receipt["quantity"] for receipt in event.data["receipts"])
    if not pieces:
        return label
    return ngettext("%(count)s piece received", "%(count)s pieces received", pieces) % {
        "count": pieces
    }


_WORDS: Final[dict[EventType, Callable[[Event, str], str]]] = {
    EventType.REFUND_SUCCEEDED: _paid,
    EventType.FEE_WAIVED: _waived,
    EventType.EXCHANGE_PAYMENT_ASKED: _amount,
    EventType.EXCHANGE_PAID: _payment,
    EventType.EXCHANGE_ADDED: _exchanged,
    EventType.EXCHANGE_REMOVED: _exchanged,
    EventType.EXCHANGE_SENT: _exchanged,
    EventType.LINES_REMOVED: _removed,
    EventType.GOODS_KEPT: _kept,
    EventType.SHIPPED_BACK: _shipped_back,
    EventType.REPAIRED: _repaired,
    EventType.RETURN_PROCESSED: _received,
    EventType.BUYER_REMINDED: lambda _event, _label: _("We reminded you to send the items"),
}
