"""Receivers of webhooks that do as little as possible: read, count, answer 204."""

import asyncio
import base64
import hashlib
import hmac
from multiprocessing.synchronize import Event as Flag
from typing import Any

ANSWER = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


class Counter:
    """What came in at one port. ids: of messages; a repeated one counts once."""

    def __init__(self, secret: str) -> None:
        self.ids: set[bytes] = set()
        self.requests = 0
        self.wrong = 0
        self._secret = secret.encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection; check the signature of every hundredth."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                headers = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(headers[b"content-length"]))
                self._count(headers, body)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _count(self, headers: dict[bytes, bytes], body: bytes) -> None:
        self.requests += 1
        self.ids.add(headers[b"webhook-id"])
        if self.requests % 100 == 1:
            digest = hmac.new(self._secret, body, hashlib.sha256).digest()
            self.wrong += base64.b64encode(digest) != headers[b"x-shopify-hmac-sha256"]


def run(secrets: list[str], ports: Any, stop: Flag, answers: Any) -> None:
    """Serve one port for each secret until `stop`; put the ports, and at the end what came in."""
    asyncio.run(_run(secrets, ports, stop, answers))


async def _run(secrets: list[str], ports: Any, stop: Flag, answers: Any) -> None:
    counters = [Counter(secret) for secret in secrets]
    servers = [await asyncio.start_server(each.serve, "127.0.0.1", 0) for each in counters]
    ports.put([server.sockets[0].getsockname()[1] for server in servers])
    while not stop.is_set():
        await asyncio.sleep(0.1)
    answers.put([(len(each.ids), each.requests, each.wrong) for each in counters])
