"""Queries whose SQL is put together once per process; only the keys they ask for differ.

Django builds the SQL of a queryset anew each time. For a few rows by key that takes several times
as long as asking the database for them and making objects of what comes back.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, F, Func, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

_KEYS: Final = object()  # stands among the parameters where the keys go


class _IsOneOf(Func):
    """`column = ANY(keys)`: the same text however many keys there are, which are one parameter."""

    output_field = BooleanField()

    def as_sql(  # type: ignore[override]  # the keys stand for themselves
        self, compiler: SQLCompiler, *_: Any, **__: Any
    ) -> tuple[str, list[Any]]:
        """Return the SQL, with the place of the keys among its parameters."""
        column, parameters = compiler.compile(self.source_expressions[0])
        return f"{column} = ANY(%s)", [*parameters, _KEYS]


class RowsByKey:
    """The rows of a queryset whose `column` is one of some keys.

    queryset: must say the same each time, as the first time counts. Its rows may bring others
    along (`select_related`), be annotated, and be locked; slices and prefetches are not for it.
    """

    def __init__(self, queryset: Callable[[], QuerySet[Any]], column: str = "pk") -> None:
        self._queryset = queryset
        self._column = column
        self._model: type[Model] | None = None
        self._plans: dict[str, _Plan] = {}

    def rows(self, keys: Iterable[Any]) -> list[Any]:
        """Return the rows in the queryset's order; no keys take no statement.

        Raises TransactionManagementError for rows that are to be locked outside a transaction.
        """
        wanted = list(keys)
        if not wanted:
            return []
        if self._model is None:
            self._model = self._queryset().model
        database = router.db_for_read(self._model)
        plan = self._plans.get(database)
        if plan is None:  # two threads may both make one; either will do
            chosen = self._queryset().using(database).filter(_IsOneOf(F(self._column)))
            plan = self._plans[database] = _Plan(chosen, database)
        return plan.rows(wanted)


class _Plan:
    """What Django works out of a queryset before it asks the database, and how rows are made."""

    def __init__(self, chosen: QuerySet[Any], database: str) -> None:
        compiler = chosen.query.get_compiler(using=database)
        self._sql, parameters = compiler.as_sql()
        self._parameters = tuple(parameters)
        self._database = database
        self._locks = chosen.query.select_for_update
        kind = compiler.klass_info
        assert compiler.select is not None  # noqa: S101  # known since `as_sql`
        self._model: type[Model] = kind["model"]
        self._start, self._end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        columns = [each[0] for each in compiler.select]
        self._names = [each.target.attname for each in columns[self._start : self._end]]
        # The stubs are those of a later Django.
        self._related = get_related_populators(  # type: ignore[call-arg]
            kind, compiler.select, database
        )
        self._annotations = dict(compiler.annotation_col_map or {})
        self._converters = [
            (place, function, column)
            for place, (functions, column) in compiler.get_converters(columns).items()
            for function in functions
        ]

    def rows(self, keys: list[Any]) -> list[Any]:
        """Return the rows with these keys."""
        connection = connections[self._database]
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("Rows are locked in a transaction only.")
        parameters = [keys if each is _KEYS else each for each in self._parameters]
        with planned_cursor(connection) as cursor:
            cursor.execute(self._sql, parameters)
            found = cursor.fetchall()
        return [self._made(list(row), connection) for row in found]

    def _made(self, row: list[Any], connection: BaseDatabaseWrapper) -> Any:
        for place, function, column in self._converters:
            row[place] = function(row[place], column, connection)
        made = self._model.from_db(self._database, self._names, row[self._start : self._end])
        for each in self._related:
            each.populate(row, made)
        for name, place in self._annotations.items():
            setattr(made, name, row[place])
        return made


def planned_cursor(connection: Any) -> CursorWrapper:
    """Return a cursor that sends the parameters apart from the SQL.

    PostgreSQL can keep the plan of such a statement, and does if DATABASE_PREPARED_STATEMENTS is
    on. Django's own cursors put both into one text, so that each statement is a new one.
    """
    connection.ensure_connection()
    own = _PlannedCursor(connection.connection)  # type: ignore[call-arg]  # psycopg's
    cursor: CursorWrapper = connection._prepare_cursor(own)
    return cursor


class _PlannedCursor(ServerBindingCursor):
    """Remembers what it asked of a plan too, for Django's log of statements."""

    def _send_query_prepared(self, name: bytes, pgq: Any, **options: Any) -> None:
        self._query = pgq
        super()._send_query_prepared(name, pgq, **options)  # type: ignore[misc]  # psycopg's
