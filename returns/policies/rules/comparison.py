"""What differs between two versions of a policy. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from returns.models.policies import ReturnTerms
from returns.policies.rules.schema import Rule


class ChangeKind(Enum):
    """What happened to a thing from one version to the other."""

    ADDED = auto()
    REMOVED = auto()
    CHANGED = auto()
    MOVED = auto()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A value that differs. half: `terms`, `rule`, `conditions` or `settings`.

    before, after: typed values; ABSENT where there was none.
    """

    half: str
    name: str
    before: Any
    after: Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to a rule, or to the default policy (rule: None)."""

    kind: ChangeKind
    rule: Rule | None
    differences: tuple[Difference, ...] = ()


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    rules_before: Sequence[Rule],
    rules_after: Sequence[Rule],
) -> list[Change]:
    """Return what changed from one version's content to another's: the default policy first.

    rules_before, rules_after: the rules of the two.
    """
    found = []
    if differences := _terms(before, after):
        found.append(Change(kind=ChangeKind.CHANGED, rule=None, differences=differences))
    old = {rule.key: rule for rule in rules_before}
    new = {rule.key: rule for rule in rules_after}
    found += [Change(kind=ChangeKind.REMOVED, rule=old[key]) for key in old if key not in new]
    moved = _moved([key for key in old if key in new], [key for key in new if key in old])
    for key, rule in new.items():
        if key not in old:
            found.append(
                Change(kind=ChangeKind.ADDED, rule=rule, differences=_rule(_NOTHING, rule))
            )
        elif differences := _rule(old[key], rule):
            found.append(Change(kind=ChangeKind.CHANGED, rule=rule, differences=differences))
        elif key in moved:
            found.append(Change(kind=ChangeKind.MOVED, rule=rule))
    return found


_NOTHING = Rule(key="", name="")


def _terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    old = {**vars(ReturnTerms.from_json(dict(before["terms"]))), **_instructions(before)}
    new = {**vars(ReturnTerms.from_json(dict(after["terms"]))), **_instructions(after)}
    return _differences("terms", old, new)


def _instructions(content: Mapping[str, Any]) -> dict[str, str]:
    return {"instructions": content.get("instructions", "")}


def _rule(before: Rule, after: Rule) -> tuple[Difference, ...]:
    own = ("name", "active", "valid_from", "valid_until")
    return (
        *(
            _differences(
                "rule",
                {name: getattr(before, name) for name in own},
                {name: getattr(after, name) for name in own},
            )
            if before is not _NOTHING
            else ()
        ),
        *_differences("conditions", before.conditions, after.conditions),
        *_differences("settings", before.settings, after.settings),
    )


def _differences(
    half: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Difference, ...]:
    names = dict.fromkeys((*before, *after))
    return tuple(
        Difference(half=half, name=name, before=old, after=new)
        for name in names
        for old, new in ((before.get(name, ABSENT), after.get(name, ABSENT)),)
        if old is ABSENT or new is ABSENT or old != new
    )


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return the keys that do not stand behind the same neighbours any more."""
    return {key for key, other in zip(after, before, strict=True) if key != other}
