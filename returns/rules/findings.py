"""What is odd about rules that may well be saved: what can never decide, what names nothing. Pure.

A rule is held against each one before it, and against all of them together (`coverage`), as far as
that can be proved with so many steps: what is named is so, and what is not named may be so too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from returns.rules import coverage
from returns.rules.coverage import Budget, comparable
from returns.rules.schema import CONDITIONS, SETTINGS, Rule

# How often a rule is held against a part of another one, in all: a good half second of it.
_STEPS = 100_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about the rule with this key, in words for a manager."""

    key: str
    name: str
    message: str


def find(
    rules: Sequence[Rule], known: Mapping[str, Collection[str]], *, today: date
) -> list[Finding]:
    """Return what is odd, in the order of the rules.

    known: by name of a condition, the words that mean something; conditions left out of it may name
    anything. today: in the store's time zone.
    """
    found = []
    budget = Budget(_STEPS)
    active = [rule for rule in rules if rule.active]
    for number, rule in enumerate(active):
        messages = [
            *_shadowed(rule, active[:number], budget),
            *_unknown(rule, known),
            *_over(rule, today),
        ]
        found += [Finding(key=rule.key, name=rule.name, message=each) for each in messages]
    return found


def _shadowed(rule: Rule, before: Sequence[Rule], budget: Budget) -> list[str]:
    """Say which settings of a rule are always decided before its turn comes."""
    wanted = rule.decides
    covered: dict[str, Rule] = {}
    for earlier in before:
        if always_holds(earlier, where=rule):
            for name in earlier.decides.keys() & wanted.keys():
                covered.setdefault(name, earlier)
    open_ = wanted.keys() - covered.keys()
    together = _covered_together(rule, before, open_, budget) if open_ else []
    if together or not open_:
        words = _("Never decides anything: %(rules)s before it always does.")
        if len({each.key for each in together}) > 1:
            words = _("Never decides anything: between them, %(rules)s before it always do.")
        return [words % {"rules": _names([*covered.values(), *together])}]
    words = _("Contradicts “%(rule)s” before it, which always decides: %(setting)s.")
    return [
        words % {"rule": covered[name].name, "setting": spec.label}
        for name, spec in SETTINGS.items()
        if name in covered and covered[name].decides[name] != wanted[name]
    ]


def _covered_together(
    rule: Rule, before: Sequence[Rule], settings: Collection[str], budget: Budget
) -> list[Rule]:
    """Return rules that between them always decide all these settings first; [] if none do."""
    deciding = {
        tuple(number for number, each in enumerate(before) if name in each.decides)
        for name in settings
    }
    found: list[Rule] = []
    for numbers in sorted(deciding):
        some = coverage.together(rule, [before[number] for number in numbers], budget)
        if not some:
            return []
        found += some
    return found


def _names(rules: Iterable[Rule]) -> str:
    return ", ".join(dict.fromkeys(f"“{rule.name}”" for rule in rules))


def always_holds(broad: Rule, *, where: Rule) -> bool:
    """Whether one rule holds wherever another one does, as far as each condition by itself says."""
    return (
        (broad.valid_from is None or _reaches(where.valid_from, broad.valid_from))
        and (broad.valid_until is None or _reaches(broad.valid_until, where.valid_until))
        and all(
            name in where.conditions and _covers(name, value, where.conditions[name])
            for name, value in broad.conditions.items()
        )
    )


def _reaches(later: date | None, earlier: date | None) -> bool:
    return later is not None and earlier is not None and later >= earlier


def _covers(name: str, broad: Any, narrow: Any) -> bool:
    if isinstance(broad, tuple):
        return comparable(narrow) <= comparable(broad)
    return bool(narrow >= broad if name.endswith("_from") else narrow <= broad)


def _unknown(rule: Rule, known: Mapping[str, Collection[str]]) -> list[str]:
    found = []
    for name, words in rule.conditions.items():
        if name not in known:
            continue
        missing = [word for word in words if word.strip().casefold() not in known[name]]
        if missing:
            told = {"condition": CONDITIONS[name].label, "words": ", ".join(missing[:5])}
            found.append(_("Nothing has this yet (%(condition)s): %(words)s.") % told)
    return found


def _over(rule: Rule, today: date) -> list[str]:
    """Say that no new order can meet the rule, because its time is over."""
    ends = [end for end in (rule.valid_until, rule.conditions.get("bought_until")) if end]
    return [_("Its time is over: no new order meets it.")] if ends and min(ends) < today else []
