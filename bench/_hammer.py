"""A client that costs next to nothing: requests are bytes made beforehand, sockets stay open.

It shares the two cores with the server, so each microsecond of it counts against the server.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence

from bench._times import Lap

HOST = "127.0.0.1"
LARGEST = 1 << 20
_LENGTH = b"content-length: "


def request(path: str, *, headers: dict[str, str], body: bytes) -> bytes:
    """Return one POST request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def hammer(
    port: int, requests: Sequence[bytes], *, connections: int, expected: bytes, seconds: float
) -> Lap:
    """Send requests over so many connections at once, each of which waits for its answer.

    Ends after so many seconds, or when all were sent. Raises RuntimeError for an answer that is
    not 200, or in which `expected` does not occur.
    """
    waiting = iter(requests)
    durations: list[float] = []
    began = time.time()
    until = time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        for _number in range(connections):
            line = _Line(port)
            if line.send(waiting):
                selector.register(line.socket, selectors.EVENT_READ, line)
        while selector.get_map():
            for key, _events in selector.select():
                line = key.data
                if not line.receive(expected):
                    continue
                durations.append(time.perf_counter() - line.sent_at)
                if time.perf_counter() > until or not line.send(waiting):
                    selector.unregister(line.socket)
                    line.socket.close()
    return Lap(began, time.time(), tuple(durations))


class _Line:
    """One connection, and the answer that is coming in on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._got = b""

    def send(self, waiting: Iterator[bytes]) -> bool:
        """Send the next request; False when there is none."""
        following = next(waiting, None)
        if following is None:
            return False
        self._got = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(following)
        return True

    def receive(self, expected: bytes) -> bool:
        """Read what is there; return whether the answer is whole."""
        part = self.socket.recv(LARGEST)
        if not part:
            raise RuntimeError("The server hung up.")
        self._got += part
        head, blank, body = self._got.partition(b"\r\n\r\n")
        if not blank:
            return False
        at = head.lower().index(_LENGTH) + len(_LENGTH)
        if len(body) < int(head[at:].split(b"\r\n", 1)[0]):
            return False
        if not head.startswith(b"HTTP/1.1 200") or expected not in body:
            raise RuntimeError(f"{head[:200]!r} {body[:900]!r}")
        return True
