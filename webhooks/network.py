"""Which address of a receiver is connected to: looked up by us, checked, and then used as it is.

Looking up and connecting are one step for most HTTP clients, between which a name server could
answer differently. Here the connection goes to the very address that was checked.
"""

import asyncio
import socket
from ipaddress import ip_address
from typing import Final

import httpx

from returns import receivers
from returns.models import AttemptFailure
from returns.receivers import Address

SECONDS_TO_LOOK_UP: Final = 5


class Unreachable(Exception):
    """Nothing may be sent there. failure: an AttemptFailure."""

    def __init__(self, failure: AttemptFailure) -> None:
        super().__init__(failure)
        self.failure = failure


async def resolve(receiver: str) -> tuple[httpx.URL, Address]:
    """Return a receiver's URL, and the address to connect to. Raises Unreachable.

    A host with one address that is not allowed is not sent to at all: it is no public receiver.
    """
    try:
        url = httpx.URL(receiver)
    except httpx.InvalidURL:
        raise Unreachable(AttemptFailure.REFUSED_ADDRESS) from None
    found = await _look_up(url.host)
    if not found:
        raise Unreachable(AttemptFailure.UNKNOWN_HOST)
    if not all(receivers.is_allowed(address) for address in found):
        raise Unreachable(AttemptFailure.REFUSED_ADDRESS)
    if url.scheme != "https" and not all(receivers.is_named(address) for address in found):
        raise Unreachable(AttemptFailure.REFUSED_ADDRESS)
    return url, found[0]


async def _look_up(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS_TO_LOOK_UP):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # TimeoutError is an OSError
        return []
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def pinned(url: httpx.URL, address: Address) -> tuple[httpx.URL, dict[str, str]]:
    """Return a URL that leads to `address`, and the host that is meant, for header and TLS."""
    shown = f"[{url.host}]" if ":" in url.host else url.host
    host = shown if url.port is None else f"{shown}:{url.port}"
    return url.copy_with(host=str(address)), {"Host": host}
