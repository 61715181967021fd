"""The page that shows every component of the visual language with all its states."""

import re

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from backoffice import showcase
from backoffice.access import StaffRequest, staff

SPRITE = settings.BASE_DIR / "static/img/icons.svg"
MISTAKES = {"email": "marie@", "amount": "-1", "window": "thirty", "method": "CASH"}


@staff()
@require_safe
def components(request: StaffRequest) -> HttpResponse:
    """Show the components; for staff of any role."""
    context = {
        "tones": showcase.TONES,
        "states": showcase.STATES,
        "colors": showcase.COLORS,
        "icons": re.findall(r'<symbol id="([\w-]+)"', SPRITE.read_text()),
        "form": showcase.ShowcaseForm(prefix="good"),
        "bad_form": showcase.ShowcaseForm(MISTAKES),
        "timeline": showcase.TIMELINE,
        "thread": showcase.thread(),
        "sums": showcase.SUMS,
        "items": showcase.items(),
        **showcase.SAMPLES,
    }
    return render(request, "backoffice/components.html", context)
