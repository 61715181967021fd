"""The product's settings as in production, with a database of its own on the same server."""

import os

os.environ["DEBUG"] = "0"

from returns_project.settings import *  # noqa: F403
from returns_project.settings import DATABASES

IN_USE = DATABASES["default"]["NAME"]
DATABASES["default"]["NAME"] = os.environ["BENCH_DATABASE"]
# Measured over plain HTTP on loopback, whatever the address of the real site.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
