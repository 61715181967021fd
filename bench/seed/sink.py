"""Rows on their way into tables, through PostgreSQL's COPY."""

import json
import uuid
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Field, JSONField, Model, UUIDField


class _Table:
    """The columns of a model: what they hold unless a row says otherwise, how rows are written."""

    def __init__(self, model: type[Model]) -> None:
        fields: list[Field[Any, Any]] = list(model._meta.concrete_fields)
        self.name = model._meta.db_table
        self.columns = {field.attname: field.column for field in fields}
        self.unset = {field.attname: self._default(field) for field in fields}
        self.uuids = [field.attname for field in fields if isinstance(field, UUIDField)]
        self.uuids = [name for name in self.uuids if self.unset[name] is not None]
        self.json = [field.attname for field in fields if isinstance(field, JSONField)]
        self.words = [field.attname for field in fields if isinstance(field, SearchVectorField)]
        self.key = model._meta.pk.attname
        self.last = 0
        self.rows: list[tuple[Any, ...]] = []

    @staticmethod
    def _default(field: Any) -> Any:
        return field.get_default()

    def add(self, values: dict[str, Any]) -> int:
        """Take a row; return its primary key, the next one unless given."""
        row = {**self.unset, **values}
        if row[self.key] is None:
            self.last += 1
            row[self.key] = self.last
        for name in self.uuids:
            if name not in values:
                row[name] = uuid.uuid4()
        for name in self.json:
            row[name] = json.dumps(row[name], ensure_ascii=False)
        for name in self.words:
            row[name] = _vector(row[name])
        self.rows.append(tuple(row.values()))
        return int(row[self.key])


class Sink:
    """Collects rows of any models and writes them all at once; numbers them from 1.

    Foreign keys may point to rows that come later, for the database checks them at commit.
    """

    def __init__(self) -> None:
        self._tables: dict[type[Model], _Table] = {}

    def add(self, model: type[Model], **values: Any) -> int:
        """Take a row, by the names of columns; unnamed ones have their model's default.

        Search vectors are given as lists of words. Returns the primary key.
        """
        return self._table(model).add(values)

    def next_id(self, model: type[Model]) -> int:
        """Take and return a primary key for a row that is added later."""
        table = self._table(model)
        table.last += 1
        return table.last

    def _table(self, model: type[Model]) -> _Table:
        if model not in self._tables:
            self._tables[model] = _Table(model)
            last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
            self._tables[model].last = last or 0
        return self._tables[model]

    def flush(self) -> None:
        """Write what was collected. Needs an open transaction."""
        with connection.cursor() as cursor:
            for table in self._tables.values():
                columns = ", ".join(f'"{column}"' for column in table.columns.values())
                with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
                    for row in table.rows:
                        copy.write_row(row)
                table.rows.clear()

    def set_sequences(self) -> None:
        """Let the database go on numbering where this ended."""
        with connection.cursor() as cursor:
            for table in self._tables.values():
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                    [table.name, table.key, table.last],
                )


def _vector(words: list[str] | None) -> str | None:
    """Return words in PostgreSQL's notation of a tsvector (manual, 8.11.1)."""
    if words is None:
        return None
    quoted = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    return " ".join(f"'{word}'" for word in quoted)
