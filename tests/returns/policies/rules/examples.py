"""Rules for tests, from plain data as a file or form would give it."""

from typing import Any

from returns.policies.rules.schema import Rule, rule_from


def rule(name: str = "Rule", /, *, where: dict[str, Any] | None = None, **settings: Any) -> Rule:
    """Return a rule with these conditions and settings; its key is its name in lower case.

    `active`, `valid_from` and `valid_until` are the rule's own.
    """
    names = ("active", "valid_from", "valid_until")
    own: dict[str, Any] = {key: settings.pop(key) for key in names if key in settings}
    plain = {"name": name, "conditions": where or {}, "settings": settings, **own}
    made = rule_from(plain, key=name.lower())
    assert isinstance(made, Rule), made
    return made
