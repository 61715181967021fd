"""The settings of the tests: those of the product, independent of the machine's environment."""

import os

# DATABASE_URL alone may come from outside: then the tests use that server.
os.environ.update(
    DEBUG="0",
    SECRET_KEY="a key for tests only, as long as a real one has to be",
    SITE_NAME="Retour",
    SITE_URL="http://localhost:8000",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    EMAIL_URL="",
    FILE_STORAGE="django.core.files.storage.InMemoryStorage",
    LOG_LEVEL="WARNING",
    STRIPE_API_KEY="",
    STRIPE_WEBHOOK_SECRET="",
)

from returns_project.settings import *  # noqa: F403
from returns_project.settings import DATABASES, STORAGES

# Tests end by dropping their database, which no pool may still be connected to.
DATABASES["default"]["OPTIONS"].pop("pool", None)
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 10)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
