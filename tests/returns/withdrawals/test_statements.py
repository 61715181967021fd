"""A statement is kept at once and for good; what is said about it stands elsewhere."""

import hashlib
import json
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import time_machine
from django.db import DataError, IntegrityError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import actors
from orders.models import Order
from returns import events
from returns.models import WithdrawalCase, WithdrawalStatement
from returns.webhooks import subscriptions
from returns.withdrawals import statements
from tests.factories import sent_order
from tests.returns import withdrawing

pytestmark = pytest.mark.django_db

ADA = actors.buyer("Ada")
# 23:30 in Berlin.
LATE_EVENING = datetime(2026, 11, 25, 22, 30, 5, tzinfo=UTC)


@pytest.fixture
def order() -> Order:
    """A guest's order that was delivered."""
    made = sent_order(2, 1, reference="#1001", customer=None, guest_email="eve@example.com")
    withdrawing.switch_on(made)
    return made


def test_content_is_all_that_was_stated(order: Order) -> None:
    item = withdrawing.item(order, quantity=2)
    with time_machine.travel(LATE_EVENING, tick=False):
        statement = withdrawing.state(order, items=(item,), items_text="as new")

    assert json.loads(statement.content) == {
        "version": 1,
        "id": str(statement.public_id),
        "store": order.store.code,
        "trader": "Linden & Lark GmbH",
        "submitted_at": "2026-11-25T22:30:05.000000+00:00",
        "time_zone": "Europe/Berlin",
        "name": "Ada Winter",
        "confirmation_to": "eve@example.com",
        "order": "#1001",
        "items": [
            {
                "title": "Linen shirt",
                "options": "Size: M, Colour: Sage",
                "sku": item.sku,
                "quantity": 2,
            }
        ],
        "items_in_words": "as new",
        "whole_contract": False,
        "wording": "I hereby withdraw",
        "language": "en",
        "signed_in": False,
    }
    assert statement.sha256 == hashlib.sha256(statement.content.encode()).hexdigest()
    assert statements.is_genuine(statement)


def test_money_is_due_14_days_after_the_day_in_the_stores_zone(order: Order) -> None:
    with time_machine.travel(LATE_EVENING, tick=False):
        statement = withdrawing.state(order)
    order.store.time_zone = "Asia/Tokyo"
    order.store.save()
    with time_machine.travel(LATE_EVENING, tick=False):
        elsewhere = withdrawing.state(order)

    assert statement.case.refund_by == date(2026, 12, 9)
    assert elsewhere.case.refund_by == date(2026, 12, 10)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE returns_withdrawalstatement SET name = 'Eve'",
        "UPDATE returns_withdrawalstatement SET received_at = now()",
        "DELETE FROM returns_withdrawalstatement",
    ],
)
def test_database_refuses_every_change(order: Order, sql: str) -> None:
    withdrawing.state(order)
    with (
        pytest.raises(IntegrityError, match="are never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_database_refuses_a_hash_that_is_not_the_contents(order: Order) -> None:
    made = withdrawing.state(order)
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        WithdrawalStatement.objects.create(
            request_key=uuid4(),
            store=order.store,
            received_at=made.received_at,
            name="Eve",
            email="eve@example.com",
            order_reference="1",
            content=made.content + " ",
            sha256=made.sha256,
        )


def test_columns_that_differ_from_the_content_are_found(order: Order) -> None:
    statement = withdrawing.state(order)
    statement.name = "Somebody else"
    assert not statements.is_genuine(statement)


def test_same_key_is_one_statement(order: Order) -> None:
    key = uuid4()
    content = withdrawing.content(order)
    first = statements.submit(content, actor=ADA, request_key=key)
    second = statements.submit(content, actor=ADA, request_key=key)

    assert first == second
    assert WithdrawalStatement.objects.count() == WithdrawalCase.objects.count() == 1
    assert ProcrastinateJob.objects.count() == 2


def test_jobs_come_with_the_statement_or_not_at_all(order: Order) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        withdrawing.state(order)
        raise RuntimeError
    assert not WithdrawalStatement.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_flood_is_kept_and_waits_for_its_turn(order: Order) -> None:
    content = withdrawing.content(order)
    for _number in range(3):
        statements.submit(content, actor=ADA, request_key=uuid4(), is_slow=True)

    jobs = list(ProcrastinateJob.objects.order_by("id").values_list("priority", "scheduled_at"))
    turns = [scheduled for _priority, scheduled in jobs if scheduled]
    assert WithdrawalStatement.objects.count() == 3
    assert {priority for priority, _scheduled in jobs} == {-20}
    assert len(turns) == 6
    assert turns == sorted(turns)
    assert 3 < (turns[-1] - turns[0]).total_seconds() < 6


def test_others_go_before_the_flood(order: Order) -> None:
    withdrawing.state(order)
    assert set(ProcrastinateJob.objects.values_list("priority", "scheduled_at")) == {(10, None)}


def test_subscribers_are_told_what_was_stated(order: Order) -> None:
    subscription = subscriptions.create(
        "withdrawals/create", "https://erp.example/hooks", actor=actors.system()
    )
    statement = withdrawing.state(order)

    job = ProcrastinateJob.objects.get(task_name=events.FAN_OUT_BODY_TASK)
    told = job.args["body"]
    assert job.args["topic"] == subscription.topic
    assert told == {
        **json.loads(statement.content),
        "reference": statement.reference,
        "sha256": statement.sha256,
    }
