"""Global ids: `gid://shopify/<Type>/<number>`, where the number is a primary key."""

import re
from typing import Final

from api.engine.problems import unknown_id

SCHEME: Final = "gid://shopify/"
_SHAPE: Final = re.compile(r"gid://shopify/([A-Za-z]+)/([^/?#\s]+)(\?[^\s]*)?")
# Larger numbers name nothing that the database could hold.
_LARGEST: Final = 2**63 - 1


def gid(type_: str, number: object) -> str:
    """Return the global id of a row."""
    return f"{SCHEME}{type_}/{number}"


def is_gid(text: object) -> bool:
    """Whether this has the shape of a global id, whatever it names."""
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None


def parts(text: str) -> tuple[str, int]:
    """Return type and number of a global id; number 0, which no row has, for one that is no key."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise unknown_id(text)
    number = match[2]
    readable = number.isascii() and number.isdecimal() and len(number) < 20
    value = int(number) if readable else 0
    return match[1], value if value <= _LARGEST else 0


def number_of(text: str, *types: str) -> int:
    """Return the number of a global id of one of these types.

    Raises the error of an unknown resource when it is of another type.
    """
    type_, number = parts(text)
    if type_ not in types:
        raise unknown_id(text)
    return number
