"""The program that serves localstripe (PyPI) on loopback; it prints its port and never ends.

As published localstripe listens on every address, writes its state to /tmp and knows no idempotency
keys. Here it listens on loopback, keeps its state to itself, and learns keys when started with
`keys`: a known key is answered with the first answer, as Stripe does, also to a call that comes
while the first one is being answered.
"""

import asyncio
import socket
import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server


def serve(*, with_keys: bool) -> None:
    type(resources.store).dump_to_disk = lambda _store: None
    if with_keys:
        server.app.middlewares.append(web.middleware(_remember_keys({})))
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    web.run_app(server.app, sock=listening, print=None, access_log=None)


def _remember_keys(answers: dict[str, Any]) -> Any:
    async def middleware(request: Any, handler: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if request.method != "POST" or not key:
            return await handler(request)
        if key not in answers:
            answers[key] = asyncio.get_running_loop().create_future()
            response = await handler(request)
            answers[key].set_result((response.status, response.body))
            return response
        status, body = await answers[key]
        return web.Response(status=status, body=body, content_type="application/json")

    return middleware


if __name__ == "__main__":
    serve(with_keys="keys" in sys.argv)
