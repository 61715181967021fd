"""The jobs that tell subscribers what happened, and those that take in what shops tell.

The first are in a queue of their own, which a worker of its own should take (docs/webhooks.md).
"""

from datetime import datetime
from typing import Any

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from orders.sources import inbox
from returns import jobs
from returns.events import FAN_OUT_BODY_TASK, FAN_OUT_TASK
from returns.incoming import deliveries as incoming
from returns.webhooks import deliveries
from returns.webhooks import fan_out as fan_outs
from returns.webhooks.deliveries import SEND_TASK
from webhooks import sending

# Only the database can fail here.
_PATIENT = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name=FAN_OUT_TASK, queue=jobs.WEBHOOKS, retry=_PATIENT)
def fan_out(event_id: int) -> None:
    """Make the deliveries of an event, and of those waiting behind it, and the jobs that send."""
    fan_outs.fan_out(event_id)


@app.task(name=FAN_OUT_BODY_TASK, queue=jobs.WEBHOOKS, retry=_PATIENT)
def fan_out_body(topic: str, key: str, triggered_at: str, body: dict[str, Any]) -> None:
    """Make the deliveries of what is no event. triggered_at: ISO 8601."""
    fan_outs.fan_out_body(topic, key, datetime.fromisoformat(triggered_at), body)


@app.task(name=SEND_TASK, queue=jobs.WEBHOOKS)
async def send(subscription_id: int) -> None:
    """Send what is due of one subscription. Should it fail, the next minute's run sends it."""
    await sending.send(subscription_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="wake_webhooks", queue=jobs.WEBHOOKS)
def wake_webhooks(timestamp: int) -> None:
    """Send again what is due again. `timestamp`: when this run was due, in seconds since 1970."""
    deliveries.wake_due(timezone.now())


@app.periodic(cron="37 3 * * *")
@app.task(queueing_lock="forget_webhooks", queue=jobs.WEBHOOKS)
def forget_webhooks(timestamp: int) -> None:
    """Remove deliveries that ended a month ago. `timestamp` as above."""
    deliveries.forget_old()


# --- in -----------------------------------------------------------------------------------------


@app.task(name=inbox.APPLY_TASK, retry=_PATIENT)
def apply_source_delivery(delivery_id: int) -> None:
    """Take in one message of a shop."""
    incoming.apply(delivery_id)


@app.periodic(cron="47 3 * * *")
@app.task(queueing_lock="forget_source_deliveries")
def forget_source_deliveries(timestamp: int) -> None:
    """Empty old messages of shops, and remove the oldest. `timestamp` as above."""
    inbox.forget(now=timezone.now())
