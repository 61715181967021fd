"""The address of the Admin API: who asks, what, and the answer as JSON."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts import actors, clients, permissions
from accounts.models import ApiClient
from api import versions
from api.engine import run
from api.engine.context import Context
from api.engine.problems import RequestRefused
from api.requests import asked_of, check
from api.schema.root import SCHEMA

WRONG_TOKEN: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105


def admin(request: HttpRequest, version: str = versions.NEWEST) -> HttpResponse:
    """Answer one GraphQL request of a program with a token.

    404 for an unknown version, 401 without a valid token, 400 for what is no request; everything
    else is 200, with what is wrong in `errors`.
    """
    try:
        check(request, version)
        client = _client(request)
        asked = asked_of(request)
    except RequestRefused as refusal:
        return JsonResponse({"errors": refusal.errors}, status=refusal.status)
    answer = JsonResponse(_answer(client, version, asked))
    answer.headers["X-Shopify-API-Version"] = version
    return answer


admin = csrf_exempt(admin)
admin.access_policy = "token"  # type: ignore[attr-defined]


def _client(request: HttpRequest) -> ApiClient:
    token = request.headers.get("X-Shopify-Access-Token", "")
    client = clients.authenticate(token) if token else None
    if client is None:
        raise RequestRefused(401, WRONG_TOKEN)
    return client


def _answer(client: ApiClient, version: str, asked: dict[str, Any]) -> dict[str, Any]:
    context = Context(
        client=client,
        actor=actors.api(client),
        scopes=permissions.granted_scopes(client.scopes),
        version=version,
        now=timezone.now(),
    )
    return run.answer(SCHEMA, context, **asked)
