"""What a GraphQL request over HTTP has to be, whoever sends it."""

import json
from typing import Any, Final

from django.http import HttpRequest
from django.http.request import RawPostDataException

from api import versions
from api.engine.problems import RequestRefused

LARGEST: Final = 1024 * 1024  # bytes


def check(request: HttpRequest, version: str) -> None:
    """Refuse an unknown version and another method than POST. Raises RequestRefused."""
    if not versions.is_known(version):
        raise RequestRefused(404, "Not Found")
    if request.method != "POST":
        raise RequestRefused(405, "Method Not Allowed")


def asked_of(request: HttpRequest) -> dict[str, Any]:
    """Return query, variables and operation name. Raises RequestRefused."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > LARGEST:
        raise RequestRefused(413, "Request Entity Too Large")
    try:
        body = request.body.decode()
        if request.content_type == "application/graphql":
            plain: Any = {"query": body}
        else:
            plain = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, RawPostDataException, OSError) as error:
        raise RequestRefused(400, {"query": "Required parameter missing or invalid"}) from error
    return _checked(plain)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _checked(plain: Any) -> dict[str, Any]:
    query = plain.get("query") if isinstance(plain, dict) else None
    if not isinstance(query, str) or not query.strip():
        raise RequestRefused(400, {"query": "Required parameter missing or invalid"})
    variables = plain.get("variables") or {}
    if isinstance(variables, str):
        try:
            variables = json.loads(variables, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise RequestRefused(400, {"variables": "Variables are invalid JSON"}) from error
    if not isinstance(variables, dict):
        raise RequestRefused(400, {"variables": "Variables are invalid JSON"})
    name = plain.get("operationName")
    return {"query": query, "variables": variables, "name": name if isinstance(name, str) else None}
