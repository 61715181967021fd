"""Answers for load balancers and process managers."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from returns_project.access import everybody

logger = logging.getLogger(__name__)


@everybody("says nothing about the shop")
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Say that this process answers, whatever the database does."""
    return HttpResponse("ok\n", content_type="text/plain")


@everybody("says nothing about the shop")
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Say that this process can serve people: 200, or 503 when the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("The database does not answer")
        return HttpResponse("database unavailable\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
