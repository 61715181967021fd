"""`python -m bench NAME …` measures one part of the product; every other module here is a NAME."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import django

from returns_project import embedded_postgres

# These measure with rows that they roll back, in the database in use; all others have their own.
IN_USE = {"slips"}
# These need no database at all.
WITHOUT_DATABASE = {"policies", "quotes"}


def names() -> list[str]:
    """Return what can be measured."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if not name.startswith("_"))


def main() -> None:
    """Set Django up as manage.py does, and hand the arguments over to the module."""
    if len(sys.argv) < 2 or sys.argv[1] not in names():
        sys.exit(f"usage: python -m bench {{{','.join(names())}}} [--help]")
    name, arguments = sys.argv[1], sys.argv[2:]
    if name not in IN_USE:
        os.environ["BENCH_DATABASE"], arguments = _database(arguments)
        os.environ["DJANGO_SETTINGS_MODULE"] = "bench._settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "returns_project.settings")
    if name not in WITHOUT_DATABASE:
        embedded_postgres.ensure_running()
    django.setup()
    importlib.import_module(f"bench.{name}").main(arguments)


def _database(arguments: list[str]) -> tuple[str, list[str]]:
    """Take `--database NAME` out of the arguments; settings need it before anything else."""
    if "--database" not in arguments:
        return "retour_bench", arguments
    at = arguments.index("--database")
    if at + 1 == len(arguments):
        sys.exit("--database needs a name.")
    return arguments[at + 1], arguments[:at] + arguments[at + 2 :]


if __name__ == "__main__":
    main()
