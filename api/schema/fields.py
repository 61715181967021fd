"""Short ways to declare fields: what is read of a row, and whose scope it takes."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

import strawberry

from api.engine.gids import gid

Type = TypeVar("Type", bound=type)


def read(
    what: str | Callable[[Any], Any],
    description: str,
    *,
    name: str | None = None,
    scope: str = "",
    old: str = "",
) -> Any:
    """Declare a field that is read of a row.

    what: the way to an attribute, or a function of the row. scope: what the client needs for it.
    old: why the field is deprecated, "" when it is not.
    """
    fetch = attrgetter(what) if isinstance(what, str) else what
    if scope:
        return _guarded(fetch, description, name=name, scope=scope, old=old)

    def resolve(root):  # type: ignore[no-untyped-def]
        return fetch(root)

    return strawberry.field(
        resolver=resolve, description=description, name=name, deprecation_reason=old or None
    )


def _guarded(
    fetch: Callable[[Any], Any], description: str, *, name: str | None, scope: str, old: str
) -> Any:
    def resolve(root, info: strawberry.Info):  # type: ignore[no-untyped-def]
        info.context.require(scope, info.field_name)
        return fetch(root)

    return strawberry.field(
        resolver=resolve, description=description, name=name, deprecation_reason=old or None
    )


def global_id(type_: str, number: str = "pk") -> Any:
    """Declare the field `id`: the global id of a row of this type."""
    fetch = attrgetter(number)

    def resolve(root):  # type: ignore[no-untyped-def]
        return gid(type_, fetch(root))

    return strawberry.field(
        resolver=resolve, description="The global id.", name="id", graphql_type=strawberry.ID
    )


def of(*models: type, check: Callable[[Any], bool] | None = None) -> Callable[[Type], Type]:
    """Say which rows are objects of a type; goes below `strawberry.type`."""

    def decorate(cls: Type) -> Type:
        def is_type_of(_cls: type, row: Any, _info: Any) -> bool:
            return isinstance(row, models) and (check is None or check(row))

        cls.is_type_of = classmethod(is_type_of)  # type: ignore[attr-defined]
        return cls

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def output(name: str) -> Callable[[Type], Type]:
    """Declare an object type; its docstring is its description."""

    def decorate(cls: Type) -> Type:
        return strawberry.type(cls, name=name, description=_words(cls))

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def taken(name: str, *, one_of: bool = False) -> Callable[[Type], Type]:
    """Declare an input type; its docstring is its description."""

    def decorate(cls: Type) -> Type:
        return strawberry.input(cls, name=name, description=_words(cls), one_of=one_of)

    return decorate


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def shared(name: str) -> Callable[[Type], Type]:
    """Declare an interface; its docstring is its description."""

    def decorate(cls: Type) -> Type:
        return strawberry.interface(cls, name=name, description=_words(cls))

    return decorate


def _words(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())
