"""The program that serves localstripe (PyPI) on loopback; it prints its port and never ends.

As published localstripe listens on every address, writes its state to /tmp and knows no idempotency
keys and no payment links. Here it listens on loopback, keeps its state to itself, and learns keys
when started with `keys`: a known key is answered with the first answer, as Stripe does, also to a
call that comes while the first one is being answered. And it learns as much of payment links as
Retour uses (https://docs.stripe.com/api/payment-link): what is paid at one is a Checkout session,
which Stripe makes for a visitor and here whoever posts it.
"""

import asyncio
import socket
import sys
from typing import Any

from aiohttp import web
from localstripe import resources, server


def serve(*, with_keys: bool) -> None:
    type(resources.store).dump_to_disk = lambda _store: None
    _learn_links(server.app.router)
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


LEAST_UNITS = 50  # of EUR


def _learn_links(router: Any) -> None:
    links: dict[str, dict[str, Any]] = {}
    sessions: list[dict[str, Any]] = []

    async def make(request: Any) -> Any:
        sent = await server.get_post_data(request)
        price = sent["line_items"][0]["price_data"]
        if int(price["unit_amount"]) < LEAST_UNITS:
            return _refused("amount_too_small")
        number = f"plink_{len(links) + 1}"
        links[number] = {
            "id": number,
            "object": "payment_link",
            "url": f"https://buy.stripe.example/{number}",
            "active": True,
            "currency": price["currency"],
            "metadata": sent["metadata"],
            "price": int(price["unit_amount"]),
        }
        return server.json_response(links[number])

    async def change(request: Any) -> Any:
        sent = await server.get_post_data(request)
        link = links[request.match_info["number"]]
        link["active"] = sent["active"] == "true"
        return server.json_response(link)

    async def pay(request: Any) -> Any:
        sent = await server.get_post_data(request)
        link = links[sent["payment_link"]]
        if not link["active"]:
            return _refused("payment_link_inactive")
        intent = resources.PaymentIntent._api_retrieve(sent["payment_intent"])
        session = {
            "id": f"cs_{len(sessions) + 1}",
            "object": "checkout.session",
            "payment_link": link["id"],
            "payment_intent": intent.id,
            "payment_status": "paid",
            "amount_total": intent.amount,
            "currency": intent.currency,
            "metadata": link["metadata"],
        }
        sessions.append(session)
        link["active"] = False  # one payment completes it
        return server.json_response(session)

    async def find(request: Any) -> Any:
        found = [one for one in sessions if one["payment_link"] == request.query["payment_link"]]
        listed = {"object": "list", "data": found, "has_more": False, "url": request.path}
        return server.json_response(listed)

    router.add_post("/v1/payment_links", make)
    router.add_post("/v1/payment_links/{number}", change)
    router.add_post("/v1/checkout/sessions", pay)
    router.add_get("/v1/checkout/sessions", find)


def _refused(code: str) -> Any:
    error = {"type": "invalid_request_error", "code": code, "message": "That is not possible."}
    return web.json_response({"error": error}, status=400)


if __name__ == "__main__":
    serve(with_keys="keys" in sys.argv)
