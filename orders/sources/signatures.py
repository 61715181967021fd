"""Whether a message is really from the shop: HMAC-SHA256 over its bytes, in Base64.

Shopify (X-Shopify-Hmac-Sha256) and WooCommerce (X-WC-Webhook-Signature) sign alike.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signed(secret: str, body: bytes) -> str:
    """Return the signature of a body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_valid(signature: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made the signature; takes the same time for every wrong one."""
    given = signature.encode(errors="replace")
    checks = [hmac.compare_digest(signed(secret, body).encode(), given) for secret in secrets]
    return any(checks)
