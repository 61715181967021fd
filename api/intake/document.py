"""The OpenAPI document of the addresses that orders are sent to, as docs/api keeps it too."""

import json
from functools import cache
from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

_INFO: Final = {
    "title": "Retour: orders in",
    "version": "1",
    "description": "Orders come in as the shop has them. The same again changes nothing.",
}
_SECURITY: Final = {"token": {"type": "http", "scheme": "bearer"}}


@cache
def written() -> dict[str, Any]:
    """Return the document."""
    generator = SchemaGenerator(urlconf="api.intake.urls")
    made: dict[str, Any] = generator.get_schema(request=None, public=True)
    made["info"] = _INFO
    made["components"]["securitySchemes"] = _SECURITY
    return made


def document(_request: HttpRequest) -> JsonResponse:
    """Show the document; anybody may read it."""
    return JsonResponse(written())


def as_text() -> str:
    """Return the document as the file in docs/api has it."""
    return json.dumps(written(), indent=2, ensure_ascii=False) + "\n"


document = require_safe(document)
document.access_policy = "public"  # type: ignore[attr-defined]
