"""Who gets into which page of the back office; asked on the server for every request."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts import actors
from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Permission

Arguments = ParamSpec("Arguments")


class StaffRequest(HttpRequest):
    """A request from somebody who works here; `actor` is what the verbs are told."""

    user: User
    actor: Actor


View = Callable[Concatenate[StaffRequest, Arguments], HttpResponseBase]


def staff(
    permission: Permission | None = None,
) -> Callable[[View[Arguments]], Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]]:
    """Let only members of staff with `permission` (None: any role) see a page.

    Strangers are sent to sign in and come back; everybody else gets a page that says no (403).
    No cache keeps a page, the browser's neither: it shows buyers' names, addresses and money.
    What the page shows is in the time zone that its view activates; it ends with the request.
    """

    def decorate(
        view: View[Arguments],
    ) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]:
        def guarded(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User):
                return redirect_to_login(request.get_full_path())
            if not user.works_here:
                return _refused(request)
            request.actor = actors.staff(user)  # type: ignore[attr-defined]
            if permission is not None and not request.actor.may(permission):  # type: ignore[attr-defined]
                return _refused(request)
            with timezone.override(None):
                response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            add_never_cache_headers(response)
            return response

        update_wrapper(guarded, view)
        guarded.access_policy = f"staff: {permission or 'any role'}"  # type: ignore[attr-defined]
        return guarded

    return decorate


def _refused(request: HttpRequest) -> HttpResponse:
    works_here = isinstance(request.user, User) and request.user.works_here
    context = {
        "home_url": reverse("backoffice:home") if works_here else "/",
        "home_label": _("Back to the start"),
    }
    return render(request, "backoffice/forbidden.html", context, status=403)
