"""Which address of a receiver is connected to: looked up by us, checked, and then used as it is.

Looking up and connecting are one step for most HTTP clients, between which a name server could
answer differently. Here connections go to the very address that was checked.
"""

import asyncio
import socket
from ipaddress import ip_address
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from returns.models import AttemptFailure
from returns.webhooks import receivers
from returns.webhooks.receivers import Address

SECONDS_TO_LOOK_UP: Final = 5


class Unreachable(Exception):
    """Nothing may be sent there. failure: an AttemptFailure."""

    def __init__(self, failure: AttemptFailure) -> None:
        super().__init__(failure)
        self.failure = failure


async def resolve(receiver: str) -> tuple[URL, Address]:
    """Return a receiver's URL, and the address to connect to. Raises Unreachable.

    A host with one address that is not allowed is not sent to at all: it is no public receiver.
    """
    try:
        url = URL(receiver, encoded=True)
        host = url.host or ""
    except ValueError:
        raise Unreachable(AttemptFailure.REFUSED_ADDRESS) from None
    found = await _look_up(host)
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


class Pinned(AbstractResolver):
    """Leads an HTTP client, for the name that was looked up, to the address that was checked.

    The name stays the receiver's in the request and for TLS, certificate included.
    """

    def __init__(self) -> None:
        self._host = ""
        self._address: Address | None = None

    def pin(self, host: str, address: Address) -> None:
        """Lead to an address from now on; connections that are open stay where they lead."""
        self._host, self._address = host, address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the checked address. Raises OSError for another name."""
        if self._address is None or host != self._host:
            raise OSError(f"{host} was not checked")
        kind = socket.AF_INET if self._address.version == 4 else socket.AF_INET6
        return [
            ResolveResult(
                hostname=host,
                host=str(self._address),
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
        ]

    async def close(self) -> None:
        """Nothing is open here."""
