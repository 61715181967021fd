"""Starts the real server on the filled database, visits every page and flow, and takes the time.

server.py  the server       visits.py  one visitor
pages.py   what is looked at    flows.py   what is done
"""

import argparse
import re
from collections.abc import Sequence

from django.db import connection

from bench import _database
from bench._times import Result, together
from bench._workers import spread
from bench.web import flows, pages, server
from bench.web.visits import Plan


def main(arguments: Sequence[str]) -> None:
    """Print a table: requests per second and times of all visitors together, and of one alone."""
    parser = argparse.ArgumentParser(prog="python -m bench web", description=__doc__)
    parser.add_argument("--clients", type=int, default=8, help="default: 8")
    parser.add_argument("--seconds", type=float, default=4, help="per page (default: 4)")
    parser.add_argument("--each", type=int, default=40, help="of each flow, per client (40)")
    parser.add_argument("--only", default="", help="pages and flows whose name this pattern finds")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server (2)")
    parser.add_argument("--threads", type=int, default=2, help="of each process (2)")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    wanted = re.compile(chosen.only)
    groups = [group for group in pages.groups() if wanted.search(group.name)]
    acts: list[dict[str, flows.Visits]] = [{}] * chosen.clients
    if any(wanted.search(name) for name in flows.NAMES):
        acts = flows.plans(chosen.clients, chosen.each)
    plans = [
        Plan(groups=groups, seconds=chosen.seconds, flows=_matching(found, wanted), number=number)
        for number, found in enumerate(acts)
    ]
    connection.close()
    with server.running(chosen.workers, chosen.threads) as found:
        answers = spread("bench.web.visits:visit", [(plan, found.port) for plan in plans])
    _report(chosen.clients, answers)


def _matching(found: dict[str, flows.Visits], wanted: re.Pattern[str]) -> dict[str, flows.Visits]:
    return {name: visits for name, visits in found.items() if wanted.search(name)}


def _report(clients: int, answers: Sequence[dict[str, dict[str, object]]]) -> None:
    print(f"{'':46}{f'{clients} clients':>30}{'1 client':>20}")
    print(f"{'':46}{'per second':>10}{'p50 ms':>10}{'p95 ms':>10}{'p50 ms':>10}{'p95 ms':>10}")
    for name in answers[0]:
        all_ = together([answer[name]["together"] for answer in answers])  # type: ignore[misc]
        alone = answers[0][name].get("alone")
        row = f"{name:46}{all_.per_second:10.1f}{all_.p50:10.1f}{all_.p95:10.1f}"
        if alone is not None:
            single: Result = together([alone])  # type: ignore[list-item]
            row += f"{single.p50:10.1f}{single.p95:10.1f}"
        print(row)
