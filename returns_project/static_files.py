"""Addresses of static files."""

from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class CachedManifestStorage(CompressedManifestStaticFilesStorage):
    """Works each address out once; a page has dozens, and they change only with a new release."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.url = cache(super().url)
