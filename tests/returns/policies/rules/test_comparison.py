"""What differs between two versions of a policy."""

from dataclasses import replace
from typing import Any

from returns.models.policies import ReturnTerms
from returns.policies.rules.comparison import ABSENT, Change, compare
from returns.policies.rules.schema import Rule
from tests.returns.policies.rules.examples import rule


def changes(
    before: list[Rule], after: list[Rule], instructions: str = "", **terms: Any
) -> list[Change]:
    old = {"terms": ReturnTerms().to_json(), "instructions": ""}
    new = {"terms": ReturnTerms(**terms).to_json(), "instructions": instructions}
    return compare(old, new, rules_before=before, rules_after=after)


def told(found: list[Change]) -> list[Any]:
    return [
        (
            each.kind.name,
            each.rule.name if each.rule else None,
            [(one.half, one.name, one.before, one.after) for one in each.differences],
        )
        for each in found
    ]


ONE, TWO = rule("One", where={"tags": ["a"]}, window_days=7), rule("Two", label="NONE")


def test_equal_versions_have_no_changes() -> None:
    assert changes([ONE, TWO], [ONE, TWO]) == []


def test_default_policy_comes_first() -> None:
    assert told(changes([], [], "By post.", window_days=None)) == [
        (
            "CHANGED",
            None,
            [("terms", "window_days", 30, None), ("terms", "instructions", "", "By post.")],
        )
    ]


def test_rules_are_added_removed_and_changed() -> None:
    changed = replace(ONE, name="First", conditions={}, settings={"window_days": 8})
    three = rule("Three", until="2027-01-31")

    assert told(changes([ONE, TWO], [changed, three])) == [
        ("REMOVED", "Two", []),
        (
            "CHANGED",
            "First",
            [
                ("rule", "name", "One", "First"),
                ("conditions", "tags", ("a",), ABSENT),
                ("settings", "window_days", 7, 8),
            ],
        ),
        ("ADDED", "Three", [("settings", "until", ABSENT, three.settings["until"])]),
    ]


def test_rules_that_changed_places_are_named() -> None:
    assert told(changes([ONE, TWO], [TWO, ONE])) == [("MOVED", "Two", []), ("MOVED", "One", [])]
    assert told(changes([ONE, TWO], [TWO])) == [("REMOVED", "One", [])]
