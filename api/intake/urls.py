"""The addresses that orders are sent to; a module of their own, so that they are one document."""

from django.urls import URLPattern, path

from api.intake import views

urlpatterns: list[URLPattern] = [
    path("api/orders", views.many_orders, name="orders"),
    path("api/orders/<path:reference>", views.order, name="order"),
]
