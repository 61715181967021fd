"""SQL that is put together once per process and sent again and again.

Putting the SQL of a queryset together takes Django several times as long as PostgreSQL takes to
answer it (docs/performance.md). What is kept is the SQL, never a row. How far this reaches into
Django is in docs/adr/0039.
"""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import DateTimeField, Expression, QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

Row = TypeVar("Row")
Statement = tuple[str, Sequence[Any]]

_NOW: Final = object()


class Now(Expression):
    """The moment at which kept SQL is sent, not the one at which it was put together."""

    def __init__(self) -> None:
        super().__init__(output_field=DateTimeField())

    def as_sql(self, _compiler: SQLCompiler, _connection: Any) -> tuple[str, Any]:
        """Return a parameter to be filled in."""
        return "%s", (_NOW,)


class Inner(Expression):
    """A subquery that is told each time; what is around it is kept."""

    MARK: Final = "(/* inner */)"

    def as_sql(self, _compiler: SQLCompiler, _connection: Any) -> tuple[str, Any]:
        """Return what the subquery replaces."""
        return self.MARK, ()


def filled_in(parameters: Sequence[Any]) -> list[Any]:
    """Return the parameters of kept SQL with the present moment wherever `Now` stands."""
    moment = timezone.now()
    return [moment if each is _NOW else each for each in parameters]


class Kept(Generic[Row]):
    """A queryset whose SQL is kept. Its parameters are too, but for `Now` and `Inner`.

    build: makes the queryset; called once, when the first rows are wanted.
    """

    def __init__(self, build: "Callable[[], QuerySet[Any, Row]]") -> None:
        self._build = build

    def rows(self, inner: Statement | None = None) -> list[Row]:
        """Read the rows; one query. inner: SQL and parameters to stand where `Inner` does.

        There must be no other parameters beside an `Inner`.
        """
        found = self._queryset.all()
        found.query.inner = inner  # type: ignore[attr-defined]
        return list(found)

    @cached_property
    def _queryset(self) -> "QuerySet[Any, Row]":
        queryset = self._build()
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        statement = compiler.as_sql()
        queryset.query = queryset.query.chain(_KeptQuery)
        queryset.query.keep(compiler, statement)  # type: ignore[attr-defined]
        return queryset


class _KeptQuery(Query):
    """A query that gives out copies of one compiler, which has done its work already."""

    inner: Statement | None = None

    def keep(self, compiler: SQLCompiler, statement: Statement) -> None:
        self._compiler, self._statement = compiler, statement

    def get_compiler(self, *_args: Any, **_kwargs: Any) -> SQLCompiler:
        compiler = copy(self._compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.as_sql = self._sql  # type: ignore[method-assign]
        return compiler

    def _sql(self, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        sql, parameters = self._statement
        if self.inner is None:
            return sql, tuple(filled_in(parameters))
        inside, values = self.inner
        return sql.replace(Inner.MARK, f"({inside})"), tuple(values)
