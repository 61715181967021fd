"""Links by which buyers pay for replacements: made at a gateway, asked about, closed again.

Gateways are called outside transactions, by jobs (docs/adr/0023). What they say was paid is booked
by `exchange_payments.record_payment`, once however often it is told.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actors
from orders.models import Order
from orders.money import localized, rounded
from returns import jobs
from returns.acts import locked
from returns.exchanges import payments, replacements
from returns.models import EventType, LinkState, PaymentLink, Return
from returns.refunds.gateways import (
    GATEWAYS,
    GatewayUnreachable,
    PaymentNotice,
    PaymentRefused,
    ReceivedPayment,
    TakesPayments,
)
from returns.refunds.gateways import PaymentLink as MadeLink

logger = logging.getLogger(__name__)

# By name, because the task lies above this module.
ASK_TASK: Final = "returns.tasks.ask_payment_link"

# A page for paying that was opened before its link was closed can be finished for a day (Stripe's
# Checkout sessions), and a bank debit that was begun there takes two weeks and more.
ASKED_AFTER_CLOSING: Final = timedelta(days=30)


def offer(return_: Return) -> str:
    """Return where the buyer can pay what is owed, made at a gateway when there is no link yet.

    Empty when nothing is owed, when no gateway takes payments, or when it refuses this one, which
    the return's timeline then says. Calls the gateway, so not within a transaction; the same call
    again makes no second link. Raises GatewayUnreachable.
    """
    if return_.payment_link or not return_.exchange_owed:
        return return_.payment_link
    name = _gateway_of(return_.order)
    gateway = GATEWAYS.get(name)
    if not isinstance(gateway, TakesPayments):
        return ""
    currency = return_.order.currency
    amount = rounded(return_.exchange_owed, currency)
    # Counted, so that an amount that is owed again later has a link of its own.
    key = f"{return_.public_id}:{return_.payment_links.count()}:{amount}"
    try:
        made = gateway.create_payment_link(
            amount=amount, currency=currency, description=return_.reference, key=key
        )
    except PaymentRefused as refusal:
        _tell(return_, str(refusal), about=key)
        return ""
    link = PaymentLink(gateway=name, key=key, amount=amount, currency=currency)
    return _store(return_, link, made)


def _gateway_of(order: Order) -> str:
    """Return what the buyer of an order pays through: as before, or else what there is; or ""."""
    first = order.payments.filter(from_exchange=False).order_by("captured_at", "pk").first()
    before = [first.gateway] if first else []
    for name in (*before, *GATEWAYS):
        if isinstance(GATEWAYS.get(name), TakesPayments):
            return name
    return ""


def _store(return_: Return, link: PaymentLink, made: MadeLink) -> str:
    """Keep a link that was made, and show it to the buyer if it is still what is wanted."""
    with locked(return_, actor=actors.system(), at=None) as act:
        current = act.return_
        link.for_return, link.reference, link.url = current, made.reference, made.url
        link.created_at = act.now
        # Two who made it at once were given the same link.
        PaymentLink.objects.bulk_create([link], ignore_conflicts=True)
        kept = PaymentLink.objects.get(gateway=link.gateway, reference=made.reference)
        is_wanted = kept.state == LinkState.OPEN and current.exchange_owed == kept.amount
        if is_wanted and not current.payment_link:
            current.payment_link = kept.url
            current.save(update_fields=["payment_link"])
        if current.payment_link != kept.url:
            # Somebody paid meanwhile, or was quicker.
            jobs.defer(replacements.LINKS_TASK, return_id=current.pk)
        return current.payment_link


def tend(return_: Return) -> None:
    """Close the links of a return that are not wanted any more, and offer one for what is owed.

    May be repeated at any time. Not within a transaction. Raises GatewayUnreachable.
    """
    for link in return_.payment_links.filter(state=LinkState.OPEN):
        ask(link)
    offer(Return.objects.select_related("order").get(pk=return_.pk))


def ask(link: PaymentLink) -> None:
    """Ask the gateway what was paid at a link, and book it; close the link if it is not wanted.

    May be repeated at any time, also long after the link was closed. Not within a transaction.
    Raises GatewayUnreachable.
    """
    gateway = GATEWAYS.get(link.gateway)
    if not isinstance(gateway, TakesPayments):
        # It was set up when the link was made; nobody else can know what became of it.
        raise GatewayUnreachable
    received = gateway.received_payment(link.reference)
    if received is None and _is_given_up(link):
        gateway.close_payment_link(link.reference)
        # Somebody may have paid between the question and the closing.
        received = gateway.received_payment(link.reference)
        if received is None:
            _end(link, LinkState.CLOSED, at=timezone.now())
    if received is not None:
        _book(link, received)


def _is_given_up(link: PaymentLink) -> bool:
    """Whether the gateway still takes payments by a link that the buyer is not shown any more."""
    shown = Return.objects.filter(pk=link.for_return_id, payment_link=link.url)
    return link.state == LinkState.OPEN and not shown.exists()


def _end(link: PaymentLink, state: LinkState, *, at: datetime) -> None:
    """Write that a link has ended; what was paid stays so."""
    links = PaymentLink.objects.filter(pk=link.pk).exclude(state=LinkState.PAID)
    links.update(state=state, ended_at=at)


def _book(link: PaymentLink, received: ReceivedPayment) -> None:
    if received.currency != link.currency:
        _refuse(link, received)
        return
    with transaction.atomic():
        payments.record_payment(
            link.for_return,
            actor=actors.system(),
            amount=received.amount,
            key=f"{link.gateway}:{received.reference}",
            gateway=link.gateway,
            reference=received.reference,
        )
        _end(link, LinkState.PAID, at=timezone.now())


def _refuse(link: PaymentLink, received: ReceivedPayment) -> None:
    """Tell staff of a payment that cannot be booked, and ask no more."""
    words = _(
        "%(amount)s came in by the payment link (%(payment)s), not in the order's currency. Pay it "
        "back at the gateway, or book it by hand."
    )
    amount = localized(received.amount, received.currency)
    with transaction.atomic():
        _tell(
            link.for_return,
            words % {"amount": amount, "payment": received.reference},
            about=f"{link.key}:{received.reference}",
        )
        _end(link, LinkState.PAID, at=timezone.now())
        Return.objects.filter(pk=link.for_return_id, payment_link=link.url).update(payment_link="")


def _tell(return_: Return, why: str, *, about: str) -> None:
    """Write on the timeline, for staff, why there is no link; once, however often it is tried."""
    logger.warning("Payment link of return %s: %s", return_.pk, why)
    with locked(return_, actor=actors.system(), at=None) as act:
        told = act.return_.events.filter(type=EventType.EXCHANGE_LINK_PROBLEM, data__about=about)
        if not told.exists():
            act.record(
                EventType.EXCHANGE_LINK_PROBLEM, note=why, data={"about": about}, internal=True
            )


def open_ids() -> list[int]:
    """Return the primary keys of the links by which somebody may pay."""
    links = PaymentLink.objects.filter(state=LinkState.OPEN)
    return list(links.order_by("pk").values_list("pk", flat=True))


def closed_ids(*, now: datetime) -> list[int]:
    """Return those of the closed links by which a payment that was begun may still come in."""
    since = now - ASKED_AFTER_CLOSING
    links = PaymentLink.objects.filter(state=LinkState.CLOSED, ended_at__gt=since)
    return list(links.order_by("pk").values_list("pk", flat=True))


def listen(notice: PaymentNotice) -> None:
    """Take a gateway's notice of a payment in: the job that asks is in the queue afterwards."""
    links = PaymentLink.objects.filter(gateway=notice.gateway, reference=notice.link_reference)
    for pk in links.exclude(state=LinkState.PAID).values_list("pk", flat=True):
        jobs.defer(ASK_TASK, link_id=pk)
