"""The addresses of the GraphQL APIs: who asks, what, and the answer as JSON."""

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts import actors, clients, permissions
from accounts.models import ApiClient, User
from api import versions
from api.customer.root import SCHEMA as CUSTOMER_SCHEMA
from api.engine import run
from api.engine.context import Context
from api.engine.problems import RequestRefused
from api.schema.root import SCHEMA

LARGEST: Final = 1024 * 1024
WRONG_TOKEN: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105


def admin(request: HttpRequest, version: str = versions.NEWEST) -> HttpResponse:
    """Answer one GraphQL request of a program with a token.

    404 for an unknown version, 401 without a valid token, 400 for what is no request; everything
    else is 200, with what is wrong in `errors`.
    """
    try:
        _check(request, version)
        client = _client(request)
        asked = _asked(request)
    except RequestRefused as refusal:
        return JsonResponse({"errors": refusal.errors}, status=refusal.status)
    answer = JsonResponse(_answer(client, version, asked))
    answer.headers["X-Shopify-API-Version"] = version
    return answer


admin = csrf_exempt(admin)
admin.access_policy = "token"  # type: ignore[attr-defined]


def _check(request: HttpRequest, version: str) -> None:
    if not versions.is_known(version):
        raise RequestRefused(404, "Not Found")
    if request.method != "POST":
        raise RequestRefused(405, "Method Not Allowed")


def _client(request: HttpRequest) -> ApiClient:
    token = request.headers.get("X-Shopify-Access-Token", "")
    client = clients.authenticate(token) if token else None
    if client is None:
        raise RequestRefused(401, WRONG_TOKEN)
    return client


def _asked(request: HttpRequest) -> dict[str, Any]:
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


def _answer(client: ApiClient, version: str, asked: dict[str, Any]) -> dict[str, Any]:
    context = Context(
        client=client,
        actor=actors.api(client),
        scopes=permissions.granted_scopes(client.scopes),
        version=version,
        now=timezone.now(),
    )
    return run.answer(SCHEMA, context, **asked)


def customer(request: HttpRequest, version: str) -> HttpResponse:
    """Answer one GraphQL request of a buyer who is signed in to the shop.

    The session is the right to it, so a request needs the CSRF token as the shop's forms do.
    """
    try:
        _check(request, version)
        user = request.user
        if not isinstance(user, User):
            raise RequestRefused(401, "Sign in first.")
        asked = _asked(request)
    except RequestRefused as refusal:
        return JsonResponse({"errors": refusal.errors}, status=refusal.status)
    context = Context(
        client=None,
        user=user,
        actor=actors.buyer(str(user), user_id=user.pk),
        scopes=frozenset(),
        version=version,
        now=timezone.now(),
    )
    return JsonResponse(run.answer(CUSTOMER_SCHEMA, context, **asked))


customer.access_policy = "buyer"  # type: ignore[attr-defined]
