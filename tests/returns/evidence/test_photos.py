"""Photos are checked by what they hold and written anew; whatever else is refused."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

from returns import lifecycle
from returns.errors import InvalidPhoto
from returns.evidence import photos
from returns.lifecycle import DisposeRequest, Receipt
from returns.models import Disposition, ReceivingPhoto, Return
from tests.returns.stories import SYSTEM, opened


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "green").save(written, kind, **options)
    return written.getvalue()


def rewritten(content: bytes) -> bytes:
    return photos.rewritten(BytesIO(content), len(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_pictures_become_jpeg(kind: str) -> None:
    with Image.open(BytesIO(rewritten(picture(kind)))) as stored:
        assert (stored.format, stored.size) == ("JPEG", (40, 30))


def test_what_cameras_write_is_left_out_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "SecretCamera"
    content = picture(size=(40, 30), exif=exif, comment=b"<script>alert(1)</script>")

    stored = rewritten(content)

    assert b"SecretCamera" in content
    assert b"SecretCamera" not in stored
    assert b"script" not in stored
    with Image.open(BytesIO(stored)) as opened_:
        assert (opened_.size, dict(opened_.getexif())) == ((30, 40), {})


def test_large_pictures_become_smaller() -> None:
    with Image.open(BytesIO(rewritten(picture(size=(5000, 2500))))) as stored:
        assert stored.size == (2000, 1000)


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 2.5 billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7",
        b"GIF89a" + b"\0" * 50,
        picture()[:200],
        bomb(),
        b"\xff\xd8\xff\xe0" + b"\0" * 1000,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidPhoto) as refused:
        rewritten(content)

    assert refused.value.field == ("photo",)


def test_many_pixels_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture("PNG")
    monkeypatch.setattr(photos, "MOST_PIXELS", 1000)
    monkeypatch.setattr(Image.Image, "load", lambda _image: pytest.fail("decoded"))

    with pytest.raises(InvalidPhoto, match="pixels"):
        rewritten(content)


def test_large_files_are_refused_unread(settings: Settings) -> None:
    settings.PHOTO_LARGEST_FILE = 1000
    unread = BytesIO(picture())

    with pytest.raises(InvalidPhoto, match="too large"):
        photos.rewritten(unread, 1001)

    assert unread.tell() == 0


@pytest.fixture
def return_(db: None, settings: Settings, tmp_path: Path) -> Return:
    settings.MEDIA_ROOT = tmp_path
    return opened(quantity=1)


def book(return_: Return, *ids: int) -> Return:
    fate = DisposeRequest(type="NOT_RESTOCKED", quantity=1, photo_ids=ids)
    receipt = Receipt(line_id=return_.lines.get().pk, quantity=1, dispositions=(fate,))
    return lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])


def test_photos_go_with_what_became_of_the_pieces(return_: Return) -> None:
    photo = photos.store(return_, rewritten(picture()))

    book(return_, photo.pk)

    stored = ReceivingPhoto.objects.get()
    assert stored.disposition == Disposition.objects.get()
    assert stored.image.name == f"receiving/{stored.created_at:%Y/%m}/{stored.public_id}.jpg"


def test_photos_of_another_return_are_refused(return_: Return) -> None:
    photo = photos.store(opened(quantity=1), rewritten(picture()))

    with pytest.raises(InvalidPhoto):
        book(return_, photo.pk)

    assert Disposition.objects.count() == 0


def test_a_return_has_an_end_of_photos(return_: Return, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_PER_RETURN", 1)
    photos.store(return_, rewritten(picture()))

    with pytest.raises(InvalidPhoto, match="enough"):
        photos.store(return_, rewritten(picture()))
