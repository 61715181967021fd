"""Why an order did not come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `field` is the way to it, such as ("lines", "2", "quantity")."""

    field: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        where = ".".join(self.field)
        return f"{where}: {self.message}" if where else self.message


class OrderRejected(Exception):
    """The order did not come in; nothing of it was stored or changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


class BatchRejected(Exception):
    """Orders that were to come in together did not; nothing of any was stored or changed.

    rejections: by the index of the order, from 0; those that are missing were right.
    """

    def __init__(self, rejections: Mapping[int, OrderRejected]) -> None:
        self.rejections = dict(rejections)
        super().__init__(" ".join(str(each) for each in rejections.values()))
