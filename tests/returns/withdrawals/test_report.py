"""The compliance report, and how the money of a withdrawal stands."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actors
from accounts.models import Role
from orders.models import Order
from returns.models import Return, WithdrawalCase
from returns.parcels import deliveries
from returns.withdrawals import due, handling, report
from returns.withdrawals.due import Ageing, Filters
from tests.factories import UserFactory, sent_order
from tests.returns import withdrawing
from tests.returns.withdrawing import handled

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()
AT = datetime(2026, 11, 25, 22, 30, 5, tzinfo=UTC)


def bought(**facts: Any) -> Order:
    order = sent_order(2, **facts)
    withdrawing.switch_on(order)
    return order


def read() -> list[dict[str, str]]:
    return list(csv.DictReader(report.lines(WithdrawalCase.objects.all())))


def test_report_has_hash_and_times_of_each_statement() -> None:
    with time_machine.travel(AT, tick=False):
        order = bought(reference="#1001", customer=None, guest_email="eve@example.com")
        case = handled(order)
    (row,) = read()
    said = case.statement
    assert list(row) == list(report.COLUMNS)
    assert {name: row[name] for name in row if name != "content"} == {
        "reference": said.reference,
        "id": str(said.public_id),
        "store": order.store.code,
        "submitted_at": "2026-11-25T22:30:05+00:00",
        "submitted_at_local": "2026-11-25T23:30:05+01:00",
        "time_zone": "Europe/Berlin",
        "name": "Ada Winter",
        "confirmation_to": "eve@example.com",
        "order_stated": "#1001",
        "order_found": "#1001",
        "whole_contract": "yes",
        "items": "",
        "language": "en",
        "acknowledged_at": "",
        "handled_at": row["handled_at"],
        "state": "HANDLED",
        "flags": "",
        "order_chosen_by": "",
        "order_chosen_at": "",
        "returns": "#1001-R1:OPEN",
        "refund_by": "2026-12-09",
        "refunded_amount": "0.0000",
        "currency": "EUR",
        "refunded_at": "",
        "settled_at": "",
        "settled_by": "",
        "note": "",
        "sha256": said.sha256,
        "is_genuine": "yes",
    }
    assert row["content"] == said.content


def test_report_names_who_chose_the_order_and_what_became_of_it() -> None:
    order = bought(reference="#1001")
    case = handled(order, order_reference="?")
    sam = actors.staff(UserFactory(name="Sam", roles=[Role.SUPPORT]))
    with time_machine.travel(AT, tick=False):
        handling.settle(handling.match(case, order, actor=sam), actor=SYSTEM, note="Called.")
    (row,) = read()
    names = ("order_chosen_by", "order_chosen_at", "settled_at", "settled_by", "note")
    at = "2026-11-25T22:30:05+00:00"
    assert [row[name] for name in names] == ["Sam", at, at, "Retour", "Called."]


def test_cells_are_no_formulas() -> None:
    handled(bought(), name="=HYPERLINK(1)", order_reference="+1")
    (row,) = read()
    assert (row["name"], row["order_stated"]) == ("'=HYPERLINK(1)", "'+1")


@pytest.mark.parametrize("count", [1, 3])
def test_report_takes_few_statements(count: int) -> None:
    for _number in range(count):
        handled(bought())
    with CaptureQueriesContext(connection) as queries:
        assert len(read()) == count
    assert len(queries) == 4


def refunded(case: WithdrawalCase) -> None:
    Return.objects.update(refunded_quantity=2)


def stands(case: WithdrawalCase, *, waits: bool) -> Ageing:
    return due.ageing(WithdrawalCase.objects.get(pk=case.pk), waits_for_goods=waits)


@pytest.mark.parametrize(
    ("waits", "days", "ageing"),
    [(True, 0, "waits"), (False, 0, "due"), (True, 20, "waits"), (False, 20, "overdue")],
)
def test_money_is_due_in_14_days_unless_the_store_waits(
    waits: bool, days: int, ageing: str
) -> None:
    case = handled(bought())
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert stands(case, waits=waits) == ageing


def test_store_waits_no_longer_when_a_parcel_was_handed_in() -> None:
    case = handled(bought())
    deliveries.hand_in(case.statement.returns.get(), actor=SYSTEM)
    assert stands(case, waits=True) == Ageing.DUE


def test_money_that_is_paid_is_not_due() -> None:
    case = handled(bought())
    refunded(case)
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        assert stands(case, waits=False) == Ageing.PAID


def test_flagged_statement_stays_due_until_a_person_is_done() -> None:
    case = handled(bought(), order_reference="?")
    assert stands(case, waits=True) == Ageing.DUE
    handling.settle(case, actor=SYSTEM, note="Not ours.")
    assert stands(case, waits=True) == Ageing.SETTLED


def test_filters_by_money() -> None:
    paid, unpaid, settled = handled(bought()), handled(bought()), handled(bought())
    paid.statement.returns.update(refunded_quantity=2)
    handling.settle(settled, actor=SYSTEM, note="Done.")
    assert list(due.find(Filters(money="open"))) == [unpaid]
    assert list(due.find(Filters(money="overdue"))) == []
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert list(due.find(Filters(money="overdue"))) == [unpaid]


def test_filters_by_everything_else() -> None:
    with time_machine.travel(AT, tick=False):
        order = bought(reference="#1001", customer=None, guest_email="eve@example.com")
        first = handled(order)
    second = handled(bought(), order_reference="nowhere")
    found = {
        "state": list(due.find(Filters(state="TO_CHECK"))),
        "flag": list(due.find(Filters(flag="UNKNOWN_ORDER"))),
        "store": list(due.find(Filters(store=first.store))),
        "words": list(due.find(Filters(words="eve@example.com 1001"))),
        "stated": list(due.find(Filters(words="nowhere"))),
        "day": list(
            due.find(Filters(since=AT.date(), until=AT.date(), zone=order.store.zone, words="1001"))
        ),
    }
    assert found == {
        "state": [second],
        "flag": [second],
        "store": [first],
        "words": [first],
        "stated": [second],
        "day": [first],
    }
