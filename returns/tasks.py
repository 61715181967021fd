"""The jobs of the shop."""

from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from returns import emails, labelling, settlement
from returns.events import DELIVERY_TASK
from returns.models import Event, EventType

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
    ).get(pk=event_id)
    if event.type in _LABELING and event.for_return_id:
        with_mail = event.type in _OPENING and not event.internal
        if labelling.make_waiting(event.for_return_id, notify=not with_mail).retry:
            make_labels.configure(schedule_in={"seconds": 60}).defer(return_id=event.for_return_id)
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
    """Finish the refunds whose outcome is not known, because a gateway or this process was away.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    settlement.settle_left_pending(before=timezone.now() - _LEFT_ALONE_FOR)
