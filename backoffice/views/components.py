"""The page that shows every component of the visual language with all its states."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import permissions
from accounts.models import User
from backoffice import showcase

SPRITE = settings.BASE_DIR / "static/img/icons.svg"
MISTAKES = {"email": "marie@", "amount": "-1", "window": "thirty", "method": "CASH"}


@login_required
def components(request: HttpRequest) -> HttpResponse:
    """Show the components; for staff of any role."""
    if not isinstance(request.user, User) or not permissions.of_user(request.user):
        raise PermissionDenied
    context = {
        "tones": showcase.TONES,
        "states": showcase.STATES,
        "colors": showcase.COLORS,
        "icons": re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()),
        "form": showcase.ShowcaseForm(prefix="good"),
        "bad_form": showcase.ShowcaseForm(MISTAKES),
        "timeline": showcase.TIMELINE,
        "sums": showcase.SUMS,
        "items": showcase.items(),
        **showcase.SAMPLES,
    }
    return render(request, "backoffice/components.html", context)
