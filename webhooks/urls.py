"""The addresses that other systems call when something happened there."""

from django.urls import URLPattern, path

from webhooks import carriers, shops

app_name = "webhooks"
urlpatterns: list[URLPattern] = [
    path("carriers/<slug:code>", carriers.carrier, name="carrier"),
    path("shopify/<uuid:source>", shops.shopify, name="shopify"),
    path("woocommerce/<uuid:source>", shops.woocommerce, name="woocommerce"),
]
