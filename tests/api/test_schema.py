"""The schema that is checked in is the one that answers."""

from pathlib import Path

import pytest
from django.conf import settings
from graphql import build_client_schema, get_introspection_query, print_schema

from api.schema.root import SCHEMA, sdl
from tests.api.conftest import Program


def test_page_of_the_schema_is_that_of_the_code() -> None:
    """When this fails, run `manage.py write_admin_schema` and look at what changed."""
    page = Path(settings.BASE_DIR) / "docs" / "api" / "admin.graphql"
    assert page.read_text(encoding="utf-8") == sdl()


def test_everything_says_what_it_is() -> None:
    silent = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        if not type_.name.startswith("__")
        for name, field in getattr(type_, "fields", {}).items()
        if hasattr(field, "args") and not field.description
    ]
    assert silent == []


@pytest.mark.django_db
@pytest.mark.parametrize("is_new", [True, False])
def test_introspection_tells_the_whole_schema(program: Program, is_new: bool) -> None:
    """As tools ask for it: those that know the newest questions, and those that do not."""
    query = get_introspection_query(
        specified_by_url=is_new,
        directive_is_repeatable=is_new,
        schema_description=is_new,
        input_value_deprecation=is_new,
        one_of=is_new,
    )
    answer = program.ask(query)
    assert "errors" not in answer
    told = build_client_schema(answer["data"])
    if is_new:
        assert print_schema(told).strip() == sdl().strip()
    assert set(told.type_map) == set(SCHEMA.type_map)
