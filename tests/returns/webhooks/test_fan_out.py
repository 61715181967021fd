"""One job makes the deliveries of all that waits behind it, and one bad event holds up no other."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from returns import lifecycle
from returns.events import FAN_OUT_TASK
from returns.models import Event, WebhookDelivery
from returns.webhooks import (
    bodies as webhook_bodies,
)
from returns.webhooks import (
    deliveries,
    fan_out,
    subscriptions,
)
from tests.returns.stories import SYSTEM, requested

pytestmark = pytest.mark.django_db
ADDRESSES = ("https://one.example/", "https://two.example/", "https://three.example/")


@pytest.fixture(autouse=True)
def subscribed() -> None:
    for address in ADDRESSES:
        subscriptions.create("returns/decline", address, actor=SYSTEM)


def declined() -> Event:
    return_ = lifecycle.decline(requested(), actor=SYSTEM, reason="FINAL_SALE", note="Sorry.")
    return return_.events.latest("pk")


def waiting() -> list[int]:
    jobs = ProcrastinateJob.objects.filter(task_name=FAN_OUT_TASK, status="todo").order_by("id")
    return [job.args["event_id"] for job in jobs]


def told() -> set[tuple[int, str]]:
    rows = WebhookDelivery.objects.values_list("event", "subscription__address")
    return {(event or 0, address) for event, address in rows}


def test_one_job_takes_along_what_waits() -> None:
    events = [declined() for _number in range(3)]
    assert waiting() == [event.pk for event in events]
    fan_out.fan_out(events[0].pk)
    assert waiting() == []
    assert told() == {(event.pk, address) for event in events for address in ADDRESSES}


def test_job_takes_along_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "MOST_EVENTS", 2)
    events = [declined() for _number in range(4)]
    fan_out.fan_out(events[3].pk)
    assert waiting() == [events[2].pk, events[3].pk]
    assert {event for event, _address in told()} == {events[number].pk for number in (0, 1, 3)}


def test_event_that_cannot_be_told_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = declined(), declined()
    build = webhook_bodies.build

    def broken(asked: Any) -> Any:
        if any(each.event.pk == bad.pk for each in asked):
            raise ValueError(bad.pk)
        return build(asked)

    monkeypatch.setattr(webhook_bodies, "build", broken)
    fan_out.fan_out(good.pk)
    assert told() == {(good.pk, address) for address in ADDRESSES}
    assert waiting() == [good.pk, bad.pk]
    with pytest.raises(ValueError, match=str(bad.pk)):
        fan_out.fan_out(bad.pk)


@pytest.mark.parametrize("events", [1, 3])
def test_fan_out_takes_the_same_statements_however_many(events: int) -> None:
    made = [declined() for _number in range(events)]
    with CaptureQueriesContext(connection) as statements:
        fan_out.fan_out(made[0].pk)
    own = [each["sql"] for each in statements if "SAVEPOINT" not in each["sql"]]
    assert WebhookDelivery.objects.count() == events * 3
    assert len(own) == 8


def test_body_is_written_at_once_and_the_same_for_all() -> None:
    event = declined()
    fan_out.fan_out(event.pk)
    bodies = set(WebhookDelivery.objects.values_list("body", flat=True))
    assert len(bodies) == 1
    assert json.loads(bodies.pop())["id"] == event.for_return_id


@pytest.mark.parametrize("messages", [1, 3])
def test_handing_out_takes_the_same_statements_however_many(messages: int) -> None:
    for _number in range(messages):
        fan_out.fan_out(declined().pk)
    subscription = WebhookDelivery.objects.latest("pk").subscription
    with CaptureQueriesContext(connection) as statements:
        batch = deliveries.due(subscription.pk, now=WebhookDelivery.objects.latest("pk").due_at)
    assert batch is not None
    assert len(batch.messages) == messages
    assert len(statements) == 3
