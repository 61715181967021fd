"""What a mutation did, or what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a mutation's input. field: () for none in particular."""

    field: tuple[str, ...]
    message: str
    code: str | None = None


@dataclass
class Result:
    """What a payload type reads: what was changed by the names of its fields."""

    values: dict[str, Any]
    problems: Sequence[Problem] = field(default_factory=tuple)
