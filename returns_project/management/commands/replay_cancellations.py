"""Import an Online Retail file and enter its cancellations as returns; docs/import.md."""

import io
import time
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts import actors
from orders.imports import online_retail
from orders.imports.formats import Format
from orders.imports.run import import_file
from orders.imports.source import Source, UnreadableFile
from orders.models import Order, Store
from returns.models import ReturnPolicy
from returns.models.policies import ReturnTerms
from returns.policies import saving
from returns_project.replay import Match, Replay, ReplayReport


def window(text: str) -> int | None:
    """Return days of a return window; None for `unlimited`."""
    if text == "unlimited":
        return None
    if not text.isdecimal():
        raise ArgumentTypeError("a number of days, or unlimited")
    return int(text)


class Command(BaseCommand):
    """`replay_cancellations FILE --store CODE --window DAYS|unlimited`.

    Meant for a store of its own: it gives the store a return policy with this window, imports the
    orders of the file (which keep these terms), and enters the cancellations.
    """

    help = "Import an Online Retail file and enter its cancellations as returns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", type=Path, help="the file, plain or gzip")
        parser.add_argument("--store", required=True, help="the code of the store")
        parser.add_argument(
            "--window", required=True, type=window, help="days to return, or unlimited"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it all and print what came of it."""
        store = Store.objects.filter(code=options["store"]).first()
        if store is None:
            raise CommandError(f"There is no store “{options['store']}”.")
        store = self._publish(store, options["window"])
        started = time.monotonic()
        try:
            with options["file"].open("rb") as file:
                self._import(file, store)
                report = self._replay(file, store)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self._print(report)
        self.stdout.write(f"Took {time.monotonic() - started:.1f} s with the import.")

    def _publish(self, store: Store, days: int | None) -> Store:
        """Give the store this window, unless orders are in that came in with other terms."""
        policy = ReturnPolicy.objects.filter(store=store).first() or ReturnPolicy(store=store)
        terms = replace(policy.terms, window_days=days)
        kept = Order.objects.filter(store=store).values_list("return_terms", flat=True).distinct()
        if any(ReturnTerms.from_json(found) != terms for found in kept):
            raise CommandError("The store has orders with other terms, which they keep.")
        policy.window_days = days
        policy.full_clean()
        saving.publish(policy, actor=actors.system())
        return Store.objects.get(pk=store.pk)

    def _import(self, file: IO[bytes], store: Store) -> None:
        report = import_file(file, Format.ONLINE_RETAIL, store, rejects=io.StringIO())
        orders = ", ".join(f"{count} {outcome}" for outcome, count in report.orders.items())
        self.stdout.write(f"Orders: {orders}; {report.rejected_orders} rejected.")

    def _replay(self, file: IO[bytes], store: Store) -> ReplayReport:
        source = Source(file)
        total = sum(1 for _each in online_retail.cancellations(source, store))
        replay = Replay(store)
        rows = online_retail.cancellations(source, store)
        for cancellation in tqdm(rows, total=total, unit="row", disable=None):
            replay.enter(cancellation)
        return replay.report

    def _print(self, report: ReplayReport) -> None:
        for match in Match:
            counts = f"{report.lines[match]} rows, {report.pieces[match]} pieces"
            self.stdout.write(f"{match.capitalize()}: {counts}")
        self.stdout.write(f"Entered: {report.returns} returns, {report.entered_pieces} pieces")
        for cause, pieces in report.causes.most_common():
            rows = report.cause_lines[cause]
            self.stdout.write(f"Not entered, {cause}: {rows} rows, {pieces} pieces")
        self.stdout.write(f"Refunded: {report.refunded:.2f} {online_retail.CURRENCY}")
        self.stdout.write(f"Pieces at the price bought: {report.bought:.2f}")
        self.stdout.write(f"Pieces at the cancellations' prices: {report.cancelled:.2f}")
