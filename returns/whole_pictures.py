"""Letting Pillow refuse pictures that end too early."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final

from PIL import ImageFile

# The setting is one for the whole process.
_pillow: Final = RLock()


@contextmanager
def only() -> Iterator[None]:
    """Let Pillow refuse files that end too early; WeasyPrint, once loaded, tells it not to."""
    with _pillow:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
