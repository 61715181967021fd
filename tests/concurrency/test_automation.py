"""Two workers on the same event: each rule acts once, and money goes out once."""

from decimal import Decimal
from functools import partial

import pytest

from returns.automation import running, timing
from returns.models import Event, Refund, RuleRun
from tests.concurrency.threads import together
from tests.returns.automation.rule_making import rule
from tests.returns.stories import opened, received, requested

pytestmark = pytest.mark.django_db(transaction=True)


def test_rule_pays_back_once() -> None:
    rule("return.processed", refund={"pieces": "RECEIVED"}, tag={"tags": ["paid"]})
    return_ = received(opened())
    event = Event.objects.get(for_return=return_, type="return.processed")
    outcomes = together(*[partial(running.run_for_event, event.pk)] * 3)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert list(Refund.objects.values_list("amount", "status")) == [
        (Decimal("99.8000"), "SUCCEEDED")
    ]
    assert RuleRun.objects.get().status == "DONE"
    assert Event.objects.filter(for_return=return_, type="return.tagged").count() == 1


def test_two_workers_on_a_run_that_was_broken_off_share_its_acts() -> None:
    made = rule("return.processed", notify={"to": "STORE"}, refund={"pieces": "RECEIVED"})
    return_ = received(opened())
    event = Event.objects.get(for_return=return_, type="return.processed")
    RuleRun.objects.create(
        rule=made,
        for_return=return_,
        event=event,
        occasion=f"event:{event.pk}",
        chain=[made.pk],
    )
    outcomes = together(*[partial(running.run_for_event, event.pk)] * 3)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert RuleRun.objects.values_list("status", "told").get() == ("DONE", ["refund", "notify"])
    assert Refund.objects.count() == 1
    assert Event.objects.filter(type="return.staff_notified").count() == 1


def test_same_rule_counts_as_one_in_two_workers_and_the_clock() -> None:
    rule(approve={}, position=1)
    rule(tag={"tags": ["a"]}, position=2)
    rule("time.undecided", days=0, tag={"tags": ["b"]})
    return_ = requested()
    event = Event.objects.get(for_return=return_)
    act = partial(running.run_for_event, event.pk)
    outcomes = together(act, act, timing.run_due)

    assert [one for one in outcomes if isinstance(one, Exception)] == []
    types = list(Event.objects.filter(for_return=return_).values_list("type", flat=True))
    assert types.count("return.approved") == 1
    assert types.count("return.tagged") in (1, 2)  # whether the clock saw it undecided
    statuses = RuleRun.objects.values_list("rule", "status")
    assert len(set(statuses)) == len(statuses)
