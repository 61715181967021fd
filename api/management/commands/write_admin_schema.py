"""Write the schema of the Admin GraphQL API for people and programs to read."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api.schema.root import sdl

PAGE = Path(settings.BASE_DIR) / "docs" / "api" / "admin.graphql"


class Command(BaseCommand):
    help = f"Write {PAGE.relative_to(settings.BASE_DIR)}."

    def handle(self, *_args: Any, **_options: Any) -> None:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(sdl(), encoding="utf-8")
        self.stdout.write(f"Wrote {PAGE}.")
