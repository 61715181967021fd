"""Sends what is due of one subscription, several at a time, and writes down how it went.

No connection to the database is held while a receiver is waited for.
"""

import asyncio
import functools
import os
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, ParamSpec, TypeVar

import aiohttp
import certifi
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone
from yarl import URL

from returns.models import AttemptFailure
from returns.webhooks import deliveries
from returns.webhooks.deliveries import Attempted, Batch, Message
from webhooks import network, signatures
from webhooks.network import Pinned, Unreachable

AT_ONCE: Final = 10  # requests to one receiver
SECONDS_TO_CONNECT: Final = 3
# Standard Webhooks asks senders for 15 to 30 seconds of patience, Shopify has 5.
SECONDS_TO_ANSWER: Final = 15
# One job ends then and leaves the rest to the next, so that a worker can be stopped.
SECONDS_AT_A_STRETCH: Final = 60
LARGEST_ANSWER: Final = 64 * 1024  # bytes; beyond them the connection is closed
ANSWER_KEPT: Final = 500

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


async def send(subscription_id: int) -> None:
    """Send what is due of a subscription until nothing is, or time is up.

    A batch of which nothing arrives ends it too: the receiver is down, and what was not tried yet
    waits for the next minute's run.
    """
    until = time.monotonic() + SECONDS_AT_A_STRETCH
    pinned = Pinned()
    async with _client(pinned) as client:
        while batch := await _in_database(_due, subscription_id):
            if not batch.messages:
                return
            attempts = await _send_all(client, pinned, batch)
            await _in_database(_settle, subscription_id, attempts)
            if not any(attempt.succeeded for attempt in attempts):
                return
            if time.monotonic() > until:
                await _in_database(deliveries.wake, [subscription_id])
                return


def _due(subscription_id: int) -> Batch | None:
    return deliveries.due(subscription_id, now=timezone.now())


def _settle(subscription_id: int, attempts: list[Attempted]) -> None:
    deliveries.settle(subscription_id, attempts, now=timezone.now())


async def _in_database(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call a function that asks the database, in the one thread that all jobs share for that."""

    def call() -> Result:
        _give_back()
        try:
            return function(*args, **kwargs)
        finally:
            _give_back()

    return await sync_to_async(call, thread_sensitive=True)()


def _give_back() -> None:
    """Give this thread's connection back, unless its caller is within a transaction."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


# --- one batch ----------------------------------------------------------------------------------


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def _client(pinned: Pinned) -> aiohttp.ClientSession:
    """Return a client that goes where `pinned` leads, and takes nothing from the environment."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=pinned, use_dns_cache=False, ssl=_tls(), limit=AT_ONCE
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding"),
        timeout=aiohttp.ClientTimeout(total=None, connect=SECONDS_TO_CONNECT),
    )


async def _send_all(client: aiohttp.ClientSession, pinned: Pinned, batch: Batch) -> list[Attempted]:
    places = asyncio.Semaphore(AT_ONCE)
    try:
        url, address = await network.resolve(batch.address)
    except Unreachable as refused:
        now = datetime.now(UTC)
        return [
            Attempted(each, at=now, milliseconds=0, failure=refused.failure)
            for each in batch.messages
        ]
    pinned.pin(url.host or "", address)

    async def one(message: Message) -> Attempted:
        async with places:
            return await attempt(client, url, message)

    return list(await asyncio.gather(*(one(message) for message in batch.messages)))


async def attempt(client: aiohttp.ClientSession, url: URL, message: Message) -> Attempted:
    """Send one message to a checked address, and tell how it ended."""
    at, began = datetime.now(UTC), time.monotonic()
    answer: tuple[int, str, int] | None = None
    failure = ""
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            answer = await _post(client, url, message, at)
    except TimeoutError:
        failure = AttemptFailure.TIMEOUT
    except aiohttp.ClientConnectorError:
        failure = AttemptFailure.NO_CONNECTION
    except (aiohttp.ClientError, OSError, ValueError):
        failure = AttemptFailure.BROKEN
    status, text, retry_after = answer or (None, "", 0)
    if status is not None and not 200 <= status < 300:
        failure = AttemptFailure.ANSWER
    return Attempted(
        message,
        at=at,
        milliseconds=round((time.monotonic() - began) * 1000),
        status_code=status,
        failure=failure,
        answer=text,
        retry_after=retry_after,
    )


async def _post(
    client: aiohttp.ClientSession, url: URL, message: Message, at: datetime
) -> tuple[int, str, int]:
    """Return the status, the beginning of the answer, and for how long it asks us to wait."""
    sent = client.post(
        url,
        data=message.body.encode(),
        headers=signatures.headers(message, at=at),
        allow_redirects=False,
    )
    async with sent as response:
        return response.status, await _beginning(response), _retry_after(response)


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """Return how an answer begins, as sent; of a long one the rest is not read."""
    kept, length = b"", 0
    async for part in response.content.iter_any():
        kept = (kept + part)[:ANSWER_KEPT]
        length += len(part)
        if length > LARGEST_ANSWER:
            response.close()
            break
    return kept.decode(errors="replace")


def _retry_after(response: aiohttp.ClientResponse) -> int:
    told = response.headers.get("Retry-After", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0
