"""The jobs of the shop."""

import logging
from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import actors
from returns import (
    credit_emails,
    emails,
    exchange_payments,
    exchanges,
    jobs,
    labelling,
    notices,
    settlement,
    store_credit,
)
from returns.events import DELIVERY_TASK
from returns.models import (
    Event,
    EventType,
    Refund,
    RefundTransaction,
    StoreCreditAccount,
    StoreCreditEntry,
)
from returns.store_credit import CODE_TASK, MAIL_TASK

logger = logging.getLogger(__name__)

# Waits 4, 16, 64 … seconds, eight times: a mail server may be away for a day.
_PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)

# Acts after which a label may have to be made; the mail about the first two brings it along.
_OPENING = (EventType.RETURN_CREATED, EventType.RETURN_APPROVED)
_LABELING = (*_OPENING, EventType.PARCEL_ADDED, EventType.PARCEL_LABELED)

# Longer than a person waits for a page: a younger refund may still be in its own request.
_LEFT_ALONE_FOR = timedelta(minutes=2)


@app.task(name=DELIVERY_TASK, retry=_PATIENT)
def deliver_event(event_id: int) -> None:
    """Make the labels that an event asks for, and send the buyer the mail about it, if any.

    A label that cannot be made holds nobody up: it is tried again, and mailed by itself then.
    At least once: when the worker dies after the mail server took the mail and before the job is
    marked as done, the job runs again. Both mails then have the same Message-ID.
    """
    event = Event.objects.select_related(
        "for_return__store__return_location",
        "for_return__order__customer",
        "for_return__order__store",
        "order__customer",
        "order__store",
    ).get(pk=event_id)
    if event.type in _LABELING and event.for_return_id:
        with_mail = event.type in _OPENING and not event.internal
        if labelling.make_waiting(event.for_return_id, notify=not with_mail).retry:
            make_labels.configure(schedule_in={"seconds": 60}).defer(return_id=event.for_return_id)
    if event.type == EventType.EXCHANGE_PAYMENT_ASKED and event.for_return is not None:
        # Tried again later, mail and all, when the gateway does not answer.
        event.for_return.payment_link = exchange_payments.offer_link(event.for_return)
    message = emails.for_event(event)
    if message is not None:
        message.send()


class LabelsMissing(Exception):
    """The carrier did not answer; the job is to run again."""


@app.task(name="returns.tasks.make_labels", retry=_PATIENT)
def make_labels(return_id: int) -> None:
    """Try again to make the labels that a return waits for, and mail each to the buyer."""
    if labelling.make_waiting(return_id, notify=True).retry:
        raise LabelsMissing


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="ask_carriers")
def ask_carriers(timestamp: int) -> None:
    """Ask the carriers that can be asked how far parcels are.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    labelling.ask_carriers()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="resume_pending_refunds")
def resume_pending_refunds(timestamp: int) -> None:
    """See to the refunds whose outcome is not known, because a gateway or a process was away.

    Each in a job of its own, so that one that has to be waited for holds up no other.
    `timestamp`: when this run was due, in seconds since the epoch.
    """
    left = Refund.objects.left_pending(timezone.now() - _LEFT_ALONE_FOR).order_by("pk")
    for refund_id in left.values_list("pk", flat=True):
        jobs.defer_once(settle_refund.name, f"settle refund {refund_id}", refund_id=refund_id)


@app.task
def settle_refund(refund_id: int) -> None:
    """Ask the gateways what became of a refund, and pay what they never took on."""
    try:
        settlement.settle(Refund.objects.get(pk=refund_id), actor=actors.system())
    except Exception:
        # Not a failed job: the next run tries again anyway.
        logger.exception("Refund %s could not be settled", refund_id)


@app.task(name=notices.REFRESH_TASK, retry=_PATIENT)
def refresh_transaction(transaction_id: int) -> None:
    """Ask a gateway that sent word of one transaction of a refund what became of it."""
    found = RefundTransaction.objects.select_related("refund", "payment").get(pk=transaction_id)
    settlement.refresh(found)


@app.task(name=MAIL_TASK, retry=_PATIENT)
def mail_store_credit(entry_id: int) -> None:
    """Tell the owner of store credit about an entry, if there is an address to mail to.

    A guest's code is made here, so that it is nowhere stored. When the job runs again because the
    worker died, a second code is mailed, and only the newest counts.
    """
    entry = StoreCreditEntry.objects.select_related("account__store", "account__customer")
    credit_emails.send(entry.get(pk=entry_id))


@app.task(name=CODE_TASK, retry=_PATIENT)
def mail_store_credit_code(account_id: int) -> None:
    """Mail a guest a new code; the old one no longer counts."""
    accounts = StoreCreditAccount.objects.select_related("store", "customer")
    credit_emails.send_code(accounts.get(pk=account_id))


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="expire_store_credit")
def expire_store_credit(timestamp: int) -> None:
    """Book the store credit that has expired. `timestamp`: as above."""
    store_credit.expire_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="end_reservations")
def end_reservations(timestamp: int) -> None:
    """Give free what was held for replacements for as long as the store wants.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    exchanges.end_reservations(before=timezone.now())
