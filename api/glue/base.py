"""What all addresses of the Glue API have in common."""

from collections.abc import Callable
from typing import Any, Final, cast

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.models import User
from api.glue import errors, tokens
from api.glue.asking import Asked
from api.glue.formats import OneFormat, Parser, PlainParser, Renderer
from api.models import GlueSession

# Bytes of a body; a return of all that anybody ever ordered has fewer.
LARGEST: Final = 262_144


class AccessToken(BaseAuthentication):
    """Lets in who comes with an access token: `Authorization: Bearer …`."""

    def authenticate(self, request: Request) -> tuple[User, GlueSession]:
        """Return the customer's login and session. Raises GlueError."""
        told = request.META.get("HTTP_AUTHORIZATION", "").strip()
        if not told:
            raise errors.missing_token()
        kind, _space, token = told.partition(" ")
        session = tokens.session_of(token.strip()) if kind.lower() == "bearer" else None
        if session is None:
            raise errors.invalid_token()
        return session.user, session


class GlueView(APIView):
    """Answers in JSON:API, errors too, whatever happens.

    resource_type: of the documents that it takes.
    """

    authentication_classes = (AccessToken,)
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (Parser, PlainParser)
    renderer_classes = (Renderer,)
    content_negotiation_class = OneFormat
    schema = AutoSchema()
    resource_type = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse bodies that are too large before anything reads them."""
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdecimal() or int(told) > LARGEST:
            raise errors.too_large()
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Let in who may; a browser asks for the options before it sends a token."""
        if request.method != "OPTIONS":
            super().perform_authentication(request)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        """Tell of errors as the Glue API does, whatever the settings say of other APIs."""
        return errors.handle

    def options(  # type: ignore[override]
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """Say which methods there are; browsers ask before they send a token."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers out of caches, and let the pages of known origins read them."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"
        _allow_origin(request, answer, self.allowed_methods)
        return answer

    @property
    def login(self) -> User:
        """Who asks."""
        return cast(User, self.request.user)

    def asked(self) -> Asked:
        """What is asked for beside the path."""
        return Asked(self.request._request)

    def attributes(self, kind: type[Serializer[Any]]) -> dict[str, Any]:
        """Return the attributes that were sent, checked. Raises GlueError."""
        sent = self.request.data
        if not isinstance(sent, dict) or not self.request._request.META.get("CONTENT_LENGTH"):
            raise errors.missing_body()
        found = kind(data=sent)
        if not found.is_valid():
            raise errors.Invalid(_told(found.errors))
        return dict(found.validated_data)


class PublicView(GlueView):
    """Answers everybody."""

    authentication_classes = ()  # type: ignore[assignment]


def _allow_origin(request: Request, answer: HttpResponseBase, methods: list[str]) -> None:
    """Answer the browser's question whether a page of another origin may (Fetch Standard)."""
    allowed = settings.GLUE_ALLOWED_ORIGINS
    if not allowed:
        return
    patch_vary_headers(answer, ["Origin"])
    origin = request.META.get("HTTP_ORIGIN", "")
    if origin in allowed:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        answer.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Accept-Language"
        )
        answer.headers["Access-Control-Max-Age"] = "3600"


def _told(found: Any, path: str = "") -> list[str]:
    """Return the errors of a serializer in Glue's form, as in `store => This field …`."""
    if isinstance(found, dict):
        parts = [(_below(path, name), inner) for name, inner in found.items()]
        return [told for place, inner in parts for told in _told(inner, place)]
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return [
            told for index, inner in enumerate(found) for told in _told(inner, f"{path}[{index}]")
        ]
    return [f"{path} => {words}" for words in found]


def _below(path: str, name: str | int) -> str:
    if name == "non_field_errors":
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name


class Unknown(PublicView):
    """Every address that there is not."""

    schema = None  # type: ignore[assignment]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say that there is nothing, whatever the method."""
        super().initial(request, *args, **kwargs)
        raise errors.not_found()
