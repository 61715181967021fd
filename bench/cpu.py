"""Takes the processor time of every page, of Python and of PostgreSQL apart, without a server.

Time of the processor, not of the clock: other programs on the machine make it hardly longer.
"""

import argparse
import io
import os
import re
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import _database
from bench.web import pages
from bench.web.visits import Group

WARM_UP = 20
TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds, what Linux counts a process's time in


def main(arguments: Sequence[str]) -> None:
    """Print milliseconds by kind of page: of Python and of PostgreSQL, the medians of the rounds.

    driver: what of Python's it takes to send the page's statements and read the rows, alone.
    """
    parser = argparse.ArgumentParser(prog="python -m bench cpu", description=__doc__)
    parser.add_argument("--only", default="", help="pages whose name this pattern finds")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--pages", type=int, default=60, help="per round (default: 60)")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    wanted = re.compile(chosen.only)
    print(f"{'milliseconds of processor time':46}{'Python':>10}{'driver':>10}{'PostgreSQL':>12}")
    # Only now: the program is loaded and set aside as in production.
    from returns_project.wsgi import application

    for group in pages.groups():
        if wanted.search(group.name):
            page = Page(application, group)
            page.look(WARM_UP)
            rounds = [page.look(chosen.pages) for _round in range(chosen.rounds)]
            python = statistics.median(spent for spent, _database in rounds)
            database = statistics.median(spent for _python, spent in rounds)
            driver = page.send_again(chosen.pages)
            print(f"{group.name:46}{python:10.2f}{driver:10.2f}{database:12.2f}")


class Page:
    """One kind of page, asked for through the WSGI interface as the server does."""

    def __init__(self, application: Callable[..., Any], group: Group) -> None:
        self._application = application
        self._group = group
        self._paths = cycle(group.paths)

    def look(self, times: int) -> tuple[float, float]:
        """Ask so many times; return milliseconds of Python per page, and of PostgreSQL.

        Raises RuntimeError on an unexpected answer.
        """
        database = _database_time()
        before = time.process_time()
        for path in islice(self._paths, times):
            self._ask(path)
        spent = time.process_time() - before
        return spent * 1000 / times, (_database_time() - database) / times

    def send_again(self, times: int) -> float:
        """Send a page's statements so many times without Django; return milliseconds per time."""
        with CaptureQueriesContext(connection) as captured:
            self._ask(self._group.paths[0])
        before = time.process_time()
        with connection.cursor() as cursor:
            plain = cursor.connection.cursor()
            for _time in range(times):
                for query in captured.captured_queries:
                    plain.execute(query["sql"]).fetchall()
        return (time.process_time() - before) * 1000 / times

    def _ask(self, path: str) -> None:
        status = ""

        def start(told: str, _headers: list[tuple[str, str]]) -> None:
            nonlocal status
            status = told

        self._application(self._environment(path), start).close()
        if not status.startswith(str(self._group.status)):
            raise RuntimeError(f"{path}: {status} instead of {self._group.status}")

    def _environment(self, path: str) -> dict[str, object]:
        path, _, query = path.partition("?")
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={self._group.session}",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
        }


def _database_time() -> float:
    """Return the milliseconds that this process's PostgreSQL has worked so far.

    Of all its backends, because the pool may change them; 0 where the server is elsewhere.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        backends = [row[0] for row in cursor.fetchall()]
    connection.close()
    return sum(_worked(Path(f"/proc/{pid}/stat")) for pid in backends)


def _worked(stat: Path) -> float:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) * TICK
