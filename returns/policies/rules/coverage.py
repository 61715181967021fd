"""Whether rules together hold wherever another one does. Pure, and of bounded cost.

Where a rule holds is seen as a box: a side per condition, a set of words or a range. Rules are
taken off the box of the one in question, one after the other; what is left over is where none of
them holds. What goes beyond the budget counts as left over: nobody is accused without proof.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Any, Final

from returns.policies.rules.evaluation import folded
from returns.policies.rules.schema import CONDITIONS, Rule
from returns.policies.rules.values import Kind

# A place on a line: the value itself (0), just before it (-1) or just after it (1).
Bound = tuple[Any, int]
Range = tuple[Bound, Bound]
# Words are bits: those that the rule in question names.
Side = int | Range
Box = tuple[Side, ...]

# Prices are no less than 0, discounts from 0 to 100 percent: the database refuses others.
_RANGES: Final[Mapping[str, tuple[str, str, Range]]] = {
    "price": ("price_from", "price_until", ((Decimal(0), 0), (inf, 0))),
    "discount": ("discount_from", "discount_until", ((Decimal(0), 0), (Decimal(100), 0))),
}
_WORDS: Final = tuple(
    name for name, spec in CONDITIONS.items() if spec.kind in {Kind.WORDS, Kind.CHOICES}
)
# Removing rules that are not needed from a proof is only worth it for few.
_MOST_TO_TIDY: Final = 12


@lru_cache(maxsize=1024)
def comparable(words: tuple[str, ...]) -> frozenset[str]:
    """Return words as they are compared; remembered, because each rule meets each other one."""
    return folded(words)


class Budget:
    """How many times a box may still be held against a rule."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take some steps off; whether they were there."""
        self.left -= steps
        return self.left >= 0


def together(rule: Rule, earlier: Sequence[Rule], budget: Budget) -> list[Rule]:
    """Return rules among `earlier` that between them hold wherever `rule` does; [] if none do.

    In their order, and as few as are found to be needed. [] too when the budget is used up, or when
    `rule` itself can never hold.
    """
    words = {name: _numbered(rule, name) for name in _WORDS if name in rule.conditions}
    whole = _box(rule, words)
    boxes = [
        (each, box) for each in earlier if _may_cover(each, words) and (box := _box(each, words))
    ]
    if whole is None or not boxes:
        return []
    # The fewer conditions, the larger the part that is taken off.
    boxes.sort(key=lambda one: len(one[0].conditions))
    used = _proof(whole, boxes, budget)
    if len(used) <= _MOST_TO_TIDY:
        used = _tidied(whole, used, budget)
    needed = {each.key for each, _box_of in used}
    return [each for each in earlier if each.key in needed]


Boxes = list[tuple[Rule, Box]]


def _numbered(rule: Rule, name: str) -> dict[str, int]:
    """Return the words of a rule's condition, each as a bit of its own."""
    words = sorted(comparable(rule.conditions[name]))
    return {word: 1 << index for index, word in enumerate(words)}


def _may_cover(rule: Rule, words: Mapping[str, Any]) -> bool:
    """Whether a rule asks for no words where the one in question takes any.

    There may always be another word, or none, for which only the other rule holds. (Of tags an
    order or product may have several; that none but one of the named is there is the hardest case.)
    """
    return all(name in words for name in _WORDS if name in rule.conditions)


def _box(rule: Rule, words: Mapping[str, Mapping[str, int]]) -> Box | None:
    """Return where a rule holds, as far as words are numbered; None if that is nowhere."""
    sides: list[Side] = []
    for name, numbers in words.items():
        if name in rule.conditions:
            shared = comparable(rule.conditions[name]) & numbers.keys()
            sides.append(sum(numbers[word] for word in shared))
        else:
            sides.append((1 << len(numbers)) - 1)
    sides.append(_days(rule))
    for least, most, (low, high) in _RANGES.values():
        asked = rule.conditions
        lowest = max(low, (asked[least], 0)) if least in asked else low
        sides.append((lowest, min(high, (asked[most], 0)) if most in asked else high))
    return tuple(sides) if all(map(_is_something, sides)) else None


def _days(rule: Rule) -> Range:
    """Return from which day to just before which one an order must be placed."""
    first = [day for day in (rule.valid_from, rule.conditions.get("bought_from")) if day]
    last = [day for day in (rule.valid_until, rule.conditions.get("bought_until")) if day]
    low = max(day.toordinal() for day in first) if first else -inf
    high = min(day.toordinal() + 1 for day in last) if last else inf
    return (low, 0), (high, -1)


def _is_something(side: Side) -> bool:
    return side != 0 if isinstance(side, int) else side[0] <= side[1]


def _proof(whole: Box, boxes: Boxes, budget: Budget) -> Boxes:
    """Return the boxes that were taken off until nothing was left over; [] if something was."""
    used: dict[int, None] = {}
    waiting = [(whole, 0)]
    while waiting:
        rest, start = waiting.pop()
        for index in range(start, len(boxes)):
            if not budget.spend(1):
                return []
            parts = _without(rest, boxes[index][1])
            if parts is not None:
                used[index] = None
                waiting += [(part, index + 1) for part in parts]
                break
        else:
            return []
    return [boxes[index] for index in sorted(used)]


def _tidied(whole: Box, boxes: Boxes, budget: Budget) -> Boxes:
    """Leave away what a proof does not need."""
    for one in list(boxes):
        others = [each for each in boxes if each is not one]
        if others and _proof(whole, others, budget):
            boxes = others
    return boxes


def _without(box: Box, other: Box) -> list[Box] | None:
    """Return the parts of a box outside another one; None when they have nothing in common."""
    shared = [_common(side, its) for side, its in zip(box, other, strict=True)]
    if not all(map(_is_something, shared)):
        return None
    parts = []
    for index, (side, both) in enumerate(zip(box, shared, strict=True)):
        for outside in _outside(side, both):
            parts.append((*shared[:index], outside, *box[index + 1 :]))
    return parts


def _common(side: Side, other: Side) -> Side:
    if isinstance(side, int) or isinstance(other, int):
        return side & other  # type: ignore[operator]  # both are words then
    return max(side[0], other[0]), min(side[1], other[1])


def _outside(side: Side, both: Side) -> Iterator[Side]:
    """Yield what a side has beyond what it shares, if there is anything."""
    if isinstance(side, int) or isinstance(both, int):
        beyond: list[Side] = [side & ~both]  # type: ignore[operator]
    else:
        (low, before), (high, after) = both
        beyond = [(side[0], (low, before - 1)), ((high, after + 1), side[1])]
    yield from (part for part in beyond if _is_something(part))
