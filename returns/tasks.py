"""The jobs of the shop."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from accounts import actors
from returns import emails, jobs, staff_emails
from returns.automation import running, timing, troubles
from returns.cancellations import decisions
from returns.cancellations import emails as cancellation_emails
from returns.cancellations.decisions import SETTLE_TASK
from returns.events import DELIVERY_TASK
from returns.evidence import collecting
from returns.exchanges import agreements, payment_links, replacements
from returns.models import (
    AutomationRule,
    Cancellation,
    Event,
    EventType,
    PaymentLink,
    Refund,
    RefundTransaction,
    Return,
    StoreCreditAccount,
    StoreCreditEntry,
    WithdrawalStatement,
)
from returns.parcels import labelling
from returns.policies import reapplying
from returns.policies.reapplying import REAPPLY_TASK
from returns.refunds import notices, settlement
from returns.store_credit import emails as credit_emails
from returns.store_credit import ledger
from returns.store_credit.ledger import CODE_TASK, MAIL_TASK
from returns.withdrawals import emails as withdrawal_emails
from returns.withdrawals import handling
from returns.withdrawals.statements import ACKNOWLEDGE_TASK, HANDLE_TASK

logger = logging.getLogger(__name__)

# Waits 4, 16, 64 … seconds, eight times: a mail server may be away for a day.
_PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)

# Acts after which a label may have to be made; the mail about the first two brings it along.
_OPENING = (EventType.RETURN_CREATED, EventType.RETURN_APPROVED)
_LABELING = (*_OPENING, EventType.PARCEL_ADDED, EventType.PARCEL_LABELED)

# Longer than a person waits for a page: a younger refund may still be in its own request.
_LEFT_ALONE_FOR = timedelta(minutes=2)

# A request that is not sent by then was given up; its page would be of another day anyway.
_UNSENT_KEPT_FOR = timedelta(days=3)


@app.task(name=DELIVERY_TASK, retry=_PATIENT)
def deliver_event(event_id: int) -> None:
    """Set off what follows from an event: automation rules, labels, and the mail about it, if any.

    The rules come first and run in a job of their own: they wait for no carrier or mail server.
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
    if running.are_listening(event):
        # One after the other on one return.
        lock = f"rules of return {event.for_return_id}"
        run_rules.configure(lock=lock).defer(event_id=event.pk)
    if event.type in _LABELING and event.for_return_id:
        with_mail = event.type in _OPENING and not event.internal
        if labelling.make_waiting(event.for_return_id, notify=not with_mail).retry:
            make_labels.configure(schedule_in={"seconds": 60}).defer(return_id=event.for_return_id)
    if event.type == EventType.EXCHANGE_PAYMENT_ASKED and event.for_return is not None:
        # Tried again later, mail and all, when the gateway does not answer.
        event.for_return.payment_link = payment_links.offer(event.for_return)
    message = (
        emails.for_event(event)
        or cancellation_emails.for_event(event)
        or staff_emails.for_event(event)
    )
    if message is not None:
        message.send()


@app.task(name="returns.tasks.run_rules", retry=_PATIENT)
def run_rules(event_id: int) -> None:
    """Run the automation rules that listen to an event; again is harmless."""
    running.run_for_event(event_id)


@app.periodic(cron="35 * * * *")
@app.task(queueing_lock="run_timed_rules")
def run_timed_rules(timestamp: int) -> None:
    """Run the automation rules about time.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    timing.run_due()


@app.task(name=troubles.STOPPED_TASK, retry=_PATIENT)
def tell_of_stopped_rule(rule_id: int) -> None:
    """Mail the managers that a rule stopped itself."""
    message = staff_emails.rule_stopped(
        AutomationRule.objects.select_related("store").get(pk=rule_id)
    )
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


@app.task(name=SETTLE_TASK, retry=_PATIENT)
def settle_cancellation(cancellation_id: int) -> None:
    """Pay back what was paid for canceled pieces; again gives the refund that was made."""
    decisions.settle(Cancellation.objects.get(pk=cancellation_id))


@app.task(name=notices.REFRESH_TASK, retry=_PATIENT)
def refresh_transaction(transaction_id: int) -> None:
    """Ask a gateway that sent word of one transaction of a refund what became of it."""
    found = RefundTransaction.objects.select_related("refund", "payment").get(pk=transaction_id)
    settlement.refresh(found)


@app.task(name=replacements.LINKS_TASK, retry=_PATIENT)
def tend_payment_links(return_id: int) -> None:
    """Close the links for paying that a return does not want any more, and make the one it does."""
    payment_links.tend(Return.objects.get(pk=return_id))


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="ask_payment_links")
def ask_payment_links(timestamp: int) -> None:
    """Ask about every link by which somebody may pay, as a gateway's notices may never come.

    Each in a job of its own, as with refunds. `timestamp`: as above.
    """
    _ask_once(payment_links.open_ids())


@app.periodic(cron="40 4 * * *")
@app.task(queueing_lock="ask_closed_payment_links")
def ask_closed_payment_links(timestamp: int) -> None:
    """Ask about links that were closed, as what was begun before may take days. `timestamp`: so."""
    _ask_once(payment_links.closed_ids(now=timezone.now()))


def _ask_once(link_ids: Iterable[int]) -> None:
    for link_id in link_ids:
        jobs.defer_once(ask_payment_link.name, f"ask payment link {link_id}", link_id=link_id)


@app.task(name=payment_links.ASK_TASK)
def ask_payment_link(link_id: int) -> None:
    """Ask a gateway what was paid at one link, and book it."""
    try:
        payment_links.ask(PaymentLink.objects.select_related("for_return").get(pk=link_id))
    except Exception:
        # Not a failed job: the next run asks again anyway.
        logger.exception("Payment link %s could not be asked about", link_id)


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


@app.task(name=ACKNOWLEDGE_TASK, retry=_PATIENT)
def acknowledge_withdrawal(statement_id: int) -> None:
    """Mail the acknowledgement of receipt; the same when run twice, with the same Message-ID."""
    statements = WithdrawalStatement.objects.select_related("store", "case")
    statement = statements.get(pk=statement_id)
    withdrawal_emails.acknowledgement(statement).send()
    handling.acknowledged(statement.case)


@app.task(name=HANDLE_TASK, retry=_PATIENT)
def handle_withdrawal(statement_id: int) -> None:
    """Look for the order of a withdrawal and open its return; a second run changes nothing."""
    handling.handle(statement_id)


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="expire_store_credit")
def expire_store_credit(timestamp: int) -> None:
    """Book the store credit that has expired. `timestamp`: as above."""
    ledger.expire_due()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="end_reservations")
def end_reservations(timestamp: int) -> None:
    """Give free what was held for replacements for as long as the store wants.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    agreements.end_reservations(before=timezone.now())


@app.periodic(cron="37 * * * *")
@app.task(queueing_lock="forget_unsent_photos")
def forget_unsent_photos(timestamp: int) -> None:
    """Throw away photos that were uploaded and never sent.

    `timestamp`: when this run was due, in seconds since the epoch.
    """
    collecting.forget_unsent(before=timezone.now() - _UNSENT_KEPT_FOR)


@app.task(name=REAPPLY_TASK)
def reapply_policy(run_id: int) -> None:
    """Work out what a policy would change of existing orders, or change it."""
    reapplying.execute(run_id)
