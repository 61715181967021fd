"""How a mutation answers: with what it changed, or with what is wrong, field by field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import strawberry
from strawberry import UNSET

from api.engine import idempotency
from api.engine.context import Context
from api.engine.gids import number_of
from api.engine.results import Problem, Result
from api.schema.connections import with_arguments
from api.schema.enums import ReturnErrorCode
from api.schema.fields import of, output, read, shared
from api.schema.nodes import by_gid
from returns.errors import NotPermitted, ReturnError

ID: Final = (strawberry.ID, UNSET)


class Refused(Exception):
    """A mutation that changes nothing, because of its input or of how things are."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def refused(field_: Sequence[str], message: str, code: str | None = None) -> Refused:
    """Return the refusal because of one thing."""
    return Refused(Problem(tuple(field_), message, code))


@shared("DisplayableError")
class DisplayableError:
    """Something that is wrong, in words for people."""

    field: list[str] | None = read(
        lambda row: list(row.field) or None, "The way to the input that it is about."
    )
    message: str = read("message", "What is wrong.")


@output("UserError")
@of(Problem)
class UserError(DisplayableError):
    """Something that is wrong with an act."""


@output("ReturnUserError")
@of(Problem)
class ReturnUserError(DisplayableError):
    """Something that is wrong with an act on a return."""

    code: ReturnErrorCode | None = read("code", "What is wrong, for programs.")


def payload(
    name: str, errors: Any, *, errors_field: str = "user_errors", **fields: tuple[Any, str]
) -> Any:
    """Declare the type that a mutation answers with.

    fields: what was changed, each with its type and a description; null when nothing was.
    """
    annotations: dict[str, Any] = {}
    members: dict[str, Any] = {"__doc__": "What became of it, and what was wrong."}
    for key, (type_, description) in fields.items():
        annotations[key] = type_ | None
        name_ = key.removesuffix("_") if key.endswith("_") else None
        members[key] = read(_value(key), description, name=name_)
    annotations[errors_field] = list[errors]
    members[errors_field] = read(lambda result: list(result.problems), "What was wrong.")
    made = type(name, (), {"__annotations__": annotations, "__module__": __name__, **members})
    return output(name)(made)


def _value(key: str) -> Callable[[Result], Any]:
    def value(result: Result) -> Any:
        return result.values.get(key)

    return value


Act = Callable[..., dict[str, Any]]


def mutation(
    type_: Any,
    act: Act,
    description: str,
    *,
    scope: str,
    old: str = "",
    key_needed: bool = False,
    **arguments: Any,
) -> Any:
    """Declare a mutation.

    act: does it, from (context, **arguments), and gives the payload's fields; it raises Refused.
    key_needed: whether newer versions want an idempotency key with it.
    """

    def load(_root: Any, info: strawberry.Info, **given: Any) -> Result:
        context: Context = info.context
        return idempotency.once(
            info, context, needed=key_needed, act=lambda: _result(context, act, given)
        )

    return with_arguments(type_ | None, load, description, scope=scope, old=old, **arguments)


def _result(context: Context, act: Act, given: dict[str, Any]) -> Result:
    try:
        return Result(act(context, **given))
    except Refused as refusal:
        return Result({}, refusal.problems)


def found(
    context: Context, gid: str, type_: str, field_: Sequence[str], message: str, code: str | None
) -> Any:
    """Return what an argument names. Raises Refused when nothing has the id."""
    number_of(gid, type_)
    row = by_gid(context, gid, type_)
    if row is None:
        raise refused(field_, message, code)
    return row


Words = dict[type[ReturnError], tuple[tuple[str, ...] | None, str, str | None]]


def translated(
    error: ReturnError,
    *,
    roots: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    words: Words,
    whole: Sequence[str] = (),
) -> Refused:
    """Return an error of the domain as this API words it.

    roots: where the first part of the domain's field stands in the input. names: of the later
    parts. words: for a class, what follows the place (None: as it is), the message ("" for the
    domain's) and the code (None for the domain's). whole: the field of an error without any.
    """
    if isinstance(error, NotPermitted):
        return refused(whole, error.message, error.code)
    first, *rest = error.field or ("",)
    place: list[str] = [*roots[first], *_named(rest, names)] if first in roots else list(whole)
    for class_, (last, message, code) in words.items():
        if isinstance(error, class_):
            if last is not None:
                place = [*_up_to_index(place), *last]
            return refused(place, message or error.message, code or error.code)
    return refused(place, error.message, error.code)


def _named(parts: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(part, part) for part in parts]


def _up_to_index(place: Sequence[str]) -> list[str]:
    """Return the way down to the last index of a list."""
    ends = [number + 1 for number, part in enumerate(place) if part.isdecimal()]
    return list(place[: ends[-1]]) if ends else list(place)
