"""What of a message a subscription wants: a filter that it has to pass, and fields to keep.

Filters are a part of Shopify's search syntax: `status:open`, `total_return_line_items:>=2`,
`name:"#1001-R1"`, `name:#10*`, `note:*` (there is one), joined by AND (or nothing), OR, NOT or `-`,
with parentheses. Fields are those at the top of the body.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from returns.errors import InvalidFilter

Body = dict[str, Any]
Test = Callable[[Body], bool]

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<paren>[()])|(?P<minus>-)(?=[\w(])|(?P<term>\w+:(?:>=|<=|>|<)?(?:"[^"]*"|[^\s()"]+))'
    r"|(?P<word>AND|OR|NOT)(?=[\s()]|$))"
)
_TERM: Final = re.compile(r'(\w+):(>=|<=|>|<)?(?:"([^"]*)"|(.+))', re.DOTALL)
_MOST_NESTED: Final = 20
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">": lambda have, want: have > want,
    "<": lambda have, want: have < want,
    ">=": lambda have, want: have >= want,
    "<=": lambda have, want: have <= want,
}


def compiled(text: str) -> Test:
    """Return the test that a filter stands for; an empty one passes everything.

    Raises InvalidFilter.
    """
    if not text.strip():
        return lambda _body: True
    return _Parser(text).parse()


class _Parser:
    """Reads a filter from left to right; OR binds weaker than AND, AND weaker than NOT."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._nested = 0

    def parse(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            raise _invalid(self._tokens[self._at][1])
        return test

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _skip(self, text: str) -> bool:
        if self._peek()[1] != text or self._peek()[0] == "term":
            return False
        self._at += 1
        return True

    def _either(self) -> Test:
        tests = [self._all()]
        while self._skip("OR"):
            tests.append(self._all())
        return lambda body: any(test(body) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._skip("AND") or self._peek()[0] in ("term", "minus") or self._begins():
            tests.append(self._one())
        return lambda body: all(test(body) for test in tests)

    def _begins(self) -> bool:
        return self._peek()[1] in ("(", "NOT")

    def _one(self) -> Test:
        self._nested += 1
        if self._nested > _MOST_NESTED:
            raise _invalid("(")
        try:
            if self._skip("NOT") or self._skip("-"):
                test = self._one()
                return lambda body: not test(body)
            if self._skip("("):
                return self._closed()
            return self._term()
        finally:
            self._nested -= 1

    def _closed(self) -> Test:
        test = self._either()
        if not self._skip(")"):
            raise _invalid(self._peek()[1] or "(")
        return test

    def _term(self) -> Test:
        kind, text = self._peek()
        if kind != "term":
            raise _invalid(text)
        self._at += 1
        return _term(text)


def _tokens(text: str) -> "list[tuple[str, str]]":
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _invalid(text[at:].strip())
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _term(text: str) -> Test:
    match = _TERM.fullmatch(text)
    if match is None:  # the tokens have the same shape
        raise _invalid(text)
    field, order, quoted, plain = match.groups()
    if order:
        return lambda body: _compares(body.get(field), order, quoted or plain)
    if quoted is not None:
        return lambda body: _equals(body.get(field), quoted)
    if plain == "*":
        return lambda body: body.get(field) not in (None, "", [], {})
    if plain.endswith("*"):
        start = plain[:-1].casefold()
        return lambda body: _text(body.get(field)).startswith(start)
    return lambda body: _equals(body.get(field), plain)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).casefold()
    return "" if value is None or isinstance(value, dict | list) else str(value).casefold()


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _equals(have: Any, want: str) -> bool:
    return have is not None and _text(have) == want.casefold()


def _compares(have: Any, order: str, want: str) -> bool:
    """Compare as numbers where both are, else as text (days and times sort as text)."""
    left, right = _number(have), _number(want)
    if left is not None and right is not None:
        return _ORDER[order](left, right)
    return bool(_text(have)) and _ORDER[order](_text(have), want.casefold())


def _invalid(near: str) -> InvalidFilter:
    message = _("This filter cannot be read near “%(text)s”. Write it as in status:open.")
    return InvalidFilter(message % {"text": near[:40]}, field=("filter",))


def pruned(body: Body, fields: Sequence[str]) -> Body:
    """Return what of a body the fields name; all of it without fields.

    A field may lead into an object or a list of them, as in `order.id`. Unknown ones are ignored.
    """
    if not fields:
        return body
    tree: dict[str, Any] = {}
    for field in fields:
        branch = tree
        for part in field.split("."):
            branch = branch.setdefault(part, {})
    return {key: _kept(body[key], tree[key]) for key in body if key in tree}


def _kept(value: Any, tree: dict[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_kept(each, tree) for each in value]
    if isinstance(value, dict):
        return {key: _kept(value[key], tree[key]) for key in value if key in tree}
    return value
