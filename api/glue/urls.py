"""The addresses below `/glue`."""

from django.urls import URLPattern, re_path
from rest_framework.views import APIView

from api.glue import base, customers, orders, pages, reasons, returns, sign_in

app_name = "glue"


def _address(path: str, view: type[APIView], policy: str) -> URLPattern:
    """Return the pattern of an address, with or without a final slash."""
    answer = view.as_view()
    answer.access_policy = policy  # type: ignore[attr-defined]
    return re_path(f"^{path}/?$", answer, name=view.__name__)


ONE = r"(?P<reference>[^/]+)"

_DESCRIBED = [
    _address("access-tokens", sign_in.AccessTokens, "public"),
    _address("refresh-tokens", sign_in.RefreshTokens, "public"),
    _address(r"refresh-tokens/(?P<token>[^/]+)", sign_in.OneRefreshToken, "token"),
    _address("returns", returns.AllReturns, "token"),
    _address(f"returns/{ONE}", returns.OneReturn, "token"),
    _address("return-reasons", reasons.ReturnReasons, "public"),
    _address("orders", orders.Orders, "token"),
    _address(f"orders/{ONE}", orders.OneOrder, "token"),
    _address(f"customers/{ONE}", customers.OneCustomer, "token"),
]


def described() -> list[URLPattern]:
    """Return what the OpenAPI document tells of, by the whole path."""
    return [_whole(pattern) for pattern in _DESCRIBED]


def _whole(pattern: URLPattern) -> URLPattern:
    path = str(pattern.pattern).removeprefix("^").removesuffix("/?$")
    return re_path(f"^glue/{path}$", pattern.callback, name=pattern.name)


# Whatever else begins with `/glue`.
unknown = base.Unknown.as_view()
unknown.access_policy = "public"  # type: ignore[attr-defined]

urlpatterns: list[URLPattern] = [
    *_DESCRIBED,
    _address(r"docs\.json", pages.OpenApi, "public"),
    _address("docs", pages.Page, "public"),
    re_path("", unknown, name="unknown"),
]
