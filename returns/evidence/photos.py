"""Photos that people take of goods: checked by what they hold, and written anew as plain JPEG.

Nothing of the uploaded file is kept but its picture: no name, no place, no camera, no code that
hides behind a picture.
"""

import uuid
from collections.abc import Sequence
from io import BytesIO
from typing import IO, Any, Final

import pillow_heif
from django.conf import settings
from django.core.files.base import ContentFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from returns import whole_pictures
from returns.errors import InvalidPhoto
from returns.models import Disposition, ReceivingPhoto, Return, Scan, UnexpectedItem

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
# What phones of one make write; Pillow asks libheif for it, which decodes only what is used.
pillow_heif.register_heif_opener(thumbnails=False)
# More than any telephone takes (50 million pixels); a bomb names many more in its few bytes.
MOST_PIXELS: Final = 60_000_000
# Enough to see a scratch; the longer side in pixels.
STORED_SIDE: Final = 2000
MOST_PER_RETURN: Final = 100


def rewritten(file: IO[bytes], size: int) -> bytes:
    """Return an uploaded picture as JPEG, upright, at most STORED_SIDE pixels long.

    size: of the file, in bytes. Size and pixels are checked before anything is decoded. Raises
    InvalidPhoto for whatever is not a JPEG, PNG, WebP or HEIC picture or is too large.
    """
    if size > settings.PHOTO_LARGEST_FILE:
        limit = filesizeformat(settings.PHOTO_LARGEST_FILE)
        raise InvalidPhoto(
            _("The photo is too large: at most %(limit)s.") % {"limit": limit}, field=("photo",)
        )
    try:
        with whole_pictures.only():
            return _as_jpeg(file)
    except InvalidPhoto:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    # Pillow's readers raise whatever a broken file makes them stumble over.
    except Exception as error:
        raise InvalidPhoto(
            _("This file is no picture. Choose a JPEG, PNG, WebP or HEIC photo."), field=("photo",)
        ) from error


def _as_jpeg(file: IO[bytes]) -> bytes:
    with Image.open(file, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _too_many_pixels()
        # JPEG is decoded at a fraction of its size where that is enough.
        opened.draft("RGB", (STORED_SIDE, STORED_SIDE))
        picture: Any = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((STORED_SIDE, STORED_SIDE))
        # Pillow would write the comments of the file again.
        picture.info = {}
        written = BytesIO()
        picture.save(written, "JPEG", quality=85, optimize=True)
        return written.getvalue()


def _too_many_pixels() -> InvalidPhoto:
    message = _("The photo has too many pixels: at most %(count)s million.")
    return InvalidPhoto(message % {"count": MOST_PIXELS // 1_000_000}, field=("photo",))


def store(return_: Return, jpeg: bytes, *, scan: Scan | None = None) -> ReceivingPhoto:
    """Store a picture that `rewritten` made. Raises InvalidPhoto when a return has very many."""
    if return_.receiving_photos.count() >= MOST_PER_RETURN:
        raise InvalidPhoto(_("This return has enough photos."), field=("photo",))
    photo = ReceivingPhoto(
        for_return=return_, public_id=uuid.uuid4(), scan=scan, created_at=timezone.now()
    )
    photo.image.save("photo.jpg", ContentFile(jpeg), save=False)
    photo.save()
    return photo


def attach(
    return_: Return,
    ids: Sequence[int],
    *,
    disposition: Disposition | None = None,
    unexpected: UnexpectedItem | None = None,
) -> None:
    """Say what stored photos of a return show. Raises InvalidPhoto for others' or used ones."""
    if not ids:
        return
    free = ReceivingPhoto.objects.filter(
        for_return=return_, pk__in=ids, disposition=None, unexpected=None
    )
    if free.update(disposition=disposition, unexpected=unexpected) != len(set(ids)):
        raise InvalidPhoto(_("Photo not found."), field=("photo",))


def by_scan(return_: Return) -> dict[int, list[int]]:
    """Return the photos (primary keys) of what lies on the bench, by scan; one query."""
    found: dict[int, list[int]] = {}
    waiting = ReceivingPhoto.objects.filter(
        for_return=return_, scan__isnull=False, disposition=None, unexpected=None
    )
    for photo_id, scan_id in waiting.order_by("pk").values_list("pk", "scan"):
        found.setdefault(scan_id, []).append(photo_id)
    return found
