"""The jobs of the shop."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from returns import emails, exchange_payments, exchanges, settlement
from returns.events import DELIVERY_TASK
from returns.models import Event, EventType

# Waits 4, 16, 64 … seconds, eight times: a mail server may be away for a day.
_PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)

# Longer than a person waits for a page: a younger refund may still be in its own request.
_LEFT_ALONE_FOR = timedelta(minutes=2)


@app.task(name=DELIVERY_TASK, retry=_PATIENT)
def deliver_event(event_id: int) -> None:
    """Send the buyer the mail about an event, if there is one.

    At least once: when the worker dies after the mail server took the mail and before the job is
    marked as done, the job runs again. Both mails then have the same Message-ID.
    """
    event = Event.objects.select_related(
        "for_return__store__return_location",
        "for_return__order__customer",
        "for_return__order__store",
    ).get(pk=event_id)
    if event.type == EventType.EXCHANGE_PAYMENT_ASKED and event.for_return is not None:
        # Tried again later, mail and all, when the gateway does not answer.
        event.for_return.payment_link = exchange_payments.offer_link(event.for_return)
    message = emails.for_event(event)
    if message is not None:
        message.send()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="resume_pending_refunds")
def resume_pending_refunds(timestamp: int) -> None:
    """Finish the refunds whose outcome is not known, because a gateway or this process was away.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    settlement.settle_left_pending(before=timezone.now() - _LEFT_ALONE_FOR)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="end_reservations")
def end_reservations(timestamp: int) -> None:
    """Give free what was held for replacements for as long as the store wants.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    exchanges.end_reservations(before=timezone.now())
