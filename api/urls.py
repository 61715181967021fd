"""The addresses that programs call."""

from django.urls import URLPattern, URLResolver, include, path

from api import buyers, staff, uploads, views
from api.glue.urls import unknown
from api.intake import urls as intake_urls
from api.intake.document import document

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/api/graphql.json", views.admin, name="admin"),
    path("admin/api/uploads/<str:token>", uploads.receive, name="upload"),
    path("admin/api/<str:version>/graphql.json", views.admin, name="admin_version"),
    path("backoffice/api-clients/graphql.json", staff.staff, name="staff"),
    path("customer/api/<str:version>/graphql", buyers.customer, name="customer"),
    path(".well-known/customer-account-api", buyers.discovery, name="discovery"),
    *intake_urls.urlpatterns,
    path("api/docs.json", document, name="orders_document"),
    path("glue", unknown, name="glue_root"),
    path("glue/", include("api.glue.urls")),
]
