"""Paper documents before they are a PDF file.

Apart from `returns.pdf`, because WeasyPrint takes a second to load and only who prints needs it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from returns.codes import Rectangle


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One paper document: HTML, and codes drawn over the elements with these ids.

    A code's rectangles are in millimetres from the top left corner of its element.
    """

    html: str
    language: str
    codes: Mapping[str, Sequence[Rectangle]] = field(default_factory=dict)
