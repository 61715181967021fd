"""Policies as YAML, so that they can live in version control.

Values are read as the text that stands there, by the schema alone: `NO` is Norway where a country
is asked for, and no YAML type decides otherwise. Aliases and tags are refused: they are not needed,
and the first can make a small file huge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from returns.models.policies import FulfillmentState, ReturnTerms
from returns.policies.rules.schema import NOTHING_OFFERED, SETTINGS, Problem, Rule, rule_from
from returns.policies.rules.values import plain_value, value_of

LARGEST_FILE: Final = 256 * 1024
_DEEPEST = 8
_OF_FILE = ("default", "instructions", "rules")
_INSTRUCTIONS_LENGTH = 10_000


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """What a file says. terms, instructions: None where it says nothing of them."""

    terms: ReturnTerms | None
    instructions: str | None
    rules: list[Rule]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong in a file; line: counted from 1."""

    line: int
    message: str


class UnreadablePolicy(Exception):
    """A file that is not taken: nothing was changed. faults: all that were found, by line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{each.line}: {each.message}" for each in faults))
        self.faults = sorted(faults, key=lambda each: each.line)


def write(terms: ReturnTerms, instructions: str, rules: Sequence[Rule]) -> str:
    """Return a policy and its rules as YAML, in the order of the tables."""
    plain = terms.to_json()
    default = {name: plain[name] for name in _default_names()}
    content = {
        "default": default,
        "instructions": instructions,
        "rules": [_plain_rule(rule) for rule in rules],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _plain_rule(rule: Rule) -> dict[str, Any]:
    plain: dict[str, Any] = {"name": rule.name}
    if not rule.active:
        plain["active"] = False
    for name in ("valid_from", "valid_until"):
        if (day := getattr(rule, name)) is not None:
            plain[name] = plain_value(day)
    for half, values in (("conditions", rule.conditions), ("settings", rule.settings)):
        if values:
            plain[half] = {name: plain_value(value) for name, value in values.items()}
    return plain


def _default_names() -> list[str]:
    """Return what a default policy says: all settings but those that rules alone have."""
    alone = {"returnable", "returnable_text", "until", "location"}
    return [*(name for name in SETTINGS if name not in alone), "returnable_states"]


def read(text: str) -> PolicyFile:
    """Return what a file says. Raises UnreadablePolicy with every fault and its line."""
    if len(text.encode()) > LARGEST_FILE:
        message = _("A policy file has at most %(limit)d bytes.") % {"limit": LARGEST_FILE}
        raise UnreadablePolicy([Fault(line=1, message=message)])
    reader = _Reader()
    plain = reader.compose(text)
    found = _of_plain(plain, reader)
    if reader.faults or found is None:
        raise UnreadablePolicy(reader.faults)
    return found


class _Reader:
    """A file on its way to plain data, with the line of everything in it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lines: dict[tuple[str | int, ...], int] = {(): 1}

    def compose(self, text: str) -> Any:
        """Return the file as mappings, lists and texts; None with a fault when it is no YAML."""
        try:
            for token in yaml.scan(text, Loader=yaml.SafeLoader):
                if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                    self._fail_at(
                        token.start_mark, _("Aliases, anchors and tags are not used here.")
                    )
                    return None
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            why = getattr(error, "problem", "") or type(error).__name__
            message = _("This is no YAML: %(why)s.") % {"why": why}
            self.faults.append(Fault(line=mark.line + 1 if mark else 1, message=message))
            return None
        if node is None:
            self.faults.append(Fault(line=1, message=_("The file is empty.")))
            return None
        return self._plain(node, ())

    def fail(self, path: tuple[str | int, ...], message: str) -> None:
        """Note a fault at the line of a path, else of what it is in."""
        while path not in self.lines:
            path = path[:-1]
        self.faults.append(Fault(line=self.lines[path], message=message))

    def _fail_at(self, mark: Any, message: str) -> None:
        self.faults.append(Fault(line=mark.line + 1, message=message))

    def _plain(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _DEEPEST:
            self._fail_at(node.start_mark, _("This is too deep."))
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(each, (*path, n)) for n, each in enumerate(node.value)]
        return None if node.tag.endswith(":null") else node.value

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name or name in found:
                self._fail_at(key.start_mark, _("“%(name)s” occurs twice.") % {"name": name})
                continue
            self.lines[*path, name] = key.start_mark.line + 1
            found[name] = self._plain(value, (*path, name))
        return found


def _of_plain(plain: Any, reader: _Reader) -> PolicyFile | None:
    if reader.faults:
        return None
    if not isinstance(plain, Mapping):
        reader.fail(
            (), _("A policy file has the parts %(parts)s.") % {"parts": ", ".join(_OF_FILE)}
        )
        return None
    for unknown in plain.keys() - set(_OF_FILE):
        reader.fail((unknown,), _("There is no such field."))
    return PolicyFile(
        terms=_terms(plain["default"], reader) if "default" in plain else None,
        instructions=_instructions(plain.get("instructions"), reader),
        rules=_rules(plain.get("rules"), reader),
    )


def _instructions(plain: Any, reader: _Reader) -> str | None:
    if plain is None or isinstance(plain, str):
        if plain and (len(plain) > _INSTRUCTIONS_LENGTH or "\0" in plain):
            reader.fail(("instructions",), _("This text is too long."))
        return plain
    reader.fail(("instructions",), _("Must be a text."))
    return None


def _terms(plain: Any, reader: _Reader) -> ReturnTerms | None:
    """Return the default policy's terms; what is missing is as in a new policy."""
    if not isinstance(plain, Mapping):
        reader.fail(("default",), _("Must be names with values."))
        return None
    values: dict[str, Any] = {}
    for name, value in plain.items():
        try:
            values[name] = _default_value(name, value)
        except ValueError as error:
            reader.fail(("default", name), str(error))
    if values.get("credit_bonus_percent") and values.get("credit_bonus_amount"):
        message = _("Choose one bonus: in percent or as an amount.")
        reader.fail(("default", "credit_bonus_amount"), message)
    if all(values.get(name) == value for name, value in NOTHING_OFFERED.items()):
        reader.fail(("default", "offers_money"), _("Offer the buyer at least one thing."))
    return None if reader.faults else ReturnTerms(**values)


def _default_value(name: str, value: Any) -> Any:
    if name not in _default_names():
        raise ValueError(_("There is no such field."))
    if name != "returnable_states":
        return value_of(SETTINGS[name], value)
    if not isinstance(value, list) or not value or set(value) - set(FulfillmentState.values):
        words = _("Must be some of %(known)s.")
        raise ValueError(words % {"known": ", ".join(FulfillmentState.values)})
    return tuple(dict.fromkeys(value))


def _rules(plain: Any, reader: _Reader) -> list[Rule]:
    if plain is None:
        return []
    if not isinstance(plain, list):
        reader.fail(("rules",), _("Must be a list."))
        return []
    found: list[Rule] = []
    for index, each in enumerate(plain):
        read_ = rule_from(each, key="", path=("rules", index))
        if isinstance(read_, Rule):
            found.append(read_)
        else:
            _attach(read_, reader)
    _check_names(found, plain, reader)
    return found


def _attach(problems: Sequence[Problem], reader: _Reader) -> None:
    for problem in problems:
        reader.fail(problem.path, problem.message)


def _check_names(found: Sequence[Rule], plain: Sequence[Any], reader: _Reader) -> None:
    """Refuse a name that two rules have: a file knows its rules by it."""
    seen: set[str] = set()
    if len(found) != len(plain):
        return
    for index, rule in enumerate(found):
        if rule.name in seen:
            words = _("Another rule is named “%(name)s”.") % {"name": rule.name}
            reader.fail(("rules", index, "name"), words)
        seen.add(rule.name)
