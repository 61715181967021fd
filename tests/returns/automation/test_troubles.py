"""A rule that fails again and again stops itself and says so; one that fails once does not."""

from typing import Any

import pytest
from django.core import mail

from accounts.models import Role
from returns.automation import actions, rules
from returns.models import AutomationRule, RuleRun
from tests.factories import UserFactory
from tests.jobs import run_all
from tests.returns.automation.rule_making import manager, rule
from tests.returns.stories import requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> AutomationRule:
    """A rule whose person to assign to has left."""
    UserFactory(roles=[Role.MANAGER], email="mona@example.com")
    member = UserFactory(roles=[Role.SUPPORT], name="Kim")
    made = rule(name="Kim", assign={"user": member.pk}, tag={"tags": ["kim"]})
    member.is_active = False
    member.save()
    return made


def test_failure_is_told_and_counted(broken: AutomationRule) -> None:
    return_ = requested()
    run_all()
    broken.refresh_from_db()

    run = RuleRun.objects.get()
    # What came before the failure is done, and said.
    assert (run.status, run.told) == ("FAILED", ["tag"])
    assert run.why == "Kim does not work here any more."
    assert (broken.failures, broken.enabled) == (1, True)
    assert list(return_.events.values_list("type", flat=True)) == [
        "return.requested",
        "return.tagged",
    ]


def test_rule_stops_after_three_failures_in_a_row_and_mails_managers(
    broken: AutomationRule,
) -> None:
    returns = [requested() for _ in range(4)]
    run_all()
    broken.refresh_from_db()

    assert (broken.enabled, broken.failures) == (False, 3)
    assert broken.stopped_at is not None
    assert broken.stopped_why == f"{returns[2].reference}: Kim does not work here any more."
    assert RuleRun.objects.count() == 3
    sent = [message for message in mail.outbox if message.to == ["mona@example.com"]]
    assert [message.subject for message in sent] == ["The automation rule “Kim” has stopped"]
    assert "Kim does not work here any more." in sent[0].body
    assert f"/backoffice/automation/{broken.pk}" in sent[0].body


def test_success_in_between_forgets_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rule(tag={"tags": ["a"]})
    works = actions.ACTIONS["tag"]

    def breaks(*_arguments: Any) -> bool:
        raise RuntimeError

    for act in (breaks, breaks, works.act, breaks, breaks):
        broken = actions.Action(label=works.label, states=works.states, act=act)
        monkeypatch.setitem(actions.ACTIONS, "tag", broken)
        requested()
        run_all()
    made.refresh_from_db()

    assert (made.enabled, made.failures) == (True, 2)
    assert RuleRun.objects.filter(why="Unexpected error (RuntimeError).").count() == 4


def test_condition_that_cannot_be_answered_is_a_failure() -> None:
    made = rule(tag={"tags": ["a"]})
    AutomationRule.objects.update(conditions={"moon_is": "full"})
    for _ in range(3):
        requested()
    run_all()
    made.refresh_from_db()

    assert (made.enabled, made.failures) == (False, 3)
    assert "A condition cannot be answered (KeyError)." in made.stopped_why


def test_switching_on_again_begins_anew(broken: AutomationRule) -> None:
    for _ in range(3):
        requested()
    run_all()
    broken.refresh_from_db()
    broken.actions = {"tag": {"tags": ["a"]}}
    rules.save(broken, actor=manager())
    rules.switch_on(broken, actor=manager())
    broken.refresh_from_db()

    assert (broken.enabled, broken.failures, broken.stopped_at, broken.stopped_why) == (
        True,
        0,
        None,
        "",
    )
