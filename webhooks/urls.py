"""The addresses that other systems call when something happened there."""

from django.urls import URLPattern, path

from webhooks import carriers

app_name = "webhooks"
urlpatterns: list[URLPattern] = [
    path("carriers/<slug:code>", carriers.carrier, name="carrier"),
]
