"""Webhooks about parcels in the form of the Standard Webhooks specification, with a shared secret.

The body is `{"updates": [{"tracking_number": ..., "state": ..., "at": ...}]}`; a state is one of
ours. Anything that follows parcels can be told to send it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from returns.models import ParcelState
from returns.parcels.carriers.interface import TrackingUpdate, WebhookRefused

# Seconds. An older or younger message was recorded and is played again (specification, "Verifying
# webhook authenticity").
TOLERANCE: Final = 300
MOST_UPDATES: Final = 1000
_PREFIX: Final = "whsec_"


def key() -> bytes:
    """Return the shared secret's bytes; empty when there is none, or none that can be read."""
    secret = str(settings.CARRIER_WEBHOOK_SECRET).removeprefix(_PREFIX)
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""


def sign(message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message, as its header has it."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    digest = hmac.new(key(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def verify(headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a message that was not signed with our secret in the last minutes.

    Raises WebhookRefused.
    """
    if not key():
        raise WebhookRefused("No CARRIER_WEBHOOK_SECRET is set.")
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")
    expected = sign(message_id, timestamp, body).encode()
    if not any(hmac.compare_digest(one.encode(), expected) for one in given):
        raise WebhookRefused("The signature is wrong.")
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12
    if not is_number or abs(time.time() - int(timestamp)) > TOLERANCE:
        raise WebhookRefused("The message is too old.")


def updates(body: bytes) -> list[TrackingUpdate]:
    """Return what a message tells. Raises WebhookRefused for what is not in the form above."""
    try:
        told = json.loads(body)["updates"]
        if not isinstance(told, list) or len(told) > MOST_UPDATES:
            raise ValueError("not a list of updates")
        return list(_updates(told))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WebhookRefused("The body cannot be read.") from error


def _updates(told: list[dict[str, Any]]) -> Iterator[TrackingUpdate]:
    for one in told:
        at = datetime.fromisoformat(one["at"]) if one.get("at") else None
        if one["state"] not in ParcelState.values or (at and at.tzinfo is None):
            raise ValueError("unknown state, or a time without zone")
        yield TrackingUpdate(tracking_number=str(one["tracking_number"]), state=one["state"], at=at)
