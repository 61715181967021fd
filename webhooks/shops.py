"""Shops tell of orders: the message is checked to be theirs, kept, and taken in by a worker."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from orders.models import OrderSource, SourceKind
from orders.models.sources import TOPIC_LENGTH
from orders.sources import inbox, reading, signatures
from orders.sources.inbox import Arrived

LARGEST: Final = 5 * 1024 * 1024

_ID: Final = re.compile(r"[\x21-\x7e]{1,100}")
_TOPIC: Final = re.compile(r"[a-z_]+([./][a-z_]+)+")
_VERSION: Final = re.compile(r"\d{4}-\d{2}|unstable|")
_PING: Final = re.compile(rb"webhook_id=\d{1,20}")


class Refused(Exception):
    """A message that is not taken, with the status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class _Headers:
    """What a kind of shop calls what it says beside the body; "" for what it does not say."""

    signature: str
    topic: str
    webhook_id: str
    domain: str
    version: str = ""
    triggered_at: str = ""


_NAMES: Final[dict[SourceKind, _Headers]] = {
    SourceKind.SHOPIFY: _Headers(
        signature="X-Shopify-Hmac-Sha256",
        topic="X-Shopify-Topic",
        webhook_id="X-Shopify-Webhook-Id",
        domain="X-Shopify-Shop-Domain",
        version="X-Shopify-API-Version",
        triggered_at="X-Shopify-Triggered-At",
    ),
    SourceKind.WOOCOMMERCE: _Headers(
        signature="X-WC-Webhook-Signature",
        topic="X-WC-Webhook-Topic",
        webhook_id="X-WC-Webhook-Delivery-ID",
        domain="X-WC-Webhook-Source",
    ),
}


def _endpoint(kind: SourceKind) -> Callable[..., HttpResponse]:
    def receive(request: HttpRequest, source: UUID) -> HttpResponse:
        """Keep a message of a shop and answer at once.

        404 for an unknown source or one that is off, 401 for a wrong signature or another shop,
        400 for what is no message, 413 for a body above 5 MiB, 405 for another method than POST.
        The same message twice is 200 and changes nothing.
        """
        try:
            body = _body(request)
            found = OrderSource.objects.filter(public_id=source, kind=kind, disabled_at=None)
            shop = found.select_related("store").first()
            if shop is None:
                raise Refused(404, "There is no such source, or it is switched off.")
            if kind == SourceKind.WOOCOMMERCE and _is_ping(request, body):
                return JsonResponse({"status": "pong"})
            arrived = _checked(shop, _NAMES[kind], request.headers, body)
        except Refused as refusal:
            return JsonResponse({"error": str(refusal)}, status=refusal.status)
        _delivery, is_new = inbox.receive(shop, arrived)
        return JsonResponse({"status": "received" if is_new else "known"})

    view = csrf_exempt(receive)
    view.access_policy = "signed"  # type: ignore[attr-defined]
    return view


shopify = _endpoint(SourceKind.SHOPIFY)
woocommerce = _endpoint(SourceKind.WOOCOMMERCE)


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise Refused(405, "Send messages with POST.")
    try:
        body = request.read(LARGEST + 1)  # `request.body` has the limit of forms
    except OSError as error:
        raise Refused(400, "The body could not be read.") from error
    if len(body) > LARGEST:
        raise Refused(413, "A message has at most 5 MiB.")
    return body


def _is_ping(request: HttpRequest, body: bytes) -> bool:
    """Whether WooCommerce tries the address, as it does unsigned when a webhook is saved."""
    signed = _NAMES[SourceKind.WOOCOMMERCE].signature in request.headers
    return not signed and _PING.fullmatch(body.strip()) is not None


def _checked(
    source: OrderSource, names: _Headers, headers: Mapping[str, str], body: bytes
) -> Arrived:
    """Return the message, once it is certain that the shop sent it. Raises Refused."""
    signature = headers.get(names.signature, "")
    if not signatures.is_valid(signature, body, source.secrets(timezone.now())):
        raise Refused(401, f"{names.signature} does not fit the body and the source's secret.")
    if source.shop_domain and _host(headers.get(names.domain, "")) != source.shop_domain:
        raise Refused(401, f"{names.domain} is not the shop of this source.")
    return Arrived(
        webhook_id=_matching(names.webhook_id, headers, _ID),
        topic=_matching(names.topic, headers, _TOPIC)[:TOPIC_LENGTH],
        api_version=_matching(names.version, headers, _VERSION) if names.version else "",
        triggered_at=_moment(names.triggered_at, headers),
        body=_text(body),
    )


def _host(text: str) -> str:
    host: str = text.strip().lower().removeprefix("https://").removeprefix("http://")
    return host.rstrip("/")


def _matching(name: str, headers: Mapping[str, str], kind: "re.Pattern[str]") -> str:
    found = headers.get(name, "").strip()
    if not kind.fullmatch(found):
        raise Refused(400, f"{name} is missing or malformed.")
    return found


def _moment(name: str, headers: Mapping[str, str]) -> datetime | None:
    """Return when it happened; only ever shown, so that a malformed time is none."""
    try:
        found = datetime.fromisoformat(headers.get(name, "")) if name else None
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def _text(body: bytes) -> str:
    """Return the body, once it is certain that it is an object in JSON. Raises Refused."""
    try:
        text = body.decode()
        plain: Any = reading.parsed(text)
    except ValueError as error:
        raise Refused(400, "The body is no JSON.") from error
    if not isinstance(plain, dict):
        raise Refused(400, "The body is no JSON object.")
    return text
