"""Finding orders and returns by the words people type: references, names, addresses, SKUs.

Words are stored as exact lexemes of a PostgreSQL text-search vector, without a dictionary, because
references and SKUs are not language. A typed word finds everything that begins with it.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import F, Func, TextField, Value

Row = TypeVar("Row", bound=models.Model)

_LONGEST_WORD = 100


def words(*texts: str) -> list[str]:
    """Return the distinct words of `texts`, in lower case.

    A word is what stands between spaces, without a leading `#`; an e-mail address also counts as
    its two halves, so that people can look for the domain.
    """
    found: dict[str, None] = {}
    for typed in " ".join(texts).lower().split():
        word = typed.lstrip("#")[:_LONGEST_WORD]
        for part in (word, *(word.split("@") if "@" in word else ())):
            if part:
                found[part] = None
    return list(found)


def vector(found: Iterable[str]) -> Func:
    """Return the expression that stores these words in a SearchVectorField."""
    array = Value(list(found), output_field=ArrayField(TextField()))
    return Func(array, function="array_to_tsvector", output_field=SearchVectorField())


def extended(found: Iterable[str], field: str = "search") -> Func:
    """Return the expression that adds these words to what a SearchVectorField has."""
    kept = Func(F(field), template="COALESCE(%(expressions)s, ''::tsvector)")
    return Func(
        kept,
        vector(found),
        template="%(expressions)s",
        arg_joiner=" || ",
        output_field=SearchVectorField(),
    )


def exchanged(gone: Iterable[str], found: Iterable[str], field: str = "search") -> Func:
    """Return the expression that takes words out of a SearchVectorField and adds others."""
    array = Value(list(gone), output_field=ArrayField(TextField()))
    before = Func(F(field), template="COALESCE(%(expressions)s, ''::tsvector)")
    kept = Func(before, array, function="ts_delete")
    return Func(
        kept,
        vector(found),
        template="%(expressions)s",
        arg_joiner=" || ",
        output_field=SearchVectorField(),
    )


def matches(typed: str, field: str = "search") -> Func | None:
    """Return the condition that `field` has, for each typed word, a word that begins with it.

    None when nothing was typed.
    """
    return _condition([f"{_quoted(word)}:*" for word in re.split(r"\s+", typed.lower())], field)


# A word that more rows have is common: then the newest of them are found soon by walking the list.
COMMON = 2000


def narrow(queryset: models.QuerySet[Row], typed: str) -> models.QuerySet[Row]:
    """Keep the rows whose words match what was typed; all when nothing was. One query.

    PostgreSQL guesses that every typed beginning is common, and would walk a whole list for one
    that is rare. So the rows of a rare one are looked up first, from the search index.
    """
    condition = matches(typed)
    if condition is None:
        return queryset
    found = queryset.model._default_manager.filter(condition).values("pk")
    sql, values = found.query.sql_with_params()
    with connection.cursor() as database:
        # Materialized: planned as if all rows were wanted, though only some are read.
        database.execute(
            f"WITH found AS MATERIALIZED ({sql}) SELECT * FROM found LIMIT %s",  # noqa: S608
            [*values, COMMON + 1],
        )
        keys = [row[0] for row in database.fetchall()]
    return queryset.filter(condition if len(keys) > COMMON else models.Q(pk__in=keys))


def has_word(word: str, field: str = "search") -> Func | None:
    """Return the condition that `field` has exactly this word."""
    return _condition([_quoted(word)], field)


def _quoted(word: str) -> str:
    """Quote a word as a lexeme of a tsquery (PostgreSQL manual, 8.11.2)."""
    word = word.lstrip("#").replace("\0", "")[:_LONGEST_WORD]
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'" if word else ""


def _condition(lexemes: list[str], field: str) -> Func | None:
    query = " & ".join(lexeme for lexeme in lexemes if lexeme not in ("", ":*"))
    if not query:
        return None
    return Func(
        F(field),
        Value(query),
        template="%(expressions)s::tsquery",
        arg_joiner=" @@ ",
        output_field=models.BooleanField(),
    )
