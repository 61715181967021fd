"""The Admin API for members of staff who try it out in the back office, as themselves."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from accounts import actors, permissions
from accounts.models import User
from accounts.permissions import Permission
from api import versions
from api.engine import run
from api.engine.context import Context
from api.engine.problems import RequestRefused
from api.requests import asked_of, check
from api.schema.root import SCHEMA


def staff(request: HttpRequest) -> HttpResponse:
    """Answer one GraphQL request of a member of staff who may change settings.

    The session is the right to it, with the CSRF token. What the roles allow is allowed, under
    the person's name.
    """
    try:
        check(request, versions.NEWEST)
        user = request.user
        if not isinstance(user, User):
            raise RequestRefused(401, "Sign in first.")
        actor = actors.staff(user)
        if not user.works_here or not actor.may(Permission.MANAGE_SETTINGS):
            raise RequestRefused(403, "Ask a manager for the permission.")
        asked = asked_of(request)
    except RequestRefused as refusal:
        return JsonResponse({"errors": refusal.errors}, status=refusal.status)
    context = Context(
        client=None,
        user=user,
        actor=actor,
        scopes=permissions.scopes_of(actor.permissions),
        version=versions.NEWEST,
        now=timezone.now(),
    )
    return JsonResponse(run.answer(SCHEMA, context, **asked))


staff.access_policy = "staff: manage_settings"  # type: ignore[attr-defined]
