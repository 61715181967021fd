"""Rules that can never decide, contradict each other or name nothing."""

from datetime import date
from typing import Any

import pytest

from returns.models.policies import ReturnTerms
from returns.policies.rules.findings import always_holds, find
from returns.policies.rules.schema import Rule
from tests.returns.policies.rules.examples import rule

TODAY = date(2026, 11, 25)
USUAL = ReturnTerms()


def told(*rules: Rule, usual: ReturnTerms = USUAL, **known: set[str]) -> list[tuple[str, str]]:
    return [(found.name, found.message) for found in find(rules, known, today=TODAY, usual=usual)]


@pytest.mark.parametrize(
    ("broad", "narrow", "always"),
    [
        ({}, {"tags": ["a"]}, True),
        ({"tags": ["a"]}, {}, False),
        ({"tags": ["A", "b"]}, {"tags": ["a"]}, True),
        ({"tags": ["a"]}, {"tags": ["a", "b"]}, False),
        ({"tags": ["a"]}, {"tags": ["a"], "vendors": ["x"]}, True),
        ({"price_from": "10"}, {"price_from": "20"}, True),
        ({"price_from": "20"}, {"price_from": "10"}, False),
        ({"price_until": "20"}, {"price_until": "10"}, True),
        ({"price_until": "10"}, {"price_until": "20"}, False),
        ({"bought_until": "2026-12-31"}, {"bought_until": "2026-12-24"}, True),
        ({"reasons": ["style"]}, {}, False),
    ],
)
def test_rule_always_holds_where_another_does(
    broad: dict[str, Any],
    narrow: dict[str, Any],
    always: bool,
) -> None:
    one, other = rule(where=broad, window_days=1), rule(where=narrow, window_days=2)

    assert always_holds(one, where=other) is always


def test_validity_counts_like_a_condition() -> None:
    spring = rule("Spring", valid_from="2027-03-01", valid_until="2027-05-31", window_days=1)
    april = rule("April", valid_from="2027-04-01", valid_until="2027-04-30", window_days=1)

    assert always_holds(spring, where=april)
    assert not always_holds(april, where=spring)
    assert not always_holds(spring, where=rule(window_days=1))


def test_unreachable_rule_is_named_with_the_one_before_it() -> None:
    assert told(
        rule("All", window_days=14), rule("Sale", where={"tags": ["x"]}, window_days=7)
    ) == [("Sale", "Never decides anything: “All” before it always does.")]


def test_contradicting_setting_is_named() -> None:
    all_ = rule("All", window_days=14, comment_needed=True)
    sale = rule("Sale", where={"tags": ["x"]}, window_days=7, comment_needed=True, label="NONE")

    assert told(all_, sale) == [
        ("Sale", "Contradicts “All” before it, which always decides: days to return.")
    ]


def test_specific_rule_before_a_general_one_is_fine() -> None:
    assert (
        told(rule("Sale", where={"tags": ["x"]}, window_days=7), rule("All", window_days=14)) == []
    )


def test_inactive_rules_hide_nothing() -> None:
    assert told(rule("All", window_days=14, active=False), rule("Rest", window_days=7)) == []


def test_unknown_words_are_named() -> None:
    one = rule("Sale", where={"tags": ["Sale", "sail"], "channels": ["web"]}, window_days=7)

    assert told(one, tags={"sale"}) == [("Sale", "Nothing has this yet (product tag): sail.")]


def test_rule_whose_time_is_over_is_named() -> None:
    assert told(rule("Old", valid_until="2026-11-24", window_days=7)) == [
        ("Old", "Its time is over: no new order meets it.")
    ]
    assert told(rule("Old", where={"bought_until": "2026-11-24"}, window_days=7)) == [
        ("Old", "Its time is over: no new order meets it.")
    ]


def test_rule_that_leaves_nothing_to_choose_is_named() -> None:
    none = rule("None", where={"tags": ["sale"]}, offers_money="no", exchanges="NONE")
    words = "With the default policy it leaves buyers nothing to choose."

    assert told(none) == [("None", words)]
    assert told(none, usual=ReturnTerms(offers_credit=True)) == []


def test_rule_about_what_nothing_offers_is_named() -> None:
    shop = rule("Workshop", where={"resolutions": ["REPAIR", "MONEY"]}, location="fix")
    offers = rule("Repairs", where={"tags": ["bike"]}, offers_repair="yes")

    assert told(shop) == [("Workshop", "Nothing offers this to buyers: repair.")]
    assert told(shop, offers) == []


def test_rule_for_all_wishes_hides_one_for_some() -> None:
    always = rule("Always", return_shipping_fee="0")
    credit = rule("Credit", where={"resolutions": ["CREDIT"]}, return_shipping_fee="2")

    assert told(credit, always, usual=ReturnTerms(offers_credit=True)) == []
    assert told(always, credit, usual=ReturnTerms(offers_credit=True)) == [
        ("Credit", "Never decides anything: “Always” before it always does.")
    ]
