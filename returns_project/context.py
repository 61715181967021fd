"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info


def site(request: HttpRequest) -> dict[str, Any]:
    """Return `installation`: its name, its address, and its languages in their own words."""
    current = get_language()
    languages = [
        {
            "code": code,
            "name": get_language_info(code)["name_local"].capitalize(),
            "is_current": code == current,
        }
        for code, _name in settings.LANGUAGES
    ]
    return {
        "installation": {
            "name": settings.SITE_NAME,
            "url": settings.SITE_URL,
            "languages": languages,
        },
        "is_development": settings.DEBUG,
    }
