"""The addresses of the backoffice."""

from django.urls import URLPattern, path

from backoffice.views import components

app_name = "backoffice"
urlpatterns: list[URLPattern] = [
    path("components", components.components, name="components"),
]
