"""Write docs/api/orders.json, the OpenAPI document of the addresses that orders are sent to."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from api.intake.document import as_text


class Command(BaseCommand):
    help = "Write docs/api/orders.json."

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "api" / "orders.json").write_text(
            as_text(), encoding="utf-8"
        )
