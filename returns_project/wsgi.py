"""The WSGI application, for granian or any other server."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from returns_project import embedded_postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "returns_project.settings")
embedded_postgres.ensure_running()
application = get_wsgi_application()

if not settings.DEBUG:
    # Before the first slip, and before a server forks: WeasyPrint takes a second to load.
    import_module("returns.pdf")

# The program is in memory for good: without this the garbage collector walks all of it every so
# often in the middle of a request.
gc.collect()
gc.freeze()
