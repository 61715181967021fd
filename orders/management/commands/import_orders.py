"""Import orders from a file; docs/import.md has the formats."""

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from orders.imports.formats import Format
from orders.imports.run import ImportReport, Progress, import_file
from orders.imports.source import UnreadableFile
from orders.intake import Outcome
from orders.models import Store


class Command(BaseCommand):
    """`import_orders FILE --format FORMAT --store CODE [--rejects FILE]`.

    Exit status 0 when everything is in, 1 when rows were rejected or the file cannot be read.
    """

    help = "Import orders from a file. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, help="the file, plain or gzip")
        parser.add_argument("--format", required=True, choices=Format.values)
        parser.add_argument("--store", required=True, help="the code of the store")
        parser.add_argument(
            "--rejects",
            type=Path,
            help="where rejected rows go (default: FILE.rejects.csv in this folder)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import the file and print what came of it."""
        path: Path = options["file"]
        rejects: Path = options["rejects"] or Path(f"{path.name}.rejects.csv")
        if rejects.exists() and path.exists() and rejects.samefile(path):
            raise CommandError("The rejected rows need a file of their own.")
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store “{options['store']}”.")
        try:
            report = self._import(path, rejects, Format(options["format"]), store)
        except UnreadableFile as error:
            raise CommandError(f"{path}: {error} Nothing was imported.") from error
        self._print(report, rejects)

    def _import(self, path: Path, rejects: Path, format_: Format, store: Store) -> ImportReport:
        unfinished = rejects.with_name(f"{rejects.name}.part")
        with ExitStack() as stack:
            try:
                file = stack.enter_context(path.open("rb"))
                stack.callback(unfinished.unlink, missing_ok=True)
                written = stack.enter_context(
                    unfinished.open("w", newline="", encoding="utf-8", errors="backslashreplace")
                )
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}.") from error
            bar = stack.enter_context(tqdm(unit="order", disable=None))

            def show(progress: Progress) -> None:
                bar.total = progress.total
                bar.update(progress.done - bar.n)

            report = import_file(file, format_, store, rejects=written, on_progress=show)
            written.flush()
            if report.rejected_rows:
                unfinished.replace(rejects)
            else:
                rejects.unlink(missing_ok=True)
            return report

    def _print(self, report: ImportReport, rejects: Path) -> None:
        orders = ", ".join(f"{report.orders[outcome]} {outcome}" for outcome in Outcome)
        self.stdout.write(f"Orders: {orders}. Lines: {report.lines}.")
        for remark, count in sorted(report.remarks.items()):
            self.stdout.write(f"  {count} lines: {remark}")
        for reason, count in sorted(report.set_aside.items()):
            self.stdout.write(f"  {count} rows: {reason}")
        if report.rejected_rows:
            raise CommandError(
                f"Rejected {report.rejected_orders} orders ({report.rejected_rows} rows);"
                f" the reasons are in {rejects}."
            )
