"""Rules about time: whose moment has come, once for each moment; and their previews."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from accounts.models import Role
from returns import lifecycle
from returns.automation import preview, timing
from returns.models import AutomationRule, Return, RuleRun
from returns.parcels import deliveries
from tests.factories import UserFactory, sent_order
from tests.jobs import run_all
from tests.returns.automation.rule_making import by_rules, rule
from tests.returns.stories import BUYER, SYSTEM, opened, received, requested, wish

pytestmark = pytest.mark.django_db


def days(count: float) -> datetime.timedelta:
    return datetime.timedelta(days=count)


def requested_before(count: float) -> Return:
    """A request that was made so many days ago."""
    at = timezone.now() - days(count)
    order = sent_order(2, placed_at=at - days(9))
    order.fulfillments.update(shipped_at=at - days(8), delivered_at=at - days(5))
    return lifecycle.request(order, [wish(order, 2)], actor=BUYER, at=at)


def opened_before(count: float) -> Return:
    """A return that was approved at once so many days ago; two weeks to send."""
    return_ = requested_before(count)
    at = return_.created_at + datetime.timedelta(minutes=5)
    return lifecycle.approve(return_, actor=SYSTEM, at=at)


def acted(made: AutomationRule) -> list[int]:
    """Run the rules about time; return the returns on which this one acted, in all."""
    timing.run_due()
    return sorted(made.runs.values_list("for_return", flat=True))


def seen(made: AutomationRule) -> list[int]:
    return sorted(match.return_.pk for match in preview.preview(made).matches)


def test_request_that_waits_too_long() -> None:
    old, _young, _decided = requested_before(3), requested_before(1), opened_before(9)
    made = rule("time.undecided", days=2, approve={})

    assert seen(made) == [old.pk]
    assert acted(made) == [old.pk]
    old.refresh_from_db()
    assert old.status == "OPEN"


def test_buyer_is_reminded_once_before_the_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    near, _far = opened_before(12), opened_before(5)
    sent = opened_before(12)
    parcel = deliveries.add_parcel(sent, actor=SYSTEM)
    deliveries.set_state(parcel, actor=SYSTEM, state="HANDED_IN", at=sent.created_at + days(2))
    made = rule("time.send_by_near", name="Reminder", days=3, remind={})

    assert seen(made) == [near.pk]
    assert acted(made) == acted(made) == [near.pk]
    assert by_rules(near) == [("return.buyer_reminded", "Reminder")]
    told = [m for m in mail.outbox if m.subject == f"Please send your return {near.reference}"]
    assert [m.to for m in told] == [[near.order.email]]
    assert len(told[0].attachments) == 1


@pytest.mark.parametrize(("how", "status"), [("CLOSE", "CLOSED"), ("CANCEL", "CANCELED")])
def test_what_never_came_ends(how: str, status: str) -> None:
    gone, _waits = opened_before(30), opened_before(20)
    on_its_way = opened_before(30)
    parcel = deliveries.add_parcel(on_its_way, actor=SYSTEM)
    deliveries.set_state(parcel, actor=SYSTEM, state="IN_TRANSIT", at=timezone.now() - days(1))
    made = rule("time.send_by_over", days=14, expire={"how": how})

    assert acted(made) == [gone.pk]
    gone.refresh_from_db()
    assert gone.status == status


def test_late_to_decide_then_late_to_pay_are_two_occasions() -> None:
    return_ = requested_before(40)
    UserFactory(roles=[Role.MANAGER], email="mona@example.com")
    made = rule("time.late", name="Late", days=0, notify={"to": "MANAGERS"})
    assert acted(made) == [return_.pk]

    lifecycle.approve(return_, actor=SYSTEM, at=timezone.now() - days(38))
    received_at = timezone.now() - days(20)
    lines = list(return_.lines.all())
    receipts = [lifecycle.Receipt(line_id=one.pk, quantity=one.quantity) for one in lines]
    lifecycle.process(return_, actor=SYSTEM, receipts=receipts, at=received_at)
    assert acted(made) == acted(made) == [return_.pk, return_.pk]
    occasions = made.runs.order_by("pk").values_list("occasion", flat=True)
    assert list(occasions) == ["time.late:decide", "time.late:pay"]
    run_all()
    assert [m.to for m in mail.outbox].count(["mona@example.com"]) == 2


def test_conditions_and_store_hold_for_moments_too() -> None:
    requested_before(3)
    other = requested_before(3)
    made = rule("time.undecided", days=2, store=other.store, approve={})
    never = rule("time.undecided", days=2, conditions={"pieces_at_least": 9}, tag={"tags": ["x"]})

    assert (seen(made), acted(made)) == ([other.pk], [other.pk])
    assert (seen(never), acted(never)) == ([], [])


def test_returns_from_before_the_preview_are_left_alone() -> None:
    requested_before(91)
    made = rule("time.undecided", days=2, approve={})
    assert (seen(made), acted(made)) == ([], [])


def test_rule_that_stops_leaves_the_rest_alone() -> None:
    for _ in range(5):
        requested_before(3)
    member = UserFactory(roles=[Role.SUPPORT])
    made = rule("time.undecided", days=2, assign={"user": member.pk})
    member.is_active = False
    member.save()
    acted(made)

    assert list(RuleRun.objects.values_list("status", flat=True)) == ["FAILED"] * 3
    made.refresh_from_db()
    assert not made.enabled


def test_moment_of_an_earlier_day_to_send_is_another_one() -> None:
    return_ = opened_before(12)
    made = rule("time.send_by_near", days=3, tag={"tags": ["soon"]})
    assert acted(made) == [return_.pk]
    Return.objects.update(send_by=return_.send_by and return_.send_by + days(1))
    assert acted(made) == [return_.pk, return_.pk]


# --- previews -----------------------------------------------------------------------------------


def test_preview_of_an_event_judges_by_the_moment() -> None:
    first = requested_before(20)
    order = sent_order(2, customer=first.order.customer, store=first.store)
    second = lifecycle.request(order, [wish(order)], actor=BUYER)
    made = rule(conditions={"returns_at_most": 0}, on=False, approve={})
    assert seen(made) == [first.pk]
    made.conditions = {"returns_at_least": 1}
    assert seen(made) == [second.pk]


def test_preview_changes_nothing_and_takes_few_statements() -> None:
    for _ in range(3):
        received(opened())
    made = rule(
        "return.processed",
        conditions={"returns_at_most": 1, "is_all_received": True},
        on=False,
        refund={"pieces": "RECEIVED"},
    )
    # Events, lines, history.
    with assertNumQueries(3):
        assert len(preview.preview(made).matches) == 3
    assert not RuleRun.objects.exists()


@pytest.mark.parametrize("trigger", ["time.send_by_over", "time.late"])
@pytest.mark.parametrize("count", [1, 3])
def test_preview_of_moments_takes_few_statements(trigger: str, count: int) -> None:
    for _ in range(count):
        requested_before(30)
        opened_before(30)
    made = rule(trigger, days=1, on=False, tag={"tags": ["x"]})
    # Returns, their events, lines.
    with assertNumQueries(3):
        assert len(preview.preview(made).matches) == count


def test_preview_goes_on_with_older_events(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = [requested() for _ in range(3)]
    monkeypatch.setattr(preview, "PAGE", 2)
    made = rule(on=False, approve={})
    first = preview.preview(made)
    second = preview.preview(made, cursor=first.older)
    shown = [[match.return_ for match in page.matches] for page in (first, second)]
    assert shown == [[returns[2], returns[1]], [returns[0]]]
    assert (first.looked_at, second.older) == (2, "")
