"""The addresses that documents and mails of `returns` lead to, without the sites behind them.

That the sites have these names is tested in tests/returns_project/test_addresses.py.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


backoffice = [path("backoffice/returns/<int:pk>", page, name="return")]
storefront = [
    path("returns/<uuid:public_id>", page, name="return"),
    path("open/<str:token>", page, name="open_link"),
]
urlpatterns = [
    path("", include((backoffice, "backoffice"))),
    path("", include((storefront, "storefront"))),
]
