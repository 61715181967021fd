"""The schema that is checked in is the one that answers."""

from pathlib import Path

from django.conf import settings

from api.schema.root import SCHEMA, sdl


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
