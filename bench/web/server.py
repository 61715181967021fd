"""The real server: the same program and options as `manage.py serve`, without the job worker."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command

from returns_project.management.commands.serve import HOST, WEB

SECONDS_TO_START = 30


@dataclass(frozen=True)
class Running:
    """A server that answers. pid: of the process above its workers."""

    port: int
    pid: int


@contextlib.contextmanager
def running(workers: int, threads: int) -> Iterator[Running]:
    """Run the server with so many processes, each with so many threads."""
    call_command("collectstatic", interactive=False, verbosity=0)
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, *WEB, "--workers", str(workers), "--blocking-threads", str(threads)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"GRANIAN_PORT": str(port)},
        stdin=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port, process)
        yield Running(port=port, pid=process.pid)
    finally:
        process.terminate()
        process.wait(SECONDS_TO_START)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for_answer(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client = http.client.HTTPConnection(HOST, port, timeout=5)
            client.request("GET", "/livez")
            client.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server did not start; the reason is above.")
