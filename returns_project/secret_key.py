"""The key of an installation that was not given one: random, and kept in var/.

One machine needs no more. Several machines must share one key, so there SECRET_KEY is set.
"""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_create(var_dir: Path) -> str:
    """Return the key in `var_dir`, after making one if there is none.

    Processes that start together get the same key. Raises ImproperlyConfigured when `var_dir`
    can neither be read nor written.
    """
    file = var_dir / "secret_key"
    try:
        if not file.exists():
            _create(file)
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set SECRET_KEY, or let this user write to {var_dir} ({error})."
        ) from error


def _create(file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as new:  # closed to other users
        new.write(secrets.token_urlsafe(50))
        new.flush()
        try:
            os.link(new.name, file)  # fails when another process was quicker
        except FileExistsError:
            return
