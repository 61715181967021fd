"""Keys of an installation that was not given them: made once, and kept in var/.

One machine needs no more. Several machines must share their keys, so there they are settings.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_create(file: Path, make: Callable[[], str], *, setting: str) -> str:
    """Return the key in a file, after making one if there is none.

    Processes that start together get the same key. setting: its name, for who cannot keep a file.
    Raises ImproperlyConfigured when the folder can neither be read nor written.
    """
    try:
        if not file.exists():
            create(file, make())
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set {setting}, or let this user write to {file.parent} ({error})."
        ) from error


def create(file: Path, key: str) -> None:
    """Put a key into a file that nobody else can read, unless another process was quicker."""
    file.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as new:  # closed to other users
        new.write(key)
        new.flush()
        try:
            os.link(new.name, file)  # fails when another process was quicker
        except FileExistsError:
            return
