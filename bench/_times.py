"""Durations and what they say together."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lap:
    """What one worker did in one phase: from when to when (of the system's clock), how long each.

    All in seconds.
    """

    began: float
    ended: float
    durations: tuple[float, ...]


def lap(acts: Sequence[Callable[[], Any]]) -> Lap:
    """Do one act after the other and take the time of each."""
    durations = []
    began = time.time()
    for act in acts:
        start = time.perf_counter()
        act()
        durations.append(time.perf_counter() - start)
    return Lap(began, time.time(), tuple(durations))


@dataclass(frozen=True)
class Result:
    """What all workers reached together; p50 and p95 in milliseconds."""

    count: int
    per_second: float
    p50: float
    p95: float


def together(laps: Sequence[Lap]) -> Result:
    """Sum laps of workers that ran side by side up; the slowest one ends the clock."""
    durations = sorted(duration for part in laps for duration in part.durations)
    seconds = max(part.ended for part in laps) - min(part.began for part in laps)
    return Result(
        count=len(durations),
        per_second=len(durations) / seconds,
        p50=percentile(durations, 50) * 1000,
        p95=percentile(durations, 95) * 1000,
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of rising values.

    Raises ValueError without values.
    """
    if not ordered:
        raise ValueError("No values.")
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]
