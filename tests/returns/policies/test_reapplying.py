"""Applying a policy to orders that are in: first what would change, then the change."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import actors
from orders.models import Order, OrderLine, Store
from returns import lifecycle
from returns.errors import InvalidState, NotPermitted, PolicyChanged
from returns.models import PolicyRun, PolicyRunStatus, Return
from returns.models.policies import ReturnTerms
from returns.policies import reapplying, saving
from returns.policies import terms as terms_of
from tests import jobs
from tests.factories import ReturnPolicyFactory, StoreFactory, sent_order
from tests.returns.policies.rules.examples import rule
from tests.returns.stories import BUYER, SYSTEM, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory.create()


def begun(store: Store, *, days: int = 30, until: int = 0) -> PolicyRun:
    """Have a preview worked out for the orders of the last days."""
    today = timezone.now().astimezone(store.zone).date()
    run = reapplying.preview(
        store, today - timedelta(days=days), today - timedelta(days=until), actor=SYSTEM
    )
    return reapplying.execute(run.pk)


def applied(run: PolicyRun) -> PolicyRun:
    return reapplying.execute(reapplying.apply(run, actor=SYSTEM).pk)


def tagged(order: Order, tag: str) -> OrderLine:
    line = order.lines.order_by("position")[0]
    assert line.variant is not None
    line.variant.product.tags = [tag]
    line.variant.product.save()
    return line


def kept() -> list[dict[str, Any]]:
    return list(OrderLine.objects.order_by("pk").values_list("return_terms", flat=True))


def test_preview_says_what_would_change_and_changes_nothing(store: Store) -> None:
    order = sent_order(1, 1, store=store, reference="#1")
    sent_order(1, store=store, reference="#2")
    sent_order(1)  # of another store
    line = tagged(order, "sale")
    saving.put_rule(store, rule("Sale", where={"tags": ["sale"]}, window_days=7), actor=SYSTEM)

    run = begun(store)

    assert (run.status, run.total, run.done) == (PolicyRunStatus.PREVIEWED, 2, 2)
    assert (run.changed_orders, run.changed_lines) == (1, 1)
    assert run.examples == [
        {
            "order": order.pk,
            "reference": "#1",
            "title": line.title,
            "differences": [["window_days", 30, 7]],
            "by_reason": False,
        }
    ]
    assert kept() == [{}, {}, {}, {}]


def test_applied_policy_is_frozen_on_orders_and_lines(store: Store) -> None:
    order = sent_order(1, 1, store=store)
    tagged(order, "sale")
    saving.publish(ReturnPolicyFactory.build(store=store, window_days=50), actor=SYSTEM)
    saving.put_rule(store, rule("Sale", where={"tags": ["sale"]}, window_days=7), actor=SYSTEM)

    run = applied(begun(store))

    assert (run.status, run.changed_orders, run.changed_lines) == (PolicyRunStatus.DONE, 1, 2)
    order.refresh_from_db()
    assert (order.return_terms["window_days"], order.return_terms["version"]) == (50, 2)
    assert [each.get("settings") for each in kept()] == [{"window_days": 7}, None]
    again = begun(store)
    assert (again.changed_orders, again.changed_lines, again.examples) == (0, 0, [])


def test_only_orders_of_the_days_are_touched(store: Store) -> None:
    now = timezone.now()
    for days in (40, 20, 3):
        sent_order(1, store=store, placed_at=now - timedelta(days=days))
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)

    run = applied(begun(store, days=30, until=10))

    assert (run.total, run.changed_lines) == (1, 1)
    assert [bool(each) for each in kept()] == [False, True, False]


def test_returns_keep_the_terms_they_were_asked_for_with(store: Store) -> None:
    order = sent_order(2, store=store, return_terms=ReturnTerms(days_to_send=5).to_json())
    made = lifecycle.request(order, [wish(order)], actor=BUYER)
    saving.put_rule(store, rule("All", days_to_send=20, window_days=99), actor=SYSTEM)

    applied(begun(store))

    made = Return.objects.select_related("order").get(pk=made.pk)
    assert made.return_terms == {"days_to_send": 5}
    assert terms_of.of_return(made).days_to_send == 5
    line = order.lines.get()
    assert terms_of.of_line(terms_of.of_order(made.order), line).days_to_send == 20


def test_rules_that_are_taken_away_are_taken_off_the_lines(store: Store) -> None:
    sent_order(1, store=store)
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)
    applied(begun(store))
    saving.remove_rule(store, "all", actor=SYSTEM)

    run = applied(begun(store))

    assert (run.status, kept()) == (PolicyRunStatus.DONE, [{}])


def test_many_orders_are_done_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reapplying, "_PART", 2)
    for _number in range(5):
        sent_order(1, store=store)
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)

    run = applied(begun(store))

    assert (run.total, run.done, run.changed_orders) == (5, 5, 5)
    assert all(kept())


def test_run_that_broke_off_goes_on_where_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reapplying, "_PART", 1)
    orders = [sent_order(1, store=store) for _number in range(3)]
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)
    run = reapplying.apply(begun(store), actor=SYSTEM)
    run.position, run.done, run.changed_orders, run.changed_lines = orders[0].pk, 1, 1, 1
    run.save()

    done = reapplying.execute(run.pk)

    assert (done.done, done.changed_lines) == (3, 3)
    assert [bool(each) for each in kept()] == [False, True, True]


def test_policy_that_changed_since_the_preview_is_not_applied(store: Store) -> None:
    sent_order(1, store=store)
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)
    run = begun(store)
    saving.put_rule(store, rule("All", window_days=8), actor=SYSTEM)

    with pytest.raises(PolicyChanged):
        reapplying.apply(run, actor=SYSTEM)

    assert kept() == [{}]


def test_policy_that_changes_before_the_job_runs_ends_it(store: Store) -> None:
    sent_order(1, store=store)
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)
    run = reapplying.apply(begun(store), actor=SYSTEM)
    saving.put_rule(store, rule("All", window_days=8), actor=SYSTEM)

    ended = reapplying.execute(run.pk)

    assert (ended.status, kept()) == (PolicyRunStatus.FAILED, [{}])
    assert "changed since" in ended.message


def test_run_is_applied_once(store: Store) -> None:
    run = applied(begun(store))

    with pytest.raises(InvalidState):
        reapplying.apply(run, actor=SYSTEM)
    assert reapplying.execute(run.pk).status == PolicyRunStatus.DONE


def test_only_who_may_change_settings_applies(store: Store) -> None:
    run = begun(store)
    nobody = actors.buyer("Ada")

    with pytest.raises(NotPermitted):
        reapplying.preview(store, run.placed_from, run.placed_until, actor=nobody)
    with pytest.raises(NotPermitted):
        reapplying.apply(run, actor=nobody)


def test_job_does_it(store: Store) -> None:
    sent_order(1, store=store)
    saving.put_rule(store, rule("All", window_days=7), actor=SYSTEM)
    today = timezone.now().astimezone(store.zone).date()
    run = reapplying.preview(store, today - timedelta(days=30), today, actor=SYSTEM)

    jobs.run_all()
    reapplying.apply(run, actor=SYSTEM)
    jobs.run_all()

    run.refresh_from_db()
    assert (run.status, bool(kept()[0])) == (PolicyRunStatus.DONE, True)
