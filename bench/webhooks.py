"""Fans events out to receivers through real workers, and watches their memory."""

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db.models import Max, Min
from procrastinate.contrib.django import app
from procrastinate.types import JSONValue

from accounts import actors
from bench import _database, _processors, _receiver
from returns import jobs
from returns.events import FAN_OUT_TASK
from returns.models import (
    DeliveryStatus,
    Event,
    EventType,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
    WebhookTopic,
)
from returns.webhooks import subscriptions

TOLD = (EventType.RETURN_CREATED, EventType.RETURN_APPROVED)
SECONDS = 900
LOOPBACK = "127.0.0.0/8"


def main(arguments: Sequence[str]) -> None:
    """Print deliveries per second, and the workers' memory over time."""
    parser = argparse.ArgumentParser(prog="python -m bench webhooks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="default: 10000")
    parser.add_argument("--receivers", type=int, default=3, help="default: 3")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    chosen = parser.parse_args(arguments)
    _database.require_seed()
    _database.prepare()
    settings.WEBHOOK_ALLOWED_NETWORKS = [LOOPBACK]
    WebhookSubscription.objects.all().delete()
    with _receivers(chosen.receivers) as (pid, counted):
        events = _enqueue(chosen.events)
        print(f"{events} events to {chosen.receivers} receivers, {chosen.workers} workers")
        memory = _work(chosen.workers, events * chosen.receivers, pid)
    _report(events * chosen.receivers, memory, counted)


@contextmanager
def _receivers(count: int) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
    """Run receivers in a process of their own, subscribed; fill in what each got at the end."""
    context = multiprocessing.get_context("spawn")
    secrets = [subscriptions.new_secret() for _number in range(count)]
    ports, answers, stop = context.Queue(), context.Queue(), context.Event()
    process = context.Process(
        target=_receiver.run, args=(secrets, ports, stop, answers), daemon=True
    )
    process.start()
    for port, secret in zip(ports.get(timeout=30), secrets, strict=True):
        subscriptions.create(
            WebhookTopic.RETURNS_APPROVE,
            f"http://127.0.0.1:{port}/",
            actor=actors.system("Bench"),
            secret=secret,
        )
    counted: list[tuple[int, int, int]] = []
    yield process.pid or 0, counted
    stop.set()
    counted += answers.get(timeout=30)
    process.join()


def _enqueue(most: int) -> int:
    """Enqueue the fan-out of the newest events, as the verbs would have done."""
    found = Event.objects.filter(type__in=TOLD).order_by("-pk").values_list("pk", flat=True)
    ids = list(found[:most])
    task = app.configure_task(FAN_OUT_TASK, queue=jobs.WEBHOOKS)
    waiting: list[dict[str, JSONValue]] = [{"event_id": pk} for pk in ids]
    task.batch_defer(*waiting)
    return len(ids)


def _work(count: int, expected: int, receivers: int) -> list[int]:
    """Run workers until everything is delivered; return their memory (MiB, summed) over time.

    Processor time counts from when the first messages have arrived, when the workers have started.
    """
    workers = [_start() for _number in range(count)]
    memory: list[int] = []
    try:
        first = _wait_until(1, workers)
        before = _used(receivers, workers)
        arrived = _wait_until(expected, workers, memory)
        used = _used(receivers, workers)
    finally:
        for each in workers:
            each.terminate()
        for each in workers:
            each.wait()
    spent = [after - earlier for after, earlier in zip(used, before, strict=True)]
    each_ms = [seconds * 1000 / max(arrived - first, 1) for seconds in spent]
    names = ("workers", "PostgreSQL", "receivers", "together")
    named = zip(names, [*each_ms, sum(each_ms)], strict=True)
    told = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in named)
    print(f"processor time of a delivery, ms: {told}")
    return memory


def _wait_until(
    expected: int, workers: Sequence[subprocess.Popen[bytes]], memory: list[int] | None = None
) -> int:
    """Wait until so many were delivered, and return how many were; note the memory meanwhile."""
    deadline = time.monotonic() + SECONDS
    while (arrived := _delivered()) < expected:
        if time.monotonic() > deadline or any(each.poll() is not None for each in workers):
            sys.exit(f"Only {arrived} of {expected} were delivered.")
        time.sleep(0.5)
        if memory is not None:
            memory.append(sum(_processors.resident(each.pid) for each in workers))
    return arrived


def _used(receivers: int, workers: Sequence[subprocess.Popen[bytes]]) -> tuple[float, float, float]:
    """Return the seconds of processor time so far, of the workers, PostgreSQL and the receivers."""
    own = sum((_processors.family(each.pid) for each in workers), 0.0)
    return own, _processors.postgres(), _processors.family(receivers)


def _start() -> subprocess.Popen[bytes]:
    command = ("manage.py", "procrastinate", "worker", "--queues", jobs.WEBHOOKS)
    return subprocess.Popen(
        [sys.executable, *command, "--concurrency", "50"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"WEBHOOK_ALLOWED_NETWORKS": LOOPBACK},
        stderr=None,
    )


def _delivered() -> int:
    return WebhookDelivery.objects.filter(status=DeliveryStatus.DELIVERED).count()


def _report(expected: int, memory: Sequence[int], counted: Sequence[tuple[int, int, int]]) -> None:
    """Count from the first delivery that was made to the last answer that was written down."""
    began = WebhookDelivery.objects.aggregate(at=Min("created_at"))["at"]
    ended = WebhookDelivery.objects.aggregate(at=Max("settled_at"))["at"]
    seconds = (ended - began).total_seconds()
    print(f"{expected} deliveries in {seconds:.1f} s: {expected / seconds:.0f} per second")
    tenth = max(len(memory) // 10, 1)
    steps = ", ".join(str(each) for each in memory[::tenth])
    print(f"memory of all workers, MiB, over time: {steps}")
    for ids, requests, wrong in counted:
        print(f"  receiver: {ids} messages, {requests} requests, {wrong} wrong signatures")
    print(f"attempts written down: {WebhookAttempt.objects.count()}")
    if any(ids != expected // len(counted) or wrong for ids, _requests, wrong in counted):
        sys.exit("A message was lost, or wrongly signed.")
