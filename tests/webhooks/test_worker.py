"""A real worker with its own connections: what it sends at once, and what waits for nobody."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from returns import jobs, lifecycle
from returns.models import WebhookDelivery
from returns.webhooks import subscriptions
from tests.returns.stories import SYSTEM, requested
from tests.webhooks.receiver import listening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]
PATIENCE = 20  # seconds, for a machine that is busy with other things


async def _work_until(done: Callable[[], bool]) -> None:
    """Run the worker; `done` is asked in another thread, whose connection is closed each time."""

    def is_done() -> bool:
        try:
            return done()
        finally:
            connection.close()

    async with app.open_async():
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.WEBHOOKS], concurrency=10, install_signal_handlers=False
            )
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not await sync_to_async(is_done)():
            await asyncio.sleep(0.05)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def work_until(done: Callable[[], bool]) -> None:
    assert isinstance(app.connector, DjangoConnector)
    # In a thread of its own: browser tests keep an event loop running in this one.
    connector = app.connector.get_worker_connector()
    with app.replace_connector(connector), ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _work_until(done)).result()


def decline() -> None:
    lifecycle.decline(requested(), actor=SYSTEM, reason="FINAL_SALE", note="Sorry.")


def test_slow_receivers_do_not_delay_others() -> None:
    finished: list[float] = []
    with listening(seconds=3) as slow, listening() as quick:
        for number in range(7):  # more than there are threads for jobs
            subscriptions.create("returns/decline", f"{slow.url}/{number}", actor=SYSTEM)
        subscriptions.create("returns/decline", quick.url, actor=SYSTEM)
        decline()
        began = time.monotonic()

        def both() -> bool:
            if quick.received and not finished:
                finished.append(time.monotonic() - began)
                # None of the slow ones has been answered by now.
                arrived = WebhookDelivery.objects.exclude(subscription__address=quick.url)
                finished.append(arrived.filter(status="DELIVERED").count())
            return bool(finished) and len(slow.received) == 7

        work_until(both)
    assert len(quick.received) == 1
    assert finished[1] == 0
    assert len(slow.received) == 7


def test_worker_sends_every_message_once() -> None:
    with listening() as receiver:
        subscriptions.create("returns/decline", receiver.url, actor=SYSTEM)
        for _number in range(5):
            decline()
        sent = WebhookDelivery.objects.filter(status="DELIVERED")
        work_until(lambda: sent.count() == 5)
        ids = {got.headers["webhook-id"] for got in receiver.received}
    assert (len(receiver.received), len(ids)) == (5, 5)
