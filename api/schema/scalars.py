"""Scalars, each written and read as Shopify's server does."""

import datetime
import re
from decimal import Decimal as Number
from decimal import InvalidOperation
from typing import Any, Final, NewType
from urllib.parse import urlsplit

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Money = NewType("Money", Number)
DateTime = datetime.datetime
URL = NewType("URL", str)
HTML = NewType("HTML", str)
ARN = NewType("ARN", str)
UnsignedInt64 = NewType("UnsignedInt64", int)
Json = NewType("Json", object)

# No amount has more digits than a column holds.
_MOST_DIGITS: Final = 19
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?")


def decimal_text(amount: Number) -> str:
    """Return an amount with as few decimals as it needs, but one: 20.0, 7.5, 0.0, 0.125."""
    text = f"{amount:f}"
    if "." not in text:
        return f"{text}.0"
    text = text.rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _write_decimal(value: Any) -> str:
    return decimal_text(value if isinstance(value, Number) else Number(str(value)))


def _read_decimal(value: Any) -> Number:
    """Read an amount from text or a number. Raises GraphQLError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Number):
        raise GraphQLError(f"invalid decimal '{value}'")
    text = str(value)
    try:
        number = Number(text.strip()) if len(text) <= 60 else Number("NaN")
    except InvalidOperation as error:
        raise GraphQLError(f"invalid decimal '{value}'") from error
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise GraphQLError(f"invalid decimal '{value}'")
    return number


def _write_time(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _read_time(value: Any) -> datetime.datetime:
    """Read an ISO 8601 moment; without a zone it is UTC. Raises GraphQLError."""
    try:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError(value)
        moment = datetime.datetime.fromisoformat(value.replace("z", "Z"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError(f"invalid DateTime '{value}'") from error


def _read_url(value: Any) -> str:
    """Read the address of something on the web. Raises GraphQLError."""
    if not isinstance(value, str):
        raise GraphQLError(f"invalid url '{value}'")
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise GraphQLError(f"invalid url '{value}'") from error
    if not parts.scheme:
        raise GraphQLError(f"invalid url '{value}', missing scheme")
    if not parts.netloc:
        raise GraphQLError(f"invalid url '{value}', missing host")
    return value


def _read_whole(value: Any) -> int:
    """Read a number from text or a number. Raises GraphQLError."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 20:
        raise GraphQLError(f"invalid unsigned integer '{value}'")
    return int(text)


def _scalar(name: str, description: str, serialize: Any, parse: Any) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse
    )


def _same(value: Any) -> Any:
    return value


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Number: _scalar(
        "Decimal",
        "A number without rounding errors, written as text.",
        _write_decimal,
        _read_decimal,
    ),
    Money: _scalar(
        "Money", "An amount of money without its currency, as text.", _write_decimal, _read_decimal
    ),
    datetime.datetime: _scalar(
        "DateTime", "A moment as ISO 8601 has it, in UTC.", _write_time, _read_time
    ),
    URL: _scalar("URL", "The address of something on the web.", str, _read_url),
    HTML: _scalar("HTML", "A text with the mark-up of web pages.", str, str),
    ARN: _scalar("ARN", "The name of a resource at Amazon.", str, str),
    UnsignedInt64: _scalar(
        "UnsignedInt64", "A whole number from 0 on, written as text.", str, _read_whole
    ),
    Json: _scalar("JSON", "Any value that JSON has.", _same, _same),
}
