"""Work refunds out from JSON; docs/refunds.md has the format and the rules."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from returns.refunds import quotes


class Command(BaseCommand):
    """`refund_quote FILE`, or `refund_quote -` for standard input; a list in, a list out.

    Exit status 0 when every case is answered, 1 when one was refused or the file cannot be read.
    """

    help = "Work out what a return would pay back, from JSON and without the database."
    requires_system_checks: "list[str]" = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", help="a case or a list of cases as JSON; - is standard input")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the answers."""
        cases = _read(options["file"])
        is_list = isinstance(cases, list)
        refused = 0
        for part, is_refused in _written(cases if isinstance(cases, list) else [cases], is_list):
            refused += is_refused
            self.stdout.write(part, ending="")
        if refused:
            sys.exit(1)


def _read(name: str) -> object:
    try:
        text = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name}: this is no JSON: {error}") from error


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no number.")


def _written(cases: Iterable[object], is_list: bool) -> Iterator[tuple[str, bool]]:
    """Yield the parts of the output, and whether each tells of a refused case."""
    if not is_list:
        (found,) = (quotes.answer(case) for case in cases)
        yield json.dumps(found, indent=2, ensure_ascii=False) + "\n", "error" in found
        return
    before = "[\n"
    for case in cases:
        found = quotes.answer(case)
        yield before + json.dumps(found, ensure_ascii=False), "error" in found
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n", False
