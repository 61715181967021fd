"""The Glue API for programs that read about it, and for people."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from api.glue import schema
from api.glue.base import PublicView


class OpenApi(PublicView):
    """The OpenAPI document."""

    schema = None  # type: ignore[assignment]

    def get(self, request: Request) -> HttpResponse:
        """Return the document."""
        return JsonResponse(schema.whole())


class Page(PublicView):
    """The page for people."""

    schema = None  # type: ignore[assignment]

    def get(self, request: Request) -> HttpResponse:
        """Show the addresses of the API, what they take and how they answer."""
        context = {
            "title": "Glue API",
            "groups": _groups(schema.whole()),
            "document_url": reverse("api:glue:OpenApi"),
            "label_name": _("Parameter or status"),
            "label_meaning": _("Meaning"),
        }
        return render(request._request, "api/glue.html", context)


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations under their tags, in the document's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            groups.setdefault(told["tags"][0], []).append(_operation(path, method, told))
    return [
        {"name": name, "title": name.capitalize(), "operations": found}
        for name, found in groups.items()
    ]


def _operation(path: str, method: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": told["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": told.get("summary", ""),
        "needs_token": any(told.get("security", [])),
        "parameters": [
            {"name": each["name"], "place": each["in"], "description": each.get("description", "")}
            for each in told.get("parameters", [])
        ],
        "answers": [
            {"status": status, "description": answer.get("description", "")}
            for status, answer in told["responses"].items()
        ],
    }
