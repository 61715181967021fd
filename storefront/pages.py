"""The pages of a long list, as the component `pagination` shows them."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.pagination import Page


def page_links(request: HttpRequest, page: Page[Any]) -> dict[str, str]:
    """Return `summary`, `previous_url` and `next_url`; the links are empty at the ends."""
    return {
        "summary": _("Newest first"),
        "previous_url": _url(request, page.previous),
        "next_url": _url(request, page.next),
    }


def _url(request: HttpRequest, cursor: str) -> str:
    return f"{request.path}?{urlencode({'page': cursor})}" if cursor else ""
