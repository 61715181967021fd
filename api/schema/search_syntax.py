"""Shopify's search syntax: `name:1001 AND (return_status:in_progress OR -email:a@b.example)`.

Terms stand side by side (AND) or with AND, OR and NOT or `-` before them; parentheses group. A term
is a word, or a field with a value, after which may stand `>`, `>=`, `<` or `<=`. Values with spaces
stand in quotes; `*` at the end of a value means any that begins so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

_PART: Final = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\))
      | (?P<term>
          -?(?:[A-Za-z_][\w.]*:(?:[<>]=?)?)?
          (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s()"]+)
        )
      | (?P<other>.)
    )""",
    re.VERBOSE,
)
_TERM: Final = re.compile(
    r"(?P<minus>-?)(?:(?P<field>[A-Za-z_][\w.]*):)?(?P<sign>[<>]=?)?(?P<value>.*)", re.S
)
_MOST_TERMS: Final = 100
_MOST_LEVELS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Term:
    """One condition. field: "" for a word by itself. sign: "", ">", ">=", "<" or "<="."""

    field: str
    sign: str
    value: str


Translate = Callable[[Term], Q]


def parse(text: str, translate: Translate) -> Q:
    """Return the condition that a search text means; what cannot be read is left out."""
    parts = []
    for match in _PART.finditer(text.replace("\0", "")):
        if match["open"] or match["close"] or match["term"]:
            parts.append(match[0].strip())
    return _Reader(parts[: 4 * _MOST_TERMS], translate).any_of(0)


class _Reader:
    """Reads parts from left to right; AND binds stronger than OR."""

    def __init__(self, parts: list[str], translate: Translate) -> None:
        self._parts = parts
        self._translate = translate
        self._at = 0

    def any_of(self, level: int) -> Q:
        """Read terms with OR between."""
        found = self._all_of(level)
        while self._peek().upper() == "OR":
            self._at += 1
            found |= self._all_of(level)
        return found

    def _peek(self) -> str:
        return self._parts[self._at] if self._at < len(self._parts) else ""

    def _all_of(self, level: int) -> Q:
        found = Q()
        while (part := self._peek()) and part != ")" and part.upper() != "OR":
            if part.upper() == "AND":
                self._at += 1
                continue
            found &= self._one(level)
        return found

    def _one(self, level: int) -> Q:
        part = self._peek()
        self._at += 1
        if part.upper() == "NOT":
            return ~self._one(level) if self._peek() not in ("", ")") else Q()
        if part == "(" and level < _MOST_LEVELS:
            inner = self.any_of(level + 1)
            if self._peek() == ")":
                self._at += 1
            return inner
        return self._term(part)

    def _term(self, part: str) -> Q:
        match = _TERM.fullmatch(part)
        if match is None or part == "(":
            return Q()
        value = match["value"]
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found = self._translate(
            Term(field=(match["field"] or "").lower(), sign=match["sign"] or "", value=value)
        )
        return ~found if match["minus"] and found else found
