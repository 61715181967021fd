"""The addresses that programs call."""

from django.urls import URLPattern, URLResolver, include, path

from api import uploads, views
from api.glue.urls import unknown

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/api/graphql.json", views.admin, name="admin"),
    path("admin/api/uploads/<str:token>", uploads.receive, name="upload"),
    path("admin/api/<str:version>/graphql.json", views.admin, name="admin_version"),
    path("customer/api/<str:version>/graphql", views.customer, name="customer"),
    path("glue", unknown, name="glue_root"),
    path("glue/", include("api.glue.urls")),
]
