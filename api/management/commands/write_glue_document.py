"""Write the OpenAPI document of the Glue API for people and programs to read."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api.glue.schema import whole

PAGE = Path(settings.BASE_DIR) / "docs" / "api" / "glue.json"


class Command(BaseCommand):
    help = f"Write {PAGE.relative_to(settings.BASE_DIR)}."

    def handle(self, *_args: Any, **_options: Any) -> None:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(json.dumps(whole(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self.stdout.write(f"Wrote {PAGE}.")
