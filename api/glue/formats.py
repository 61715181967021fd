"""How bodies are read and written: JSON:API, of which the media type never has a charset."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework_json_api import parsers, renderers

from api.glue.errors import malformed_body

MEDIA_TYPE: Final = "application/vnd.api+json"


class Renderer(renderers.JSONRenderer):
    """Writes documents that are complete already; see docs/adr/0035 on why they are."""

    media_type = MEDIA_TYPE
    format = "vnd.api+json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the document as JSON; nothing for an answer without one."""
        if data is None:
            return b""
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class Parser(parsers.JSONParser):
    """Reads a document about one resource and hands on its attributes."""

    media_type = MEDIA_TYPE

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the attributes. Raises GlueError for what is no document of the right type."""
        try:
            document = json.loads(stream.read().decode(), parse_constant=_refuse)
        except (ValueError, RecursionError, OSError) as error:
            raise malformed_body() from error
        data = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, dict) or "type" not in data:
            raise malformed_body()
        view = (parser_context or {}).get("view")
        if data["type"] != getattr(view, "resource_type", None):
            raise malformed_body("Invalid type.")
        attributes = data.get("attributes", {})
        if not isinstance(attributes, dict):
            raise malformed_body()
        return attributes


class PlainParser(Parser):
    """Reads the same from programs that call it plain JSON."""

    media_type = "application/json"


def _refuse(constant: str) -> None:
    raise ValueError(constant)


class OneFormat(BaseContentNegotiation):
    """Answers in the one format that there is, whatever a program says it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser for the request's media type, whatever its parameters."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer."""
        return next(iter(renderers)), MEDIA_TYPE
