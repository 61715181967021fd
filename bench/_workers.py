"""Several processes that do the same at the same time, each with its own connection."""

import importlib
import multiprocessing
import pickle
import queue
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import django

SECONDS_TO_ANSWER = 600


def spread(target: str, jobs: Sequence[Any]) -> list[Any]:
    """Run `module:function` once per job, each in a new process, and return what they return.

    The function is called with its job and a barrier on which all can wait for each other.
    Raises RuntimeError when a process ends without an answer.
    """
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(len(jobs)), context.Queue()
    processes = [
        context.Process(target=_child, args=(target, number, job, barrier, answers), daemon=True)
        for number, job in enumerate(pickle.dumps(job) for job in jobs)
    ]
    for process in processes:
        process.start()
    found: dict[int, Any] = {}
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while len(found) < len(jobs):
        try:
            number, answer = answers.get(timeout=1)
            found[number] = answer
        except queue.Empty:
            failed = [process for process in processes if process.exitcode]
            if failed or time.monotonic() > deadline:
                for process in processes:
                    process.kill()
                raise RuntimeError(f"{target} ended without an answer.") from None
    for process in processes:
        process.join()
    return [found[number] for number in range(len(jobs))]


def _child(target: str, number: int, job: bytes, barrier: Barrier, answers: Any) -> None:
    # Settings and database come with the environment; models can be imported only after this,
    # and what jobs are made of imports models.
    django.setup()
    module, name = target.split(":")
    function = getattr(importlib.import_module(module), name)
    answers.put((number, function(pickle.loads(job), barrier)))  # noqa: S301
