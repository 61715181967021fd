"""Labels that come as files: what is taken, and what each bad one is told."""

import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image
from pypdf import PdfReader

from returns.errors import InvalidLabel, LabelTooLarge
from returns.models import LabelType
from returns.parcels import labels
from tests.returns import label_files as files


def test_pdf_is_taken_and_written_anew() -> None:
    label = labels.check(files.pdf(2))
    assert label.type == LabelType.PDF
    assert len(PdfReader(io.BytesIO(label.content)).pages) == 2
    assert label.file.name == "label.pdf"


def test_links_on_a_pdf_are_not_kept() -> None:
    before = files.pdf_with_link()
    after = labels.check(before).content
    pages = [PdfReader(io.BytesIO(content)).pages[0] for content in (before, after)]
    assert ["/Annots" in page for page in pages] == [True, False]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_png_is_taken_and_written_anew(mode: str) -> None:
    label = labels.check(files.png(mode=mode))
    picture = Image.open(io.BytesIO(label.content))
    assert (label.type, picture.size, picture.mode) == (LabelType.PNG, (40, 60), mode)
    assert round(picture.info["dpi"][0]) == 203


def test_words_in_a_png_are_not_kept() -> None:
    before = files.png_with_text()
    assert b"<script>" in before
    assert b"<script>" not in labels.check(before).content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither a PDF nor a PNG"),
        (b"<!doctype html><script>alert(1)</script>", "neither a PDF nor a PNG"),
        (b"\xff\xd8\xff\xe0 a JPEG", "neither a PDF nor a PNG"),
        (b"<svg onload=alert(1)> %PDF-1.7", "neither a PDF nor a PNG"),
        (b"%PDF-1.7\n<script>alert(1)</script>", "cannot be read as one"),
        (b"%PDF-", "cannot be read as one"),
        (files.pdf()[:200], "cannot be read as one"),
        (files.pdf(user_password="secret"), "protected by a password"),
        (files.pdf(user_password="", owner_password="x"), "protected by a password"),
        (files.pdf(0), "1 to 10 pages"),
        (files.pdf(11), "1 to 10 pages"),
        (files.pdf_with_javascript(), "holds programs or other files"),
        (files.pdf_with_file(), "holds programs or other files"),
        (files.pdf_with_launch(), "holds programs or other files"),
        (files.png_that_says(5001, 5000), "more pixels"),
        (files.png_that_says(100_000, 100_000), "more pixels"),
        (files.png_that_says(2**31 - 1, 2**31 - 1), "more pixels"),
        (files.png_that_says(200, 200), "cannot be read as one"),
        (files.png()[:60], "cannot be read as one"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read as one"),
    ],
)
def test_bad_file_is_refused_at_its_field(content: bytes, words: str) -> None:
    with pytest.raises(InvalidLabel, match=words) as caught:
        labels.check(content)
    assert caught.value.field == ("label",)


def test_too_large_file_is_refused_by_its_size_alone() -> None:
    class Endless(ContentFile):
        def read(self, num_bytes: int | None = None) -> bytes:
            raise AssertionError("nobody needs to read this")

    file = Endless(b"")
    file.size = 50 * 1024 * 1024
    with pytest.raises(LabelTooLarge, match="at most 5") as caught:
        labels.read(file)
    assert caught.value.code == "TOO_BIG"


def test_file_that_lies_about_its_size_is_not_read_to_its_end() -> None:
    file = ContentFile(b"%PDF-" + bytes(labels.LARGEST))
    file.size = 5
    with pytest.raises(LabelTooLarge):
        labels.read(file)
    assert file.tell() == labels.LARGEST + 1


def test_pdf_with_countless_objects_is_refused() -> None:
    from pypdf import PdfWriter
    from pypdf.generic import ArrayObject, NameObject, NumberObject

    writer = PdfWriter()
    page = writer.add_blank_page(width=10, height=10)
    page[NameObject("/Many")] = ArrayObject([NumberObject(one) for one in range(30_000)])
    with pytest.raises(InvalidLabel, match="cannot be read"):
        labels.check(files.written(writer))
