"""A store's policy as a YAML file; docs/policies.md has the format."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import actors
from orders.models import Store
from returns.errors import ReturnError
from returns.policies import saving
from returns.policies.rules.files import LARGEST_FILE, UnreadablePolicy


class Command(BaseCommand):
    """`policy export --store CODE [FILE]` and `policy import --store CODE FILE`.

    `-` is standard output or input. Exit status 1 with the faults, one per line as
    `FILE:LINE: reason`, when a file is not taken; then nothing is changed.
    """

    help = "Write a store's return policy and rules as YAML, or read them from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("act", choices=["export", "import"])
        parser.add_argument("--store", required=True, help="the store's code")
        parser.add_argument("file", nargs="?", default="-")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or read the file."""
        found = Store.objects.select_related("return_policy").filter(code=options["store"]).first()
        if found is None:
            raise CommandError(f"There is no store {options['store']}.")
        if options["act"] == "export":
            self._export(found, options["file"])
        else:
            self._import(found, options["file"])

    def _export(self, store: Store, name: str) -> None:
        text = saving.as_file(store)
        if name == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error

    def _import(self, store: Store, name: str) -> None:
        text, summary = _read(name), "" if name == "-" else Path(name).name
        try:
            version = saving.import_file(store, text, actor=actors.system(), summary=summary)
        except UnreadablePolicy as error:
            for fault in error.faults:
                self.stderr.write(f"{name}:{fault.line}: {fault.message}")
            sys.exit(1)
        except ReturnError as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"Version {version.number} of {store.code} is in force.")


def _read(name: str) -> str:
    """Return the text of a file; one that is too long is not read to its end."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(LARGEST_FILE + 1).decode("utf-8-sig")
        with Path(name).open("rb") as file:
            return file.read(LARGEST_FILE + 1).decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: this is no UTF-8 text.") from error
