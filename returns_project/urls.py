"""Every address of the installation."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from returns_project import dev_mail, health, stripe_webhook

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.live, name="live"),
    path("healthz", health.ready, name="ready"),
    path("gateways/stripe/webhook", stripe_webhook.receive, name="stripe_webhook"),
    path("account/", include("allauth.urls")),
    path("", include("allauth.idp.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("api.urls")),
    path("admin/", admin.site.urls),
    path("backoffice/", include("backoffice.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("", include("storefront.urls")),
]

if settings.DEBUG:
    urlpatterns.insert(0, path("dev/mail/", include(dev_mail.urlpatterns)))
