"""A worker that is killed with SIGKILL at a step of its work that the test chooses.

As a program (database, address of localstripe) it reads one order per line of standard input, as
JSON: `verb` and what it is called with, and `at`, the number of the step before which the process
ends. Each order is done by a process of its own, forked so that the start costs nothing. Answers
`killed`, or `done` when the work has no such step.

A step is what leaves a mark outside the process: a statement that writes or locks, a commit, a call
of the gateway and its answer.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID


class Killed:
    """Counts steps, and ends the process where it was told to."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1

    def around_statement(self, execute: Any, statement: str, *more: Any) -> Any:
        if not statement.startswith("SELECT") or "FOR UPDATE" in statement:
            self.step()
        return execute(statement, *more)

    def around(self, call: Any) -> Any:
        def stepped(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = call(*arguments, **options)
            self.step()
            return result

        return stepped


def serve(database: str, base: str) -> None:
    import django

    django.setup()
    from django.db import connections

    connections["default"].settings_dict["NAME"] = database
    # Loaded before the fork, so that no child has to.
    import returns.refunds.payouts
    import returns.refunds.retries  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            work(base, **json.loads(line))
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        words = "killed" if killed else "done" if status == 0 else f"failed {status}"
        print(words, flush=True)  # noqa: T201


def work(base: str, *, verb: str, at: int, key: str, return_: int) -> None:
    import stripe
    from django.db import connection

    from accounts import actors
    from returns.models import Refund, Return
    from returns.refunds import payouts, retries, settlement
    from returns.refunds.gateways import GATEWAYS, StripeGateway
    from tests.returns.refunds.gateways.local_stripe import API_KEY

    killed = Killed(at)
    client = stripe.RequestsClient()
    client.request = killed.around(client.request)  # type: ignore[method-assign]
    GATEWAYS["stripe"] = StripeGateway(API_KEY, api_base=base, http_client=client)
    connection.ensure_connection()
    commit = killed.around(connection.commit)
    system = actors.system()
    with (
        connection.execute_wrapper(killed.around_statement),
        patch.object(connection, "commit", commit),
    ):
        if verb == "refund":
            found = Return.objects.get(pk=return_)
            payouts.refund(found, actor=system, key=UUID(key))
        else:
            refund = Refund.objects.get(idempotency_key=key)
            (retries.retry if verb == "retry" else settlement.settle)(refund, actor=system)


@contextmanager
def worker(database: str, base: str) -> Iterator[Any]:
    """Start the program; yields a function that gives it an order and returns its answer."""
    program = [sys.executable, "-m", "tests.returns.refunds.gateways.killed", database, base]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        sent, told = process.stdin, process.stdout
        assert sent is not None
        assert told is not None

        def do(**order: Any) -> str:
            print(json.dumps(order), file=sent, flush=True)
            return told.readline().strip()

        yield do
        sent.close()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    serve(*sys.argv[1:])
