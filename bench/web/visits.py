"""One visitor with a connection of their own that stays open, as a browser's does."""

import http.client
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench._times import Lap, lap

HOST = "127.0.0.1"
WARM_UP = 2
# As long as Django's own; the cookie and the form may hold the same one.
CSRF_TOKEN = "b" * 32


@dataclass(frozen=True)
class Step:
    """One request. path: "" for where the answer before led to. form: what to send, None: look."""

    path: str
    form: dict[str, str] | None = None
    status: int = 200


@dataclass(frozen=True)
class Group:
    """Pages of one kind, visited one after the other by somebody with this session."""

    name: str
    paths: tuple[str, ...]
    session: str = ""
    status: int = 200
    token: str = ""  # of programs, which have no session


@dataclass(frozen=True)
class Plan:
    """What one visitor does: look at all groups for some seconds each, then act.

    flows: by name, visits of several steps with the session they need.
    """

    number: int
    groups: Sequence[Group]
    seconds: float
    flows: dict[str, "tuple[str, list[list[Step]]]"]


class Visitor:
    """Sends requests and insists on the expected answers."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self._location = ""
        self.session = self.token = ""

    def take(self, step: Step) -> None:
        """Send one request and read the whole answer. Raises RuntimeError on an unexpected one."""
        path = step.path or self._location
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={CSRF_TOKEN}"}
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}"}
        if step.form is None:
            self._connection.request("GET", path, headers=headers)
        else:
            body = urlencode({**step.form, "csrfmiddlewaretoken": CSRF_TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self._connection.request("POST", path, body=body, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != step.status:
            raise RuntimeError(f"{path}: {answer.status} instead of {step.status}: {text[-900:]!r}")
        if "Location" in answer.headers:
            self._location = urlsplit(answer.headers["Location"]).path

    def visit(self, steps: Sequence[Step]) -> None:
        """Take several steps, one after the other."""
        for step in steps:
            self.take(step)


def visit(job: tuple[Plan, int], barrier: Barrier) -> dict[str, dict[str, Lap]]:
    """Go through a plan together with the other visitors; return the laps by name."""
    plan, port = job
    visitor = Visitor(port)
    laps: dict[str, dict[str, Lap]] = {}
    for group in plan.groups:
        visitor.session, visitor.token = group.session, group.token
        steps = _endless(group, plan.number)
        visitor.visit([next(steps) for _time in range(WARM_UP)])
        barrier.wait()
        laps[group.name] = {"together": _for_seconds(visitor, steps, plan.seconds)}
        barrier.wait()
        if plan.number == 0:
            laps[group.name]["alone"] = _for_seconds(visitor, steps, plan.seconds / 2)
        barrier.wait()
    for name, (session, visits) in plan.flows.items():
        visitor.session, visitor.token = session, ""
        visitor.visit(visits[0])
        barrier.wait()
        laps[name] = {"together": lap([partial(visitor.visit, steps) for steps in visits[1:]])}
    return laps


def _endless(group: Group, start: int) -> Any:
    """Yield the pages of a group round and round; each visitor begins somewhere else."""
    turned = group.paths[start % len(group.paths) :] + group.paths[: start % len(group.paths)]
    return (Step(path, status=group.status) for path in itertools.cycle(turned))


def _for_seconds(visitor: Visitor, steps: Any, seconds: float) -> Lap:
    durations = []
    began = time.time()
    while time.time() - began < seconds:
        step = next(steps)
        start = time.perf_counter()
        visitor.take(step)
        durations.append(time.perf_counter() - start)
    return Lap(began, time.time(), tuple(durations))
