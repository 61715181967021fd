"""Both ways in which one delivery is signed: Shopify's, and that of Standard Webhooks."""

import base64
import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from standardwebhooks import Webhook

from returns.webhooks.deliveries import Message


def headers(message: Message, *, at: datetime) -> dict[str, str]:
    """Return all headers of a delivery. at: when it is sent; only Standard Webhooks sign that."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Retour-Webhooks/1",
        **_as_shopify(message),
        **_as_standard(message, at),
    }


def _as_shopify(message: Message) -> dict[str, str]:
    """While two secrets count, the older one signs: receivers know that one for certain."""
    named = {"X-Shopify-Name": message.name} if message.name else {}
    test = {"X-Shopify-Test": "true"} if message.is_test else {}
    return {
        "X-Shopify-Topic": message.topic,
        "X-Shopify-Hmac-Sha256": _hmac(message.secrets[-1], message.body),
        "X-Shopify-Shop-Domain": settings.SITE_HOST,
        "X-Shopify-API-Version": message.api_version,
        "X-Shopify-Webhook-Id": str(message.public_id),
        "X-Shopify-Event-Id": str(message.act_id),
        "X-Shopify-Triggered-At": message.triggered_at.isoformat().replace("+00:00", "Z"),
        **named,
        **test,
    }


def _as_standard(message: Message, at: datetime) -> dict[str, str]:
    sent_id = str(message.public_id)
    signed = (Webhook(secret).sign(sent_id, at, message.body) for secret in message.secrets)
    return {
        "webhook-id": sent_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }


def _hmac(secret: str, body: str) -> str:
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
