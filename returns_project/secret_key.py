"""The key that sessions are signed with, where an installation was not given one."""

import secrets
from pathlib import Path

from returns_project import kept_keys


def read_or_create(var_dir: Path) -> str:
    """Return the key in `var_dir`, after making one if there is none.

    Raises ImproperlyConfigured as `kept_keys.read_or_create` does.
    """
    return kept_keys.read_or_create(var_dir / "secret_key", _make, setting="SECRET_KEY")


def _make() -> str:
    return secrets.token_urlsafe(50)
