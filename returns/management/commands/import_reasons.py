"""Import return reasons from a CSV file; docs/reasons.md has the columns."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import actors
from orders.imports.source import UnreadableFile
from returns.reasons import csv_file


class Command(BaseCommand):
    """`import_reasons FILE`. Exit status 1, and nothing changed, when anything is wrong."""

    help = "Import return reasons from a CSV file: all of it or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, help="the file, plain or gzip")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import the file and print what came of it."""
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                report = csv_file.load(file, actor=actors.system("import_reasons"))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except (UnreadableFile, csv_file.InvalidReasons) as error:
            raise CommandError(f"{path}: {error}\nNothing was changed.") from error
        counts = f"{report.created} created, {report.updated} changed"
        self.stdout.write(f"Reasons: {counts}, {report.unchanged} as they were.")
