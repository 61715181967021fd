"""Labels that come as files: looked into before they are kept, whatever their name says.

A PDF is written anew from its pages alone and a picture from its pixels alone, so that what is
stored and served holds nothing else.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from django.core.files.base import ContentFile, File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from returns import whole_pictures
from returns.errors import InvalidLabel, LabelTooLarge
from returns.models import LabelType

LARGEST: Final = 5 * 1024 * 1024
MOST_PAGES: Final = 10
MOST_PIXELS: Final = 25_000_000  # 4 x 6 inches at 1000 dots per inch
MOST_OBJECTS: Final = 20_000

FIELD: Final = ("label",)


@dataclass(frozen=True, kw_only=True)
class LabelFile:
    """A label that was looked into."""

    content: bytes
    type: LabelType

    @property
    def file(self) -> ContentFile:  # type: ignore[type-arg]  # generic only in the stubs
        """The file as Django storages take it; its name says only what it is."""
        return ContentFile(self.content, name=f"label.{self.type.name.lower()}")


def read(file: File) -> LabelFile:  # type: ignore[type-arg]
    """Read an uploaded label, never more of it than a label may have.

    Raises LabelTooLarge and InvalidLabel, with the field `label`.
    """
    if (file.size or 0) > LARGEST:
        raise _too_large()
    file.seek(0)
    return check(file.read(LARGEST + 1))


def check(content: bytes) -> LabelFile:
    """Look into a label and return it as it may be kept.

    Raises LabelTooLarge and InvalidLabel, with the field `label`.
    """
    if len(content) > LARGEST:
        raise _too_large()
    if content.startswith(b"%PDF-"):
        return LabelFile(content=_pdf(content), type=LabelType.PDF)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return LabelFile(content=_png(content), type=LabelType.PNG)
    raise InvalidLabel(_("This file is neither a PDF nor a PNG picture."), field=FIELD)


def _too_large() -> LabelTooLarge:
    most = filesizeformat(LARGEST)
    return LabelTooLarge(
        _("The file is too large: a label has at most %(most)s.") % {"most": most}, field=FIELD
    )


# --- PDF ----------------------------------------------------------------------------------------

# What makes a document act or carry something (ISO 32000-2: 12.6.4 actions, 7.11.4 files).
_FORBIDDEN_KEYS: Final = frozenset(
    {"/JS", "/JavaScript", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/AF", "/XFA", "/RichMedia"}
)
_FORBIDDEN_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition"}
)
_FORBIDDEN_KINDS: Final = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"})


def _pdf(content: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted:
            raise InvalidLabel(
                _("This PDF is protected by a password. Save it without one."), field=FIELD
            )
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise InvalidLabel(
                _("A label has 1 to %(most)s pages.") % {"most": MOST_PAGES}, field=FIELD
            )
        if any(_acts(one) for one in _objects(reader.trailer)):
            raise InvalidLabel(
                _("This PDF holds programs or other files. Print it to a PDF again and use that."),
                field=FIELD,
            )
        writer = PdfWriter()
        for page in reader.pages:
            added = writer.add_page(page)
            for name in ("/Annots", "/AA", "/Metadata", "/PieceInfo"):
                added.pop(name, None)
        written = BytesIO()
        writer.write(written)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, NotImplementedError, OverflowError, MemoryError) as error:  # fmt: skip
        raise InvalidLabel(
            _("This file says it is a PDF, but it cannot be read as one."), field=FIELD
        ) from error
    return written.getvalue()


def _objects(root: Any) -> Iterator[Any]:
    """Yield every dictionary that can be reached, each once."""
    from pypdf.generic import IndirectObject

    waiting, seen = [root], set()
    for _count in range(MOST_OBJECTS):
        if not waiting:
            return
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    raise ValueError("more objects than a label has")


def _acts(one: Any) -> bool:
    """Whether a dictionary of a PDF does something, or holds a file."""
    return (
        not _FORBIDDEN_KEYS.isdisjoint(one)
        or str(one.get("/S", "")) in _FORBIDDEN_ACTIONS
        or str(one.get("/Subtype", "")) in _FORBIDDEN_KINDS
    )


# --- PNG ----------------------------------------------------------------------------------------


def _png(content: bytes) -> bytes:
    try:
        with whole_pictures.only(), warnings.catch_warnings():
            # Pillow warns of many pixels, and refuses twice as many; the limit here is ours.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(content), formats=["PNG"])
            if picture.width * picture.height > MOST_PIXELS:
                raise InvalidLabel(
                    _("This picture has more pixels than a label needs."), field=FIELD
                )
            picture.load()
    except Image.DecompressionBombError as error:
        raise InvalidLabel(
            _("This picture has more pixels than a label needs."), field=FIELD
        ) from error
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as error:
        raise InvalidLabel(
            _("This file says it is a PNG picture, but it cannot be read as one."), field=FIELD
        ) from error
    written = BytesIO()
    dots = picture.info.get("dpi")
    picture.info = {name: picture.info[name] for name in ("transparency",) if name in picture.info}
    picture.save(written, format="PNG", **({"dpi": dots} if dots else {}))
    return written.getvalue()
