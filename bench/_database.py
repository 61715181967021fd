"""The database that is measured: made, emptied and looked at."""

import sys

from django.core.management import call_command
from django.db import DatabaseError, connection

from orders.models import Store


def name() -> str:
    """Return the name of the database that is measured."""
    return str(connection.settings_dict["NAME"])


def prepare(*, fresh: bool = False) -> None:
    """Create the database unless it exists, and bring its tables up to date.

    fresh: drop it before. Exits when that would be the product's own database.
    """
    # Only here: these settings ask for a database, and tests have other ones.
    from bench._settings import IN_USE

    if fresh and name() == IN_USE:
        sys.exit(f"{name()} is the database in use; it is not dropped.")
    with connection._nodb_cursor() as cursor:
        quoted = connection.ops.quote_name(name())
        if fresh:
            connection.close()
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name()])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {quoted}")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def require_seed() -> None:
    """Exit with a hint unless the database was filled by `python -m bench seed`."""
    try:
        filled = Store.objects.exists()
    except DatabaseError as error:  # no database or no tables
        sys.exit(f"{error}\nRun `python -m bench seed` first.")
    if not filled:
        sys.exit(f"{name()} is empty. Run `python -m bench seed` first.")
