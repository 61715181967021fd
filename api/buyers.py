"""The buyer's side of the API: by access token, or by the session of the shop."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts import actors, buyer_programs
from accounts.models import User
from api import versions
from api.customer.root import SCHEMA
from api.engine import run
from api.engine.context import Context
from api.engine.problems import RequestRefused
from api.requests import asked_of, check

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}


def customer(request: HttpRequest, version: str) -> HttpResponse:
    """Answer one GraphQL request of a buyer.

    The right to it is an access token in the header `Authorization`, or the session of the shop;
    with that a request needs the CSRF token as the shop's forms do.
    """
    origin = request.headers.get("Origin", "")
    if request.method == "OPTIONS":
        response: HttpResponse = HttpResponse(status=204, headers=_PREFLIGHT)
    else:
        response = _answer(request, version)
    patch_vary_headers(response, ["Origin", "Authorization", "Cookie"])
    if origin and buyer_programs.allows_origin(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


customer = csrf_exempt(customer)
customer.access_policy = "buyer"  # type: ignore[attr-defined]


def _answer(request: HttpRequest, version: str) -> HttpResponse:
    try:
        check(request, version)
        user = _user(request)
        asked = asked_of(request)
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
    return JsonResponse(run.answer(SCHEMA, context, **asked))


def _user(request: HttpRequest) -> User:
    """Return who asks; a session never helps a token that is wrong. Raises RequestRefused."""
    given = request.headers.get("Authorization", "")
    if given:
        found = buyer_programs.user_of(given)
        if found is None:
            raise RequestRefused(401, "Invalid access token.")
        return found
    if not isinstance(request.user, User):
        raise RequestRefused(401, "Sign in first.")
    if may_be_forged(request):
        raise RequestRefused(403, "CSRF token missing or incorrect.")
    return request.user


def may_be_forged(request: HttpRequest) -> bool:
    """Whether a request may come from another site than ours, as Django checks it for forms."""
    checks = CsrfViewMiddleware(lambda _request: HttpResponse())
    checks.process_request(request)
    return checks.process_view(request, lambda *_: HttpResponse(), (), {}) is not None


@require_safe
def discovery(request: HttpRequest) -> JsonResponse:
    """Tell programs where the API is, as Shopify's shops do."""
    path = reverse("api:customer", args=[versions.NEWEST])
    response = JsonResponse({"graphql_api": f"{settings.SITE_URL}{path}"})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


discovery.access_policy = "public"  # type: ignore[attr-defined]
