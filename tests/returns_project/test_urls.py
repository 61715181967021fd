"""Every address says who may open it."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from returns_project import dev_mail

OWN = (
    "accounts",
    "api",
    "orders",
    "returns",
    "storefront",
    "backoffice",
    "webhooks",
    "returns_project",
)
# Views of libraries bring their own rules: sign-in pages are for everybody or ask for a login,
# Django's admin asks for `is_staff`, choosing a language is for everybody.
LIBRARIES = {
    "account/": "allauth.",
    "identity/": "allauth.",
    ".well-known/": "allauth.",
    "admin/": "django.contrib.",
    "i18n/": "django.views.",
}


def addresses(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield address, pattern


def is_declared(address: str, pattern: URLPattern) -> bool:
    view = pattern.callback
    if view.__module__.split(".")[0] in OWN:
        return bool(getattr(view, "access_policy", ""))
    return any(
        address.startswith(prefix) and view.__module__.startswith((package, "django.views.generic"))
        for prefix, package in LIBRARIES.items()
    )


def test_every_view_declares_who_may_open_it() -> None:
    found = list(addresses(get_resolver().url_patterns))
    found += list(addresses(list(dev_mail.urlpatterns), "dev/mail/"))
    assert len(found) > 50
    assert [address for address, pattern in found if not is_declared(address, pattern)] == []
