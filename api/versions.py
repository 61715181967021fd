"""The versions of the APIs that are answered; the schema is that of the newest for all."""

from typing import Final

VERSIONS: Final = ("2025-07", "2025-10", "2026-01", "2026-04", "2026-07", "2026-10")
UNSTABLE: Final = "unstable"
NEWEST: Final = VERSIONS[-1]
# From this one on the mutations that move money need an idempotency key.
KEYS_NEEDED_SINCE: Final = "2026-04"


def is_known(version: str) -> bool:
    """Whether a version is answered."""
    return version in VERSIONS or version == UNSTABLE


def needs_keys(version: str) -> bool:
    """Whether this version refuses a refund without an idempotency key. `unstable` is newest."""
    return version >= KEYS_NEEDED_SINCE
