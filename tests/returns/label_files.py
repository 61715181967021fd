"""Files that somebody may upload as a label: good ones, and each way to be bad."""

import io
import struct
import zlib
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)


def pdf(pages: int = 1, **encrypt: Any) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(width=288, height=432)
    return written(writer, **encrypt)


def written(writer: PdfWriter, **encrypt: Any) -> bytes:
    if encrypt:
        writer.encrypt(**encrypt)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def pdf_with_javascript() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=288, height=432)
    writer._root_object[NameObject("/OpenAction")] = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('hello')"),
        }
    )
    return written(writer)


def pdf_with_file() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=288, height=432)
    writer.add_attachment("notes.exe", b"MZ")
    return written(writer)


def pdf_with_launch() -> bytes:
    """A link on the page that starts a program."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=288, height=432)
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("calc.exe")}
    )
    annotation = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([NumberObject(one) for one in (0, 0, 99, 99)]),
            NameObject("/A"): action,
        }
    )
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    return written(writer)


def pdf_with_link() -> bytes:
    """A link to the web, as carriers print: no harm, but not kept."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=288, height=432)
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/URI"),
            NameObject("/URI"): TextStringObject("https://tracking.example/1"),
        }
    )
    annotation = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([NumberObject(one) for one in (0, 0, 99, 99)]),
            NameObject("/A"): action,
        }
    )
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    return written(writer)


def png(width: int = 40, height: int = 60, mode: str = "L") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, format="PNG", dpi=(203, 203))
    return file.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A picture whose head promises this size; a few hundred bytes, whatever it promises."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def png_with_text() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    file = io.BytesIO()
    Image.new("L", (10, 10)).save(file, format="PNG", pnginfo=info)
    return file.getvalue()
