"""An order as plain data (what JSON holds) on its way to `OrderData`.

The keys are the fields of the dataclasses in `orders.intake.data`, which is the whole of the
format. A key that is none of them is a mistake and is named, not dropped.
"""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from orders.intake.data import OrderData
from orders.intake.errors import OrderRejected, Problem

_SHOWN = 50
_MOST_DIGITS = 40


def order_from_plain(plain: object, *, store: str, currency: str) -> OrderData:
    """Return the order that plain data describes.

    store: the code of the store it came in for. currency: the one of orders that name none.
    Raises OrderRejected with every key that is missing, unknown or of the wrong kind.
    """
    if not isinstance(plain, Mapping):
        raise OrderRejected([Problem((), _("An order is an object with keys and values."))])
    problems = []
    if "store" in plain:
        problems.append(Problem(("store",), _("The store is chosen when the file is imported.")))
    given = {"currency": currency} | {key: plain[key] for key in plain if key != "store"}
    data = _dataclass(OrderData, given | {"store": store}, (), problems)
    if problems:
        raise OrderRejected(problems)
    return typing.cast(OrderData, data)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _dataclass(kind: Any, plain: object, path: tuple[str, ...], problems: list[Problem]) -> Any:
    """Return an instance of the dataclass `kind`; None when something is wrong with it."""
    if not isinstance(plain, Mapping):
        problems.append(Problem(path, _("Must be an object with keys and values.")))
        return None
    known = {field.name: field for field in fields(kind)}
    before = len(problems)
    for key in plain:
        if key not in known:
            problems.append(Problem((*path, str(key)[:_SHOWN]), _("There is no such field.")))
    for name, field in known.items():
        optional = field.default is not MISSING or field.default_factory is not MISSING
        if name not in plain and not optional:
            problems.append(Problem((*path, name), _("This is missing.")))
    values = {
        name: _value(_hints(kind)[name], plain[name], (*path, name), problems)
        for name in known
        if name in plain
    }
    return kind(**values) if len(problems) == before else None


def _value(hint: Any, plain: object, path: tuple[str, ...], problems: list[Problem]) -> Any:
    if isinstance(hint, types.UnionType):
        if plain is None:
            return None
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    if is_dataclass(hint):
        return _dataclass(hint, plain, path, problems)
    origin = typing.get_origin(hint)
    if origin is tuple:
        return _sequence(typing.get_args(hint)[0], plain, path, problems)
    try:
        return _options(plain) if origin is not None else _READERS[hint](plain)
    except ValueError as error:
        problems.append(Problem(path, str(error)))
        return None


def _sequence(
    hint: Any, plain: object, path: tuple[str, ...], problems: list[Problem]
) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        problems.append(Problem(path, _("Must be a list.")))
        return ()
    return tuple(
        _value(hint, part, (*path, str(number)), problems)
        for number, part in enumerate(plain, start=1)
    )


def _text(plain: object) -> str:
    if isinstance(plain, str):
        return plain
    if isinstance(plain, int) and not isinstance(plain, bool):
        return str(plain)[: _MOST_DIGITS + 1]
    raise ValueError(_("Must be a text."))


def _flag(plain: object) -> bool:
    if not isinstance(plain, bool):
        raise ValueError(_("Must be true or false."))  # noqa: TRY004 - read with the others
    return plain


def _count(plain: object) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise ValueError(_("Must be a whole number."))  # noqa: TRY004 - as above
    return plain


def _amount(plain: object) -> Decimal:
    """Return an amount given as text or number; a binary float would not be exact."""
    if isinstance(plain, str | int | Decimal) and not isinstance(plain, bool):
        try:
            found = Decimal(plain)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite() and len(found.as_tuple().digits) <= _MOST_DIGITS:
            return found
    raise ValueError(_("Must be an amount, as in 12.50."))


def _moment(plain: object) -> datetime:
    try:
        return datetime.fromisoformat(plain if isinstance(plain, str) else "")
    except ValueError as error:
        raise ValueError(_("Must be a time, as in 2026-11-22T14:05:00+01:00.")) from error


def _options(plain: object) -> dict[str, str]:
    if not isinstance(plain, Mapping):
        raise ValueError(_("Must be an object with keys and values."))  # noqa: TRY004 - as above
    return {str(name): _text(value) for name, value in plain.items()}


_READERS: dict[Any, Any] = {
    str: _text,
    bool: _flag,
    int: _count,
    Decimal: _amount,
    datetime: _moment,
}
