"""Every page of ours says who may see it; the pages of libraries are listed here by hand."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Trees and pages of libraries, which guard themselves.
LIBRARIES = (
    "account/",
    "admin/",
    "i18n/",
    "identity/",
    ".well-known/openid-configuration",
    ".well-known/jwks.json",
)
OURS = ("admin/api/",)


def _pages(resolver: URLResolver, path: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        here = path + str(pattern.pattern)
        if here.startswith(LIBRARIES) and not here.startswith(OURS):
            continue
        if isinstance(pattern, URLPattern):
            yield here, pattern.callback
        else:
            yield from _pages(pattern, here)


def test_every_page_declares_who_may_see_it() -> None:
    pages = list(_pages(get_resolver()))
    assert len(pages) > 30
    assert [path for path, view in pages if not getattr(view, "access_policy", "")] == []


def test_pages_of_libraries_are_really_theirs() -> None:
    own = (
        "accounts",
        "api",
        "backoffice",
        "orders",
        "returns",
        "returns_project",
        "storefront",
        "webhooks",
    )
    strays = [
        path
        for resolver in get_resolver().url_patterns
        if str(resolver.pattern).startswith(LIBRARIES) and isinstance(resolver, URLResolver)
        for path, view in _everything(resolver)
        if view.__module__.split(".")[0] in own
    ]
    assert strays == []


def _everything(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern), pattern.callback
        else:
            yield from _everything(pattern)
