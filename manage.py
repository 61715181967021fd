#!/usr/bin/env python
"""Django's command line, with the embedded PostgreSQL running behind it."""

import os
import sys

from django.core.management import execute_from_command_line

from returns_project import embedded_postgres
from returns_project.postgres_identity import EmbeddedPostgresError

# They answer without a database, so none is started for them.
WITHOUT_DATABASE = {"refund_quote"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "returns_project.settings")
    try:
        if not WITHOUT_DATABASE.intersection(sys.argv[1:2]):
            embedded_postgres.ensure_running()
    except EmbeddedPostgresError as error:
        sys.exit(f"error: {error}")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
