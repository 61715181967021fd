"""What is odd about rules that may well be saved: what can never decide, what names nothing. Pure.

A rule is held against each one before it, and against all of them together (`coverage`), as far as
that can be proved with so many steps: what is named is so, and what is not named may be so too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from returns.models.policies import ReturnTerms
from returns.models.resolutions import Resolution
from returns.policies.rules import coverage
from returns.policies.rules.coverage import Budget, comparable
from returns.policies.rules.schema import CONDITIONS, NOTHING_OFFERED, SETTINGS, Rule

# How often a rule is held against a part of another one, in all: a good half second of it.
_STEPS = 100_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about the rule with this key, in words for a manager."""

    key: str
    name: str
    message: str


_USUAL: Final = ReturnTerms()


def find(
    rules: Sequence[Rule],
    known: Mapping[str, Collection[str]],
    *,
    today: date,
    usual: ReturnTerms = _USUAL,
) -> list[Finding]:
    """Return what is odd, in the order of the rules.

    known: by name of a condition, the words that mean something; conditions left out of it may name
    anything. today: in the store's time zone. usual: the terms of the default policy.
    """
    found = []
    budget = Budget(_STEPS)
    active = [rule for rule in rules if rule.active]
    offered = {each for terms in _possible(active, usual) for each in terms.resolutions}
    for number, rule in enumerate(active):
        messages = [
            *_shadowed(rule, active[:number], budget),
            *_unknown(rule, known),
            *_nothing_left(rule, usual),
            *_not_offered(rule, offered),
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


def _possible(rules: Iterable[Rule], usual: ReturnTerms) -> list[ReturnTerms]:
    """Return the terms of the default policy, and those that each rule makes of them."""
    return [usual, *(_with(usual, rule) for rule in rules)]


def _with(usual: ReturnTerms, rule: Rule) -> ReturnTerms:
    return usual.changed(
        {name: value for name, value in rule.settings.items() if name in NOTHING_OFFERED}
    )


def _nothing_left(rule: Rule, usual: ReturnTerms) -> list[str]:
    """Say that buyers could choose nothing, where the default policy decides the rest."""
    if NOTHING_OFFERED.keys().isdisjoint(rule.settings) or _with(usual, rule).resolutions:
        return []
    return [_("With the default policy it leaves buyers nothing to choose.")]


def _not_offered(rule: Rule, offered: Collection[Resolution]) -> list[str]:
    """Say that nobody can want what a rule is about, because nothing offers it."""
    missing = [
        str(Resolution(each).label)
        for each in rule.conditions.get("resolutions", ())
        if each not in offered
    ]
    if not missing:
        return []
    return [_("Nothing offers this to buyers: %(wishes)s.") % {"wishes": ", ".join(missing)}]


def _over(rule: Rule, today: date) -> list[str]:
    """Say that no new order can meet the rule, because its time is over."""
    ends = [end for end in (rule.valid_until, rule.conditions.get("bought_until")) if end]
    return [_("Its time is over: no new order meets it.")] if ends and min(ends) < today else []
