"""The arithmetic of benchmarks."""

import pytest

from bench._times import Lap, percentile, together


def test_percentile_is_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 21)]
    assert [percentile(values, percent) for percent in (1, 50, 95, 100)] == [1, 10, 19, 20]
    assert percentile([7.0], 50) == 7


def test_percentile_without_values_is_refused() -> None:
    with pytest.raises(ValueError, match="No values"):
        percentile([], 50)


def test_workers_together_are_as_slow_as_the_last() -> None:
    result = together([Lap(10, 12, (0.5, 1.5)), Lap(11, 14, (1.0, 2.0))])
    assert (result.count, result.per_second) == (4, 1.0)
    assert (result.p50, result.p95) == (1000, 2000)
