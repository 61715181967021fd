"""What is wrong with a case."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `path` is where, such as `$.lines[0].quantity`."""

    path: str
    message: str


class QuoteRefused(Exception):
    """A case that cannot be answered; `problems` names everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{each.path}: {each.message}" for each in problems))
