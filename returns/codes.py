"""Codes that machines read, as black rectangles: Code 128 bars and QR codes.

Rectangles are `(x, y, width, height)` from the top left corner. Runs of dark modules are one
rectangle each, so that a page holds few of them.
"""

from itertools import groupby

import segno
from barcode.codex import Code128
from barcode.errors import BarcodeError

Rectangle = tuple[float, float, float, float]

# Millimetres. Finer bars than 0.17 mm run together on a 300 dpi printer (2 dots); wider ones than
# 0.33 mm (the usual 13 mil) only take room.
FINEST_MODULE = 0.17
WIDEST_MODULE = 0.33


def _code128_modules(text: str) -> str:
    """Return the modules of `text` in Code 128 as `1` (bar) and `0` (space).

    Raises BarcodeError for letters that Code 128 does not have.
    """
    modules: str = Code128(text).build()[0]
    return modules


def code128(text: str, *, longest: float, height: float, top: float = 0.0) -> tuple[Rectangle, ...]:
    """Return the bars of `text`, in millimetres, as wide as `longest` allows, `top` from the top.

    Empty when it cannot be printed so that scanners read it: letters outside ASCII, or so long
    that the bars would be finer than FINEST_MODULE. The text beside the code has to do then.
    """
    if not (text and text.isascii() and text.isprintable()):
        return ()
    try:
        modules = _code128_modules(text)
    except BarcodeError:
        return ()
    module = min(WIDEST_MODULE, longest / len(modules))
    if module < FINEST_MODULE:
        return ()
    return tuple(
        (start * module, top, length * module, height) for start, length in _dark_runs(modules)
    )


def qr(text: str, *, size: float) -> tuple[Rectangle, ...]:
    """Return the modules of the QR code of `text`, filling a square of `size` millimetres.

    Error correction M: it is read with 15 percent of it dirty. The four modules of white around
    it that ISO/IEC 18004 asks for are the caller's.
    """
    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    module = size / len(rows)
    return tuple(
        (start * module, row * module, length * module, module)
        for row, modules in enumerate(rows)
        for start, length in _dark_runs("".join("1" if dark else "0" for dark in modules))
    )


def _dark_runs(modules: str) -> list[tuple[int, int]]:
    """Return start and length of each run of `1`."""
    runs: list[tuple[int, int]] = []
    start = 0
    for dark, group in groupby(modules):
        length = len(list(group))
        if dark == "1":
            runs.append((start, length))
        start += length
    return runs
