"""PDF files from HTML, through WeasyPrint, as fast as its public interface allows.

What makes it fast, and what each is worth, is in docs/performance.md ("Slips").
"""

import gc
import mimetypes
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pydyf  # type: ignore[import-untyped]
from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from returns.codes import Rectangle
from returns.sheets import Sheet

# Where our static files seem to be for WeasyPrint. The name cannot exist (RFC 6761, section 6.4).
STATIC_BASE = "https://static.invalid/"
POINTS_PER_PIXEL = 0.75  # CSS: 96 pixels an inch; PDF: 72 points
POINTS_PER_MM = 72 / 25.4

# For screen readers, and for archives: a PDF/A that is tagged all the same.
ACCESSIBLE = "pdf/ua-1"
ARCHIVE = "pdf/a-3b"

# Pango's font maps and WeasyPrint's caches are not made for several threads at once, and a page
# holds the interpreter most of the time anyway.
_lock = threading.Lock()


class StaticFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Reads our own static files and nothing else: no network, no other file, no data: URL."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """Return the static file at `url`. Raises ValueError for every other address."""
        path = url.removeprefix(STATIC_BASE)
        found = Path(str(finders.find(path) or "")) if path != url else Path()
        if not found.is_file():
            raise ValueError(f"Not one of our static files: {url}")
        content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": content_type})


class _Setup(NamedTuple):
    """What all documents share: fonts and style sheets are read and parsed once per process."""

    fonts: FontConfiguration
    fetcher: StaticFetcher
    styles: dict[str, CSS]


@cache
def _setup() -> _Setup:
    # The program itself is in memory for good by now. Without this the garbage collector walks all
    # of it in the middle of every tenth document, which then takes twice as long.
    gc.collect()
    gc.freeze()
    return _Setup(FontConfiguration(), StaticFetcher(), {})


def _style(setup: _Setup, path: str) -> CSS:
    if path not in setup.styles:
        setup.styles[path] = CSS(
            url=STATIC_BASE + path, url_fetcher=setup.fetcher, font_config=setup.fonts
        )
    return setup.styles[path]


def write(
    sheets: Sequence[Sheet],
    *,
    style: str,
    title: str,
    variant: str = ACCESSIBLE,
    attachments: Mapping[str, str] | None = None,
) -> bytes:
    """Return one tagged PDF with the sheets after one another.

    Each sheet starts on a new page, with page numbers of its own. `style` is the path of a style
    sheet below the static files. variant: ACCESSIBLE (PDF/UA-1), or ARCHIVE (PDF/A-3b), which may
    carry attachments: texts by file name. Raises ValueError without any sheet.
    """
    if not sheets:
        raise ValueError("A document needs at least one sheet.")
    with _lock:
        setup = _setup()
        laid_out = [_lay_out(sheet, setup, style, variant) for sheet in sheets]
        pages = [page for document in laid_out for page in document.pages]
        owners = [
            sheet
            for sheet, document in zip(sheets, laid_out, strict=True)
            for _page in document.pages
        ]
        whole = laid_out[0].copy(pages)
        whole.metadata.title = title
        whole.metadata.attachments = [
            Attachment(string=text, name=name, relationship="Source")
            for name, text in (attachments or {}).items()
        ]
        pdf: bytes = whole.write_pdf(
            pdf_variant=variant,
            pdf_tags=True,
            finisher=lambda document, pdf: _finish(document, pdf, owners),
        )
    return pdf


def _lay_out(sheet: Sheet, setup: _Setup, style: str, variant: str) -> Document:
    html = HTML(string=sheet.html, base_url=STATIC_BASE, url_fetcher=setup.fetcher)
    return html.render(
        font_config=setup.fonts, stylesheets=[_style(setup, style)], pdf_variant=variant
    )


def _finish(document: Document, pdf: pydyf.PDF, owners: Sequence[Sheet]) -> None:
    """Draw the codes, and say which pages are in another language than the document."""
    references = pdf.page_references
    foreign = {
        reference: owner.language
        for reference, owner in zip(references, owners, strict=True)
        if owner.language != document.metadata.lang
    }
    for page, reference, owner in zip(document.pages, references, owners, strict=True):
        content = b"".join(_drawing(page, owner.codes))
        if content:
            _put_below(pdf, reference, content)
    for element in pdf.objects if foreign else ():
        if isinstance(element, dict) and element.get("Pg") in foreign:
            element["Lang"] = pydyf.String(foreign[element["Pg"]])


def _drawing(page: Any, codes: Mapping[str, Sequence[Rectangle]]) -> Iterator[bytes]:
    """Yield the rectangles of the codes on this page, in PDF's own coordinates.

    They are artifacts for screen readers: the same is written as text beside each.
    """
    here = codes.keys() & page.anchors.keys()
    if not here:
        return
    yield b"/Artifact BMC q 0 g\n"
    for name in here:
        left, top = (length * POINTS_PER_PIXEL for length in page.anchors[name][:2])
        top = page.height * POINTS_PER_PIXEL - top
        for x, y, width, height in codes[name]:
            yield b"%.3f %.3f %.3f %.3f re\n" % (
                left + x * POINTS_PER_MM,
                top - (y + height) * POINTS_PER_MM,
                width * POINTS_PER_MM,
                height * POINTS_PER_MM,
            )
    yield b"f Q EMC\n"


def _put_below(pdf: pydyf.PDF, page_reference: bytes, content: bytes) -> None:
    """Add a content stream before the page's own, whose coordinates it then does not inherit."""
    page = pdf.objects[int(page_reference.split()[0])]
    stream = pydyf.Stream([content], compress=True)
    pdf.add_object(stream)
    page["Contents"] = pydyf.Array([stream.reference, page["Contents"]])
