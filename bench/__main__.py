"""`python -m bench NAME …` measures one part of the product; every other module here is a NAME."""

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import django

from returns_project import embedded_postgres


def names() -> list[str]:
    """Return what can be measured."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if not name.startswith("_"))


def main() -> None:
    """Set Django up as manage.py does, and hand the arguments over to the module."""
    if len(sys.argv) < 2 or sys.argv[1] not in names():
        sys.exit(f"usage: python -m bench {{{','.join(names())}}} [--help]")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "returns_project.settings")
    embedded_postgres.ensure_running()
    django.setup()
    importlib.import_module(f"bench.{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    main()
