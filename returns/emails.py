"""The mails that buyers get, and the store when a buyer writes.

One function per mail, and which event sends which.

Each function returns the message, unsent, in the language of the return; None when the order has
no e-mail address. The texts are in `templates/emails/`.
"""

import re
from collections.abc import Callable, Sequence
from email.utils import formataddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actors import ActorKind
from orders.models import Order, Store
from returns import places, slips, statements
from returns.links import buyer_link, order_link, staff_link
from returns.locales import Reader
from returns.models import (
    BuyerParcel,
    DeclineReason,
    DispositionType,
    Event,
    EventType,
    Refund,
    RefundTransaction,
    Return,
    ReturnLine,
    ReverseDelivery,
)
from returns.models import (
    Message as WrittenMessage,
)
from returns.parcels import label_files
from returns.refunds.gateways import STORE_CREDIT
from returns.store_credit import ledger

Message = EmailMultiAlternatives


def for_event(event: Event) -> Message | None:
    """Return the mail that tells the buyer of this event; None when there is nothing to tell.

    A second mail for the same event has the same Message-ID, so that mail programs show it once.
    """
    if event.internal:
        return None
    message = _of_order(event) if event.for_return is None else _of_return(event.for_return, event)
    if message is not None:
        about = event.for_return or event.order
        message.extra_headers["Message-ID"] = _message_id(f"event-{event.pk}", about)
    return message


def _of_return(return_: Return, event: Event) -> Message | None:
    build = _MAILS.get(event.type)
    return build(return_, event) if build is not None else None


def _of_order(event: Event) -> Message | None:
    if event.type != EventType.REFUND_SUCCEEDED:
        return None
    return order_refunded(event.order, Refund.objects.get(pk=event.data["refund"]))


def request_received(return_: Return) -> Message | None:
    """Confirm that a request came in and waits for a decision."""
    return _build("request_received", return_, with_items=True)


def approved(return_: Return, *, removed: Sequence[dict[str, Any]] = ()) -> Message | None:
    """Ask for the goods; the slip is attached, and every label that there is.

    removed: title and quantity of what was not approved.
    """
    reader = Reader.of(return_.language, return_.store.country)
    parcels = list(return_.parcels.all())
    message = _build(
        "approved",
        return_,
        with_items=True,
        removed=removed,
        send_by=reader.date(return_.send_by) if return_.send_by else "",
        addresses=_addresses(return_, reader),
        links=[parcel.label_url for parcel in parcels if parcel.label_url],
        has_label=any(parcel.label for parcel in parcels),
    )
    if message is not None:
        message.attach(slips.filename([return_]), slips.render([return_]), "application/pdf")
        for parcel in parcels:
            _attach_label(message, return_, parcel)
    return message


def labeled(return_: Return, event: Event) -> Message | None:
    """Send the label of a parcel: attached, or as a link to where it is."""
    parcel = return_.parcels.filter(pk=event.data.get("parcel")).first()
    if parcel is None or not parcel.has_label or not event.data.get("notify"):
        return None
    reader = Reader.of(return_.language, return_.store.country)
    message = _build(
        "labeled",
        return_,
        send_by=reader.date(return_.send_by) if return_.send_by else "",
        label_url=parcel.label_url,
        carrier=parcel.carrier_name,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
    )
    if message is not None:
        _attach_label(message, return_, parcel)
    return message


def _attach_label(message: Message, return_: Return, parcel: ReverseDelivery) -> None:
    """Attach a label that we keep; a file that is gone from the storage is left out."""
    if not parcel.label:
        return
    try:
        with parcel.label.open("rb") as file:
            content = file.read()
    except OSError:
        return
    message.attach(label_files.file_name(return_, parcel), content, parcel.label_type)


def _addresses(return_: Return, reader: Reader) -> list[list[str]]:
    """Return where the goods go, each address once."""
    work = return_.reverse_fulfillments.select_related("location").order_by("pk")
    store = return_.store
    found = [places.return_place(store, one.location) for one in work]
    found = found or [places.return_place(store)]
    return [places.return_address(store, reader, place) for place in found]


def declined(return_: Return) -> Message | None:
    """Say that a request was refused, and why."""
    # "Another reason" says nothing; the shop's own words, which it needs, say it.
    is_named = return_.decline_reason not in ("", DeclineReason.OTHER)
    with translation.override(Reader.of(return_.language, return_.store.country).language):
        reason = str(DeclineReason(return_.decline_reason).label) if is_named else ""
    return _build("declined", return_, reason=reason, note=return_.decline_note)


def received(return_: Return, event: Event) -> Message | None:
    """Say which goods arrived, and which of them were missing in the parcel."""
    arrived, missing, repairs = [], [], []
    for receipt in event.data.get("receipts", ()):
        count = sum(
            disposition["quantity"]
            for disposition in receipt["dispositions"]
            if disposition["type"] == DispositionType.MISSING
        )
        if receipt["quantity"] > count:
            arrived.append({"title": receipt["title"], "quantity": receipt["quantity"] - count})
            repairs.append(bool(receipt.get("repair")))
        if count:
            missing.append({"title": receipt["title"], "quantity": count})
    if not arrived and not missing:
        return None
    return _build(
        "received",
        return_,
        items=arrived,
        missing=missing,
        is_paid_back=not all(repairs),
        is_repaired=any(repairs),
    )


def goods_kept(return_: Return, event: Event) -> Message | None:
    """Say which items the buyer may keep, and what is still to be sent."""
    words = {"items": event.data["items"], "still_to_send": return_.unprocessed_quantity}
    return _build("goods_kept", return_, **words)


def shipped_back(return_: Return, event: Event) -> Message | None:
    """Say which items come back to the buyer, why, and how to follow the parcel."""
    parcel = BuyerParcel.objects.get(pk=event.data["parcel"])
    return _build(
        "shipped_back", return_, items=event.data["items"], note=parcel.message, parcel=parcel
    )


def repaired(return_: Return, event: Event) -> Message | None:
    """Say which items were repaired, and how to follow the parcel they come back in."""
    parcel = BuyerParcel.objects.get(pk=event.data["parcel"])
    return _build(
        "repaired", return_, items=event.data["items"], note=parcel.message, parcel=parcel
    )


def refunded(return_: Return, refund: Refund) -> Message | None:
    """Say how much was paid back, what it is made of and where it went.

    None for a gift: the mail about the credit says it all, and nothing of payments.
    """
    if return_.is_gift:
        return None
    reader = Reader.of(return_.language, return_.store.country)
    return _build("refunded", return_, **_paid(refund, reader))


def order_refunded(order: Order, refund: Refund) -> Message | None:
    """Say how much was paid back without a return, what it is made of and where it went."""
    if not order.email:
        return None
    reader = Reader.of(order.language, order.store.country)
    about = _paid(refund, reader)
    message = compose("order_refunded", order, reader, link=order_link(order), **about)
    message.extra_headers["References"] = _message_id("order", order)
    return message


def _paid(refund: Refund, reader: Reader) -> dict[str, Any]:
    with translation.override(reader.language):
        ways = [
            {"method": _way(part), "amount": reader.money(part.amount, refund.currency)}
            for part in refund.transactions.select_related("payment")
        ]
        rows = statements.of_refund(refund, reader)
    return {"rows": rows, "ways": ways, "amount": reader.money(refund.amount, refund.currency)}


def _way(part: RefundTransaction) -> str:
    if part.gateway == STORE_CREDIT:
        return _("Store credit")
    return str(part.payment.get_method_display()) if part.payment else _("Paid to you separately")


def message(return_: Return, event: Event) -> EmailMultiAlternatives | None:
    """Tell the other side what was written, with a link to where it is answered."""
    written = return_.messages.get(pk=event.data["message"])
    photos = event.data["photos"]
    if event.actor_kind == ActorKind.BUYER:
        return _to_store(return_, written, photos)
    return _build("message", return_, body=written.body, asks=written.asks, photos=photos)


def _to_store(
    return_: Return, written: WrittenMessage, photos: int
) -> EmailMultiAlternatives | None:
    """Tell the store, at its own address and in its language; None when it has none."""
    store = return_.store
    if not store.email:
        return None
    mail = compose_to(
        store.email,
        "buyer_wrote",
        store,
        Reader.of(store.language, store.country),
        author=written.author_name,
        reference=return_.reference,
        order_reference=return_.order.reference,
        body=written.body,
        photos=photos,
        link=staff_link(return_),
    )
    mail.extra_headers["References"] = _message_id("return-staff", return_)
    return mail


def exchange_payment(return_: Return, _event: Event) -> Message | None:
    """Ask to pay what a replacement costs more, with the way to do so.

    Nobody is asked for what is not owed any more when the mail is sent.
    """
    if not return_.exchange_owed:
        return None
    reader = Reader.of(return_.language, return_.store.country)
    left = ledger.usable(ledger.of_order(return_.order), at=timezone.now())
    credit = min(left, return_.exchange_owed)
    return _build(
        "exchange_payment",
        return_,
        credit=reader.money(credit, return_.order.currency) if credit else "",
        amount=reader.money(return_.exchange_owed, return_.order.currency),
        payment_link=return_.payment_link,
        replacements=[
            {"title": line.title, "options": line.options_text, "quantity": line.quantity}
            for line in return_.exchange_lines.filter(quantity__gt=0)
        ],
    )


def exchange_sent(return_: Return, event: Event) -> Message | None:
    """Say which replacements are on their way."""
    return _build(
        "exchange_sent",
        return_,
        replacements=event.data["exchanges"],
        tracking=event.data.get("tracking", ""),
    )


def reminded(return_: Return) -> Message | None:
    """Remind the buyer of the last day to send the goods; the slip is attached."""
    reader = Reader.of(return_.language, return_.store.country)
    message = _build(
        "reminded",
        return_,
        with_items=True,
        send_by=reader.date(return_.send_by) if return_.send_by else "",
        addresses=_addresses(return_, reader),
    )
    if message is not None:
        message.attach(slips.filename([return_]), slips.render([return_]), "application/pdf")
    return message


def canceled(return_: Return) -> Message | None:
    """Say that a return was called off."""
    return _build("canceled", return_)


# Events that are not here (removed items, closed, reopened, a failed refund) are for staff.
_MAILS: dict[str, Callable[[Return, Event], Message | None]] = {
    EventType.RETURN_REQUESTED: lambda return_, _event: request_received(return_),
    # What the buyer keeps at once is told by the mail about that.
    EventType.RETURN_CREATED: lambda return_, event: (
        None if event.data.get("kept") else approved(return_)
    ),
    EventType.RETURN_APPROVED: lambda return_, event: approved(
        return_, removed=event.data.get("removed", ())
    ),
    EventType.RETURN_DECLINED: lambda return_, _event: declined(return_),
    EventType.RETURN_CANCELED: lambda return_, _event: canceled(return_),
    EventType.BUYER_REMINDED: lambda return_, _event: reminded(return_),
    EventType.RETURN_PROCESSED: received,
    EventType.GOODS_KEPT: goods_kept,
    EventType.SHIPPED_BACK: shipped_back,
    EventType.REPAIRED: repaired,
    EventType.PARCEL_ADDED: labeled,
    EventType.PARCEL_LABELED: labeled,
    EventType.MESSAGE_WRITTEN: message,
    EventType.DETAILS_ASKED: message,
    EventType.EXCHANGE_PAYMENT_ASKED: exchange_payment,
    EventType.EXCHANGE_SENT: exchange_sent,
    EventType.REFUND_SUCCEEDED: lambda return_, event: refunded(
        return_, Refund.objects.get(pk=event.data["refund"])
    ),
}


def _build(name: str, return_: Return, *, with_items: bool = False, **more: Any) -> Message | None:
    """Put a mail together from the three templates called `name`."""
    if not return_.email:
        return None
    reader = Reader.of(return_.language, return_.store.country)
    with translation.override(reader.language):
        about = {
            "buyer": return_.sender_name,
            "order_reference": return_.order.reference,
            "reference": return_.reference,
            "link": buyer_link(return_),
            **(_items(return_, reader) if with_items else {}),
            **more,
        }
    message = compose_to(return_.email, name, return_.order.store, reader, **about)
    # One conversation per return.
    message.extra_headers["References"] = _message_id("return", return_)
    return message


def compose(name: str, order: Order, reader: Reader, **more: Any) -> Message:
    """Return the mail to the buyer of an order, from its store, unsent.

    name: of the three templates in `templates/emails/`. more: what they show beside the order.
    `order.store` and `order.customer` should be loaded.
    """
    about = {"buyer": order.buyer_name, "order_reference": order.reference, **more}
    return compose_to(order.email, name, order.store, reader, **about)


def compose_to(address: str, name: str, store: Store, reader: Reader, **more: Any) -> Message:
    """Return a mail from a store to an address, unsent. name and more: as in `compose`."""
    with translation.override(reader.language):
        context = {
            "language": reader.language,
            "store": store.name,
            "contact": slips.store_contact(store, reader),
            **more,
        }
        subject, text, html = (
            render_to_string(f"emails/{name}.{kind}", context)
            for kind in ("subject.txt", "txt", "html")
        )
    message = EmailMultiAlternatives(
        subject=_one_line(subject),
        body=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        from_email=_sender(store),
        to=[address],
        reply_to=[store.email] if store.email else None,
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answers by machines
    )
    message.attach_alternative(html, "text/html")
    return message


def _items(return_: Return, reader: Reader) -> dict[str, Any]:
    lines: list[ReturnLine] = list(
        return_.lines.filter(quantity__gt=0).select_related("fulfillment_line__order_line")
    )
    bought = [(line.fulfillment_line.order_line, line.quantity) for line in lines]
    return {
        "items": [
            {"title": line.title, "options": line.options_text, "quantity": quantity}
            for line, quantity in bought
        ],
        # What the giver of a gift paid is not its recipient's to know.
        "rows": [] if return_.is_gift else statements.of_return(return_, lines, reader),
    }


def _sender(store: Store) -> str:
    """Return the From header: the store's name and address, else the installation's address."""
    if not store.email:
        return str(settings.DEFAULT_FROM_EMAIL)
    return formataddr((_one_line(store.name), store.email))


def _one_line(text: str) -> str:
    """Return a text without line breaks, which would begin another header."""
    return " ".join(text.split())


def _message_id(what: str, about: Return | Order) -> str:
    host = urlsplit(settings.SITE_URL).hostname
    return f"<{what}.{about.public_id.hex}@{host}>"
