"""Run the whole installation on this machine: web and worker, until Ctrl-C."""

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from returns import jobs
from returns_project import demo
from returns_project.checks import INSTALLATION

HOST = "127.0.0.1"
SECONDS_TO_START = 30
SECONDS_TO_STOP = 15
SECONDS_BETWEEN_LOOKS = 0.1
WEB = (
    *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--log-level", "warning", "--no-ws"),
    *("--workers", "1", "--blocking-threads", "4"),
    "returns_project.wsgi:application",
)
WORKER = ("manage.py", "procrastinate", "worker", "--queues", "default")
# Webhooks wait for strangers, so nobody else is to wait with them.
WEBHOOKS = (*WORKER[:-1], jobs.WEBHOOKS, "--concurrency", "50")


class Command(BaseCommand):
    help = "Prepares the database and the demo shop, then runs web and worker until Ctrl-C."
    # Those of the code are for developers: they load every page, which takes a second.
    requires_system_checks = [INSTALLATION]

    def handle(self, *args: Any, **options: Any) -> None:
        _require_free_port(settings.PORT)
        if isinstance(sys.stdout, io.TextIOWrapper):  # into a file or a pipe, too, at once
            sys.stdout.reconfigure(line_buffering=True)
        self.prepare()
        # From here on a signal must not interrupt just anything, or a child could be forgotten.
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: stop.set())
        processes = [_start(WORKER), _start(WEBHOOKS), _start(WEB)]
        try:
            if _wait_for_answer(settings.PORT, processes, stop):
                self.greet()
            _wait_for_end(processes, stop)
        finally:
            _stop(processes)
        self.stdout.write("\nStopped.")

    def prepare(self) -> None:
        """Bring the database up to date and fill an empty one with the demo shop."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database ...")
            call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        if not demo.exists():
            self.stdout.write("Loading the demo shop ...")
            demo.load()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one

    def greet(self) -> None:
        """Print where everything is."""
        address = f"http://localhost:{settings.PORT}"
        self.stdout.write(
            f"\n  Shop's returns  {address}/\n  Back office     {address}/backoffice/"
        )
        if settings.DEBUG:
            self.stdout.write(f"  Mails           {address}/dev/mail/")
        for line in ["", *demo.greeting(), "", "Ctrl-C stops web and worker.", ""]:
            self.stdout.write(f"  {line}" if line else "")
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Try PORT={port + 1} make run."
            ) from error


def _start(arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own, so that Ctrl-C reaches it once: from here."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"GRANIAN_PORT": str(settings.PORT)},
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


def _wait_for_answer(
    port: int, processes: list[subprocess.Popen[bytes]], stop: threading.Event
) -> bool:
    """Return True when the web server answers, False when `stop` was set before."""
    deadline = time.monotonic() + SECONDS_TO_START
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        _require_alive(processes)
        try:
            client = http.client.HTTPConnection(HOST, port, timeout=5)
            client.request("GET", "/livez")
            client.getresponse()
        except OSError as error:
            if time.monotonic() > deadline:
                message = f"The web server does not answer after {SECONDS_TO_START} seconds."
                raise CommandError(message) from error
        else:
            return True
    return False


def _wait_for_end(processes: list[subprocess.Popen[bytes]], stop: threading.Event) -> None:
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        _require_alive(processes)


def _require_alive(processes: list[subprocess.Popen[bytes]]) -> None:
    if any(process.poll() is not None for process in processes):
        raise CommandError("The web server or the worker ended; the reason is above.")


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Let every child finish its request or job, and kill the one that takes too long."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its own children too
