"""The command behind `make run`: what it does with ports and children."""

import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from django.core.management import CommandError

from returns_project.management.commands import serve


@pytest.fixture
def port() -> Iterator[int]:
    """A port that a web server answers on."""
    with http.server.HTTPServer((serve.HOST, 0), http.server.SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def child(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code])


def test_used_port_is_refused_with_the_next_one(port: int) -> None:
    with pytest.raises(CommandError, match=f"Port {port} cannot be used .* PORT={port + 1}"):
        serve._require_free_port(port)


def test_free_port_is_taken() -> None:
    with socket.socket() as probe:
        probe.bind((serve.HOST, 0))
        free = probe.getsockname()[1]
    serve._require_free_port(free)


def test_waiting_ends_when_the_server_answers(port: int) -> None:
    assert serve._wait_for_answer(port, [], threading.Event()) is True


def test_waiting_ends_when_a_signal_came() -> None:
    stop = threading.Event()
    stop.set()
    assert serve._wait_for_answer(1, [], stop) is False


def test_waiting_ends_when_a_child_died() -> None:
    dead = child("raise SystemExit(1)")
    dead.wait()
    with pytest.raises(CommandError, match="ended; the reason is above"):
        serve._wait_for_answer(1, [dead], threading.Event())
    with pytest.raises(CommandError, match="ended; the reason is above"):
        serve._wait_for_end([dead], threading.Event())


def test_stop_ends_children_that_run_and_those_that_ended() -> None:
    children = [child("import time; time.sleep(60)"), child("")]
    serve._stop(children)
    assert [process.poll() is None for process in children] == [False, False]
