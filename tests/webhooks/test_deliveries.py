"""From an act to the receiver's door: real HTTP, and what is written down of it."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from standardwebhooks import Webhook

from returns import lifecycle
from returns.models import (
    DeliveryStatus,
    Event,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
)
from returns.webhooks import deliveries, fan_out, subscriptions
from tests.conftest import RunJobs
from tests.returns.stories import SYSTEM, opened, requested
from tests.webhooks.receiver import Receiver, listening
from webhooks import sending

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


def subscribe(receiver: Receiver, topic: str = "returns/decline") -> WebhookSubscription:
    return subscriptions.create(topic, receiver.url, actor=SYSTEM)


def decline() -> Event:
    return_ = lifecycle.decline(requested(), actor=SYSTEM, reason="FINAL_SALE", note="Sorry.")
    return return_.events.latest("pk")


def look_again(run_jobs: RunJobs) -> None:
    app.configure_task("webhooks.tasks.wake_webhooks").defer(timestamp=0)
    run_jobs()


def test_act_is_delivered_with_both_signatures(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscription = subscribe(receiver)
    event = decline()
    run_jobs()

    [got] = receiver.received
    key = subscription.secret.encode()
    digest = hmac.new(key, got.body, hashlib.sha256).digest()
    delivery = WebhookDelivery.objects.get()
    told = json.loads(got.body)
    assert got.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
    assert Webhook(subscription.secret).verify(got.body, got.headers) == told
    return_ = event.for_return
    assert return_ is not None
    assert told == {
        "id": return_.pk,
        "admin_graphql_api_id": f"gid://shopify/Return/{return_.pk}",
        "status": "declined",
        "order": {
            "id": return_.order_id,
            "admin_graphql_api_id": f"gid://shopify/Order/{return_.order_id}",
        },
        "decline": {"reason": "final_sale", "note": "Sorry."},
    }
    shopify = {name: value for name, value in got.headers.items() if name.startswith("x-shopify")}
    del shopify["x-shopify-hmac-sha256"]
    assert shopify == {
        "x-shopify-topic": "returns/decline",
        "x-shopify-shop-domain": "localhost",
        "x-shopify-api-version": "2026-10",
        "x-shopify-webhook-id": str(delivery.public_id),
        "x-shopify-event-id": str(delivery.act_id),
        "x-shopify-triggered-at": event.at.isoformat().replace("+00:00", "Z"),
    }
    assert got.headers["webhook-id"] == str(delivery.public_id)
    assert (got.path, got.headers["content-type"]) == ("/hook", "application/json")
    attempt = delivery.attempts.get()
    assert (delivery.status, delivery.tries) == (DeliveryStatus.DELIVERED, 1)
    assert (attempt.status_code, attempt.failure, attempt.answer) == (200, "", "thank you")


def test_event_without_subscribers_enqueues_nothing_more(receiver: Receiver) -> None:
    subscribe(receiver, "returns/reopen")
    event = decline()
    assert event.has_subscribers is False
    assert not ProcrastinateJob.objects.filter(queue_name="webhooks").exists()


def test_event_with_subscribers_enqueues_one_job_in_its_transaction(receiver: Receiver) -> None:
    subscribe(receiver)
    event = decline()
    job = ProcrastinateJob.objects.get(queue_name="webhooks")
    assert event.has_subscribers is True
    assert (job.task_name, job.args) == ("webhooks.tasks.fan_out", {"event_id": event.pk})


def test_history_told_afterwards_is_not_sent(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscribe(receiver)
    return_ = requested()
    lifecycle.decline(return_, actor=SYSTEM, reason="FINAL_SALE", at=timezone.now())
    run_jobs()
    assert receiver.received == []


def test_event_fanned_out_twice_is_sent_once(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscribe(receiver)
    event = decline()
    fan_out.fan_out(event.pk)
    run_jobs()
    fan_out.fan_out(event.pk)
    run_jobs()
    assert len(receiver.received) == 1


def test_failed_attempt_is_repeated_with_the_same_ids_and_body(
    receiver: Receiver, run_jobs: RunJobs
) -> None:
    subscription = subscribe(receiver)
    receiver.answers = [500, 200]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        decline()
        run_jobs()
        first = WebhookDelivery.objects.get()
        assert (first.status, first.tries) == (DeliveryStatus.PENDING, 1)
        assert timedelta(seconds=54) <= first.due_at - timezone.now() <= timedelta(seconds=66)
        look_again(run_jobs)
        assert len(receiver.received) == 1
        clock.shift(66)
        look_again(run_jobs)
        one, two = receiver.received
        assert Webhook(subscription.secret).verify(two.body, two.headers) == json.loads(one.body)
    same = ("webhook-id", "x-shopify-webhook-id", "x-shopify-event-id", "x-shopify-triggered-at")
    assert one.body == two.body
    assert [one.headers[name] for name in same] == [two.headers[name] for name in same]
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]
    log = WebhookAttempt.objects.values_list("status_code", "failure")
    assert list(log) == [(500, "ANSWER"), (200, "")]


def test_body_stays_as_it_was_when_the_return_moves_on(
    receiver: Receiver, run_jobs: RunJobs
) -> None:
    subscribe(receiver, "returns/approve")
    receiver.answers = [500, 200]
    return_ = opened(2)
    run_jobs()
    line = return_.lines.get()
    lifecycle.remove_lines(return_, actor=SYSTEM, quantities={line.pk: 1})
    WebhookDelivery.objects.update(due_at=timezone.now())
    look_again(run_jobs)
    one, two = receiver.received
    assert one.body == two.body
    assert json.loads(two.body)["return_line_items"][0]["quantity"] == 2


def test_eight_repetitions_take_four_hours_and_then_it_failed(
    receiver: Receiver, run_jobs: RunJobs
) -> None:
    subscribe(receiver)
    receiver.answers = [503]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        began = timezone.now()
        decline()
        run_jobs()
        for _again in range(8):
            delivery = WebhookDelivery.objects.get()
            clock.move_to(delivery.due_at)
            look_again(run_jobs)
        lasted = timezone.now() - began
    delivery.refresh_from_db()
    assert (delivery.status, delivery.tries, len(receiver.received)) == ("FAILED", 9, 9)
    assert sum(deliveries.WAITS) == 240
    assert timedelta(hours=3.6) <= lasted <= timedelta(hours=4.4)


def test_receiver_that_asks_to_wait_is_waited_for(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscribe(receiver)
    receiver.answers, receiver.answer_headers = [429], {"Retry-After": "600"}
    with time_machine.travel(timezone.now(), tick=False):
        decline()
        run_jobs()
        assert WebhookDelivery.objects.get().due_at - timezone.now() == timedelta(minutes=10)


def test_receiver_that_is_gone_is_told_no_more(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscription = subscribe(receiver)
    receiver.answers = [410]
    decline()
    run_jobs()
    later = decline()
    run_jobs()
    subscription.refresh_from_db()
    assert (subscription.is_listening, subscription.gone) == (False, True)
    assert later.has_subscribers is False
    assert WebhookDelivery.objects.get().status == DeliveryStatus.FAILED
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("manner", "failure", "status"),
    [
        ({"answers": [404]}, "ANSWER", 404),
        ({"answers": [302], "answer_headers": {"Location": "http://127.0.0.1:9/"}}, "ANSWER", 302),
        ({"dies": True}, "BROKEN", None),
        ({"seconds": 1.0}, "TIMEOUT", None),
    ],
)
def test_what_is_no_success_is_put_off(
    run_jobs: RunJobs,
    monkeypatch: pytest.MonkeyPatch,
    manner: dict[str, object],
    failure: str,
    status: int | None,
) -> None:
    monkeypatch.setattr(sending, "SECONDS_TO_ANSWER", 0.3)
    with listening(**manner) as receiver:
        subscribe(receiver)
        decline()
        run_jobs()
        attempt = WebhookAttempt.objects.get()
        assert (attempt.failure, attempt.status_code) == (failure, status)
        assert WebhookDelivery.objects.get().status == DeliveryStatus.PENDING
        assert len(receiver.received) == 1  # a redirect is not followed


def test_receiver_that_is_not_there_is_put_off(run_jobs: RunJobs) -> None:
    with listening() as receiver:
        subscribe(receiver)
    decline()
    run_jobs()
    assert WebhookAttempt.objects.get().failure == "NO_CONNECTION"


def test_endless_answer_is_not_read_to_its_end(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscribe(receiver)
    receiver.answer_body = b"x" * 5_000_000
    decline()
    run_jobs()
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status_code, attempt.answer) == (200, "x" * 500)


def test_dead_receiver_gets_one_batch_and_not_all(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscription = subscribe(receiver)
    receiver.answers = [500]
    event = decline()
    made = [deliveries.new_delivery(subscription.pk, event, number) for number in range(1, 221)]
    WebhookDelivery.objects.bulk_create(made)
    run_jobs()
    assert len(receiver.received) == deliveries.BATCH
    receiver.answers = [200]
    look_again(run_jobs)
    assert WebhookDelivery.objects.filter(status="DELIVERED").count() == 221 - deliveries.BATCH


def test_private_network_is_refused_when_it_is_sent(
    receiver: Receiver, run_jobs: RunJobs, settings: Settings
) -> None:
    subscribe(receiver)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    decline()
    run_jobs()
    assert WebhookAttempt.objects.get().failure == "REFUSED_ADDRESS"
    assert receiver.received == []


def test_filter_and_fields_shape_what_is_sent(receiver: Receiver, run_jobs: RunJobs) -> None:
    with listening() as other:
        subscriptions.create(
            "returns/approve",
            receiver.url,
            actor=SYSTEM,
            filter="total_return_line_items:>=1 status:open",
            include_fields=["id", "order.id"],
        )
        subscriptions.create(
            "returns/approve", other.url, actor=SYSTEM, filter='name:"something else"'
        )
        return_ = opened()
        run_jobs()
        assert other.received == []
    assert json.loads(receiver.received[0].body) == {
        "id": return_.pk,
        "order": {"id": return_.order_id},
    }
    statuses = WebhookDelivery.objects.order_by("status").values_list("status", flat=True)
    assert list(statuses) == ["DELIVERED", "SKIPPED"]


def test_rotated_secret_leaves_the_old_one_valid_for_a_time(
    receiver: Receiver, run_jobs: RunJobs
) -> None:
    subscription = subscribe(receiver)
    old = subscription.secret
    new = subscriptions.rotate_secret(subscription, actor=SYSTEM).secret
    decline()
    run_jobs()
    [got] = receiver.received
    for secret in (old, new):
        assert Webhook(secret).verify(got.body, got.headers) == json.loads(got.body)
    digest = hmac.new(old.encode(), got.body, hashlib.sha256).digest()
    assert got.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        decline()
        run_jobs()
    got = receiver.received[-1]
    digest = hmac.new(new.encode(), got.body, hashlib.sha256).digest()
    assert got.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
    assert len(got.headers["webhook-signature"].split(" ")) == 1


def test_test_and_replay_send_again(receiver: Receiver, run_jobs: RunJobs) -> None:
    subscription = subscribe(receiver)
    subscriptions.test(subscription, actor=SYSTEM)
    run_jobs()
    assert json.loads(receiver.received[0].body)["id"] == 0
    assert receiver.received[0].headers["x-shopify-test"] == "true"
    event = decline()
    run_jobs()
    subscriptions.test(subscription, actor=SYSTEM)
    run_jobs()
    assert json.loads(receiver.received[2].body)["id"] == event.for_return_id
    WebhookDelivery.objects.update(status="FAILED")
    assert subscriptions.replay_failed(subscription, actor=SYSTEM) == 3
    run_jobs()
    assert len(receiver.received) == 6
    ids = [got.headers["webhook-id"] for got in receiver.received]
    assert sorted(ids[:3]) == sorted(ids[3:])
