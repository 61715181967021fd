"""Sends what is due of one subscription, several at a time, and writes down how it went.

No connection to the database is held while a receiver is waited for.
"""

import asyncio
import functools
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, ParamSpec, TypeVar

import httpx
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from returns import deliveries
from returns.deliveries import Attempted, Batch, Message
from returns.models import AttemptFailure
from returns.receivers import Address
from webhooks import network, signatures
from webhooks.network import Unreachable

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
    async with _client() as client:
        while batch := await _in_database(_due, subscription_id):
            if not batch.messages:
                return
            attempts = await _send_all(client, batch)
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
    return httpx.create_ssl_context()


def _client() -> httpx.AsyncClient:
    """Return a client that takes nothing from the environment and follows no redirect."""
    return httpx.AsyncClient(
        verify=_tls(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(SECONDS_TO_ANSWER, connect=SECONDS_TO_CONNECT),
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
    )


async def _send_all(client: httpx.AsyncClient, batch: Batch) -> list[Attempted]:
    places = asyncio.Semaphore(AT_ONCE)
    try:
        url, address = await network.resolve(batch.address)
    except Unreachable as refused:
        now = datetime.now(UTC)
        return [
            Attempted(each, at=now, milliseconds=0, failure=refused.failure)
            for each in batch.messages
        ]

    async def one(message: Message) -> Attempted:
        async with places:
            return await attempt(client, url, address, message)

    return list(await asyncio.gather(*(one(message) for message in batch.messages)))


async def attempt(
    client: httpx.AsyncClient, url: httpx.URL, address: Address, message: Message
) -> Attempted:
    """Send one message to a checked address, and tell how it ended."""
    at, began = datetime.now(UTC), time.monotonic()
    answer: tuple[int, str, int] | None = None
    failure = ""
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            answer = await _post(client, url, address, message, at)
    except (httpx.TimeoutException, TimeoutError):
        failure = AttemptFailure.TIMEOUT
    except httpx.ConnectError:
        failure = AttemptFailure.NO_CONNECTION
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        failure = AttemptFailure.BROKEN
    status, text, retry_after = answer or (None, "", 0)
    if status is not None and not httpx.codes.is_success(status):
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
    client: httpx.AsyncClient, url: httpx.URL, address: Address, message: Message, at: datetime
) -> tuple[int, str, int]:
    """Return the status, the beginning of the answer, and for how long it asks us to wait."""
    target, host = network.pinned(url, address)
    request = client.build_request(
        "POST",
        target,
        content=message.body.encode(),
        headers={**signatures.headers(message, at=at), **host},
        extensions={"sni_hostname": url.host},
    )
    response = await client.send(request, stream=True)
    try:
        text = await _beginning(response)
    finally:
        await response.aclose()
    return response.status_code, text, _retry_after(response)


async def _beginning(response: httpx.Response) -> str:
    """Return how an answer begins, as sent; a long one is not read to its end."""
    kept, length = b"", 0
    async for part in response.aiter_raw():
        kept = (kept + part)[:ANSWER_KEPT]
        length += len(part)
        if length > LARGEST_ANSWER:
            break
    return kept.decode(errors="replace")


def _retry_after(response: httpx.Response) -> int:
    told = response.headers.get("Retry-After", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0
