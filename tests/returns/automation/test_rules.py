"""What is wrong with a rule is named where it is wrong; who may write rules."""

from typing import Any

import pytest

from accounts import actors
from accounts.models import Role
from returns.automation import rules
from returns.automation.ready_made import TEMPLATES, made_from
from returns.errors import InvalidRule, NotPermitted
from returns.models import AutomationRule
from tests.factories import StoreFactory, UserFactory
from tests.returns.automation.rule_making import manager, rule

pytestmark = pytest.mark.django_db


def found(
    trigger: str = "return.requested",
    *,
    name: str = "Rule",
    days: int | None = None,
    actions: dict[str, Any] | None = None,
    **conditions: Any,
) -> list[tuple[str, str]]:
    StoreFactory(currency="EUR")
    made = AutomationRule(
        name=name,
        trigger=trigger,
        days=days,
        conditions=conditions,
        actions={"approve": {}} if actions is None else actions,
    )
    return [(one.field, one.message) for one in rules.problems(made)]


def test_good_rule_has_no_problems() -> None:
    assert found(value_below="50.00", in_window=True, reasons_only=["too-small"]) == []


@pytest.mark.parametrize(
    ("conditions", "field", "words"),
    [
        ({"value_below": "50", "value_from": "50"}, "value_below", "contradicts"),
        ({"value_below": "40", "value_from": "50"}, "value_below", "contradicts"),
        ({"pieces_at_most": 1, "pieces_at_least": 2}, "pieces_at_most", "contradicts"),
        ({"level_at_most": "LOW", "level_at_least": "HIGH"}, "level_at_most", "contradicts"),
        ({"reasons_any": ["style"], "reasons_none": ["style"]}, "reasons_any", "contradicts"),
        ({"reasons_only": ["style"], "reasons_any": ["color"]}, "reasons_only", "contradicts"),
        ({"countries_any": ["DE"], "countries_none": ["DE"]}, "countries_any", "contradicts"),
        ({"value_below": "12.345"}, "value_below", "Enter an amount in EUR."),
        ({"value_below": "NaN"}, "value_below", "Enter an amount in EUR."),
        ({"value_below": 12}, "value_below", "Enter an amount in EUR."),
        ({"pieces_at_most": -1}, "pieces_at_most", "Enter a whole number"),
        ({"rate_at_least": 101}, "rate_at_least", "from 0 to 100"),
        ({"in_window": "yes"}, "in_window", "Choose yes or no."),
        ({"reasons_any": []}, "reasons_any", "Choose at least one."),
        ({"reasons_any": ["nonsense"]}, "reasons_any", "Not known: nonsense."),
        ({"grades_any": ["nonsense"]}, "grades_any", "Not known: nonsense."),
        ({"countries_any": ["Germany"]}, "countries_any", "Not known: Germany."),
        ({"level_at_least": "EVIL"}, "level_at_least", "Choose what"),
        ({"moon_is": "full"}, "trigger", "Unknown condition"),
        ({"grades_only": ["as-new"]}, "grades_only", "the goods have not come then"),
        ({"is_all_received": True}, "is_all_received", "the goods have not come then"),
    ],
)
def test_wrong_condition_is_named(conditions: dict[str, Any], field: str, words: str) -> None:
    told = found(**conditions)
    assert [one for one, _words in told] == [field]
    assert words in told[0][1]


@pytest.mark.parametrize(
    ("trigger", "actions", "field", "words"),
    [
        ("return.requested", {}, "actions", "at least one thing"),
        ("return.requested", {"approve": {}, "expire": {"how": "CLOSE"}}, "expire", "exclude"),
        ("return.requested", {"decline": {}}, "decline", "Choose a reason."),
        ("return.requested", {"decline": {"reason": "OTHER"}}, "decline", "Tell the buyer why."),
        ("return.requested", {"refund": {"pieces": "ALL"}}, "refund", "Not possible when"),
        ("return.closed", {"approve": {}}, "approve", "Not possible when"),
        ("return.closed", {"close": {}}, "close", "Not possible when"),
        ("return.processed", {"refund": {"pieces": "SOME"}}, "refund", "Choose for what."),
        ("return.requested", {"tag": {"tags": ["a,b"]}}, "tag", "no comma"),
        ("return.requested", {"tag": {"tags": []}}, "tag", "at least one tag"),
        ("return.requested", {"ask": {"text": "  "}}, "ask", "Write what you need"),
        ("return.requested", {"ask": {"text": "x" * 2001}}, "ask", "2000"),
        ("return.closed", {"ask": {"text": "Why?"}}, "ask", "Not possible when"),
        (
            "return.requested",
            {"decline": {"reason": "FINAL_SALE"}, "ask": {"text": "Why?"}},
            "ask",
            "exclude",
        ),
        ("return.requested", {"assign": {"user": 0}}, "assign", "works here"),
        ("return.requested", {"notify": {"to": "ME"}}, "notify", "Choose who"),
        ("return.requested", {"notify": {"to": "STORE", "text": "x" * 501}}, "notify", "500"),
    ],
)
def test_wrong_action_is_named(
    trigger: str, actions: dict[str, Any], field: str, words: str
) -> None:
    told = found(trigger, actions=actions)
    assert [one for one, _words in told] == [field]
    assert words in told[0][1]


def test_name_moment_and_days_are_needed() -> None:
    assert [field for field, _words in found("no.such", name=" ")] == ["name", "trigger"]
    assert [field for field, _words in found("time.undecided")] == ["days"]
    assert [field for field, _words in found("time.undecided", days=366)] == ["days"]
    assert [field for field, _words in found(days=3)] == ["days"]


def test_amount_needs_one_currency() -> None:
    StoreFactory(currency="USD")
    assert [field for field, _words in found(value_below="50")] == ["store"]


def test_saved_rule_is_off_and_keeps_its_currency() -> None:
    store = StoreFactory(currency="JPY")
    made = rule(conditions={"value_below": "5000"}, store=store, approve={})
    assert (made.enabled, made.conditions) == (True, {"value_below": "5000", "currency": "JPY"})

    made.name = "Other"
    rules.save(made, actor=manager())
    made.refresh_from_db()
    assert (made.name, made.enabled, made.changed_by) == ("Other", False, "Mona")


def test_only_managers_write_rules() -> None:
    support = actors.staff(UserFactory(roles=[Role.SUPPORT]))
    made = rule(approve={})
    for act in (rules.save, rules.switch_on, rules.switch_off, rules.remove):
        with pytest.raises(NotPermitted):
            act(made, actor=support)


def test_rule_that_went_bad_is_not_switched_on() -> None:
    member = UserFactory(roles=[Role.SUPPORT])
    made = rule(on=False, assign={"user": member.pk})
    member.is_active = False
    member.save()
    with pytest.raises(InvalidRule) as error:
        rules.switch_on(made, actor=manager())
    assert error.value.field == ("assign",)


def test_removed_rule_acts_no_more() -> None:
    made = rule(approve={})
    rules.remove(made, actor=manager())
    made.refresh_from_db()
    assert (made.enabled, AutomationRule.objects.kept().count()) == (False, 0)


@pytest.mark.parametrize("handle", TEMPLATES)
def test_ready_made_rule_is_a_good_rule(handle: str) -> None:
    store = StoreFactory()
    made = rules.save(made_from(handle, store), actor=manager())
    assert rules.switch_on(made, actor=manager()).enabled
