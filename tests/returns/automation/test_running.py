"""What rules do after an event, how often, and what they leave alone."""

from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from pytest_django.asserts import assertNumQueries

from accounts import actors
from accounts.models import Role
from returns import lifecycle, marks
from returns.automation import running
from returns.evidence import messages
from returns.models import AutomationRule, Event, Refund, Return, RuleRun
from returns.parcels import deliveries
from tests.factories import StoreFactory, UserFactory, sent_order
from tests.jobs import run_all
from tests.returns.automation.rule_making import by_rules, rule, told
from tests.returns.stories import BUYER, SYSTEM, opened, received, requested, wish

pytestmark = pytest.mark.django_db


def runs(return_: Return) -> list[tuple[str, str, list[str], str]]:
    found = RuleRun.objects.filter(for_return=return_).order_by("pk")
    return [(one.rule.name, one.status, one.told, one.why) for one in found]


def test_rule_acts_after_the_event_in_its_own_name() -> None:
    rule(name="Small ones", conditions={"value_below": "200"}, approve={})
    return_ = requested()

    assert told(return_) == [
        ("return.requested", "BUYER", "Ada Winter"),
        ("return.approved", "RULE", "Small ones"),
    ]
    event = Event.objects.get(for_return=return_, type="return.approved")
    assert event.run == RuleRun.objects.get(for_return=return_)
    assert runs(return_) == [("Small ones", "DONE", ["approve"], "")]


@pytest.mark.parametrize(
    ("conditions", "acts"),
    [
        ({"value_below": "99.80"}, False),
        ({"value_below": "99.81"}, True),
        ({"value_from": "99.80", "pieces_at_most": 2}, True),
        ({"reasons_only": ["too-big"]}, False),
        ({"countries_none": ["DE"]}, False),
        ({"in_window": True, "order_age_at_most": 30}, True),
    ],
)
def test_conditions_must_all_hold(conditions: dict[str, Any], acts: bool) -> None:
    rule(conditions=conditions, approve={})
    return_ = requested()
    run_all()
    return_.refresh_from_db()

    assert (return_.status == "OPEN") is acts
    assert RuleRun.objects.exists() is acts


def test_rule_of_another_store_or_off_does_nothing() -> None:
    rule(store=StoreFactory(), approve={})
    rule(on=False, approve={})

    assert by_rules(requested()) == []


def test_amount_in_another_currency_never_fits() -> None:
    made = rule(conditions={"value_below": "200"}, approve={})
    made.conditions["currency"] = "USD"
    made.save()

    assert by_rules(requested()) == []


def test_rules_run_in_their_order_and_see_what_was_done_before() -> None:
    rule(name="Second", position=2, conditions={"tags_any": ["vip"]}, approve={})
    rule(name="First", position=1, tag={"tags": ["VIP"]})

    assert by_rules(requested()) == [("return.tagged", "First"), ("return.approved", "Second")]


def test_decline_and_what_it_says() -> None:
    rule(
        name="No",
        conditions={"value_from": "50"},
        decline={"reason": "OTHER", "message": "Too dear."},
    )
    return_ = requested()
    run_all()
    return_.refresh_from_db()

    assert (return_.status, return_.decline_note) == ("DECLINED", "Too dear.")
    assert [m.subject for m in mail.outbox][-1] == (
        f"Your return request {return_.reference} was declined"
    )


def test_event_of_a_rule_sets_off_others_but_never_the_same_again() -> None:
    rule("return.tagged", name="Tagged", position=1, tag={"tags": ["b"]})
    rule("return.tagged", name="Too", position=2, tag={"tags": ["c"]})
    rule(name="Start", tag={"tags": ["a"]})
    return_ = requested()

    assert by_rules(return_) == [
        ("return.tagged", "Start"),
        ("return.tagged", "Tagged"),
        ("return.tagged", "Too"),
    ]
    return_.refresh_from_db()
    assert return_.tags == ["a", "b", "c"]
    # Tagged on the tag of Start, Too on those of Start and Tagged (nothing left to do).
    assert [(name, status) for name, status, _told, _why in runs(return_)] == [
        ("Start", "DONE"),
        ("Tagged", "DONE"),
        ("Too", "DONE"),
        ("Too", "NOTHING"),
        ("Tagged", "NOTHING"),
    ]


def test_rules_follow_from_each_other_only_so_deep(caplog: pytest.LogCaptureFixture) -> None:
    for number in range(7):
        conditions = {"tags_any": [f"t{number}"]}
        if number:
            conditions["tags_none"] = [f"t{number + 1}"]
        tags = [f"t{number + 1}"]
        rule("return.tagged", conditions=conditions, position=9 - number, tag={"tags": tags})
    return_ = marks.tag(requested(), actor=SYSTEM, add=["t0"])
    run_all()
    return_.refresh_from_db()

    assert return_.tags == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert "too deep" in caplog.text


def test_running_again_does_nothing() -> None:
    rule(tag={"tags": ["a"]}, notify={"to": "STORE"})
    return_ = requested()
    run_all()
    before = Event.objects.count()
    event = Event.objects.get(for_return=return_, type="return.requested")

    assert running.run_for_event(event.pk) == []
    assert Event.objects.count() == before


def test_broken_off_run_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    rule(approve={}, tag={"tags": ["a"]})
    return_ = requested()
    event = Event.objects.get(for_return=return_)
    with monkeypatch.context() as patch:
        patch.setattr(marks, "tag", lambda *_, **__: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            running.run_for_event(event.pk)
    assert [(one.status, one.done) for one in RuleRun.objects.all()] == [("RUNNING", 1)]

    running.run_for_event(event.pk)
    assert runs(return_) == [("Rule", "DONE", ["approve", "tag"], "")]


def test_move_that_somebody_made_first_is_no_failure() -> None:
    made = rule(approve={})
    return_ = requested()
    lifecycle.approve(return_, actor=SYSTEM)
    run_all()
    made.refresh_from_db()

    assert [(status, told_) for _name, status, told_, _why in runs(return_)] == [("NOTHING", [])]
    assert made.failures == 0


def test_refund_when_received_pays_what_came_once() -> None:
    rule(
        "return.processed",
        name="Pay",
        conditions={"is_all_received": True},
        refund={"pieces": "RECEIVED"},
    )
    return_ = received(opened())
    run_all()
    event = Event.objects.get(for_return=return_, type="return.processed")
    RuleRun.objects.update(status="RUNNING", done=0)
    running.run_for_event(event.pk)

    refund = Refund.objects.get()
    assert (refund.amount, refund.status) == (Decimal("99.80"), "SUCCEEDED")
    assert by_rules(return_) == [("refund.succeeded", "Pay")]


def test_refund_at_the_first_scan_pays_before_the_goods_are_back() -> None:
    rule("parcel.in_transit", name="Trust", refund={"pieces": "ALL"})
    return_ = opened()
    parcel = deliveries.add_parcel(return_, actor=SYSTEM)
    deliveries.set_state(parcel, actor=SYSTEM, state="IN_TRANSIT")

    assert by_rules(return_) == [("refund.succeeded", "Trust")]
    return_.refresh_from_db()
    assert (return_.processed_quantity, return_.refunded_quantity) == (0, 2)


def test_restock_puts_back_what_needs_work_of_the_grade() -> None:
    rule("return.processed", name="Shelf", restock={"grades": ["as-new"]})
    return_ = opened(quantity=3, of=3)
    line = return_.lines.get()
    wishes = tuple(
        lifecycle.DisposeRequest(type="PROCESSING_REQUIRED", quantity=count, grade=grade)
        for count, grade in ((2, "as-new"), (1, "opened"))
    )
    receipt = lifecycle.Receipt(line_id=line.pk, quantity=3, dispositions=wishes)
    lifecycle.process(return_, actor=SYSTEM, receipts=[receipt])

    assert by_rules(return_) == [("return.processed", "Shelf")]
    line.refresh_from_db()
    assert (line.restocked_quantity, line.processed_quantity) == (2, 3)


def test_close_assign_and_notify() -> None:
    member = UserFactory(roles=[Role.SUPPORT], name="Kim", email="kim@example.com")
    rule(
        "return.approved",
        name="Kim does it",
        assign={"user": member.pk},
        notify={"to": "ASSIGNEE", "text": "Please look."},
    )
    return_ = opened()

    assert by_rules(return_) == [
        ("return.assigned", "Kim does it"),
        ("return.staff_notified", "Kim does it"),
    ]
    sent = [message for message in mail.outbox if message.to == ["kim@example.com"]]
    assert [message.subject for message in sent] == [f"{return_.reference}: Kim does it"]
    assert "Please look." in sent[0].body
    assert Return.objects.get(pk=return_.pk).assignee == member


def test_asking_for_details_waits_for_the_buyer_and_names_the_rule() -> None:
    rule(name="What broke?", ask={"text": " Please send a picture. "})
    return_ = requested()

    assert by_rules(return_) == [("message.details_asked", "What broke?")]
    message = return_.messages.get()
    assert (message.body, message.asks, message.author_kind, message.author_name) == (
        "Please send a picture.",
        True,
        "RULE",
        "What broke?",
    )
    return_.refresh_from_db()
    assert return_.details_asked_at is not None
    sent = [one for one in mail.outbox if "Please send a picture." in one.body]
    assert [one.to for one in sent] == [[return_.order.email]]


def test_the_same_details_are_asked_for_once_until_they_are_told() -> None:
    rule("note.added", name="Ask", ask={"text": "Which size?"})
    return_ = requested()
    for _time in range(2):
        lifecycle.add_note(return_, actor=SYSTEM, body="Rang.")
        run_all()
    assert return_.messages.count() == 1
    assert sorted(RuleRun.objects.values_list("status", flat=True)) == ["DONE", "NOTHING"]

    messages.write(return_, actor=BUYER, body="Forty-two.")
    lifecycle.add_note(return_, actor=SYSTEM, body="Rang again.")
    run_all()
    assert return_.messages.filter(asks=True).count() == 2


def test_note_of_staff_is_an_event_too() -> None:
    rule("note.added", tag={"tags": ["noted"]})
    return_ = requested()
    lifecycle.add_note(return_, actor=SYSTEM, body="Rang.")

    assert by_rules(return_) == [("return.tagged", "Rule")]


def test_history_that_is_told_afterwards_sets_nothing_off() -> None:
    rule(approve={})
    order = sent_order(1)
    return_ = lifecycle.request(order, [wish(order)], actor=BUYER, at=order.placed_at)

    assert by_rules(return_) == []


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 20])
def test_verbs_take_no_more_statements_with_rules(count: int) -> None:
    return_ = requested()
    with assertNumQueries(6):
        lifecycle.add_note(return_, actor=SYSTEM, body="Rang.")
    for _ in range(count):
        rule("note.added", conditions={"returns_at_least": 9}, tag={"tags": ["x"]})
    with assertNumQueries(6):
        lifecycle.add_note(return_, actor=SYSTEM, body="Rang.")


@pytest.mark.parametrize("count", [1, 20])
def test_evaluating_all_rules_takes_five_statements(count: int) -> None:
    for _ in range(count):
        rule(conditions={"returns_at_least": 9, "value_below": "1"}, approve={})
    return_ = requested()
    event = Event.objects.get(for_return=return_)
    # The event, the rules, what they did before, the lines, the buyer's history.
    with assertNumQueries(5):
        assert running.run_for_event(event.pk) == []
    assert AutomationRule.objects.count() == count


def test_actor_of_a_rule_names_it() -> None:
    actor = actors.rule("Small ones", run_id=7)
    assert (actor.kind, actor.name, actor.run_id) == ("RULE", "Small ones", 7)
