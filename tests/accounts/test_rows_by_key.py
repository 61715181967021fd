"""Rows that are read with kept SQL are those that Django's own querysets give."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.rows_by_key import RowsByKey
from orders.models import Order, OrderLine
from tests.factories import sent_order

pytestmark = pytest.mark.django_db


def lines() -> Any:
    return (
        OrderLine.objects.filter(quantity__gt=1)
        .select_related("order", "variant__product")
        .annotate(told=Concat(F("title"), Value("!")))
        .order_by("-pk")
    )


def plain(row: Any) -> dict[str, Any]:
    values = {name: value for name, value in row.__dict__.items() if name != "_state"}
    related = row._state.fields_cache
    return values | {name: target and plain(target) for name, target in related.items()}


def test_rows_are_those_of_the_queryset_in_its_order() -> None:
    orders = [sent_order(2, 1, 3) for _number in range(3)]
    keys = [order.pk for order in orders[:2]]
    found = RowsByKey(lines, "order").rows(keys)
    assert [plain(row) for row in found] == [plain(row) for row in lines().filter(order__in=keys)]
    assert len(found) == 4


def test_sql_is_put_together_once_and_each_call_is_one_statement() -> None:
    order = sent_order(2)
    asked: list[int] = []

    def counted() -> Any:
        asked.append(1)
        return lines()

    kept = RowsByKey(counted, "order")
    with CaptureQueriesContext(connection) as statements:
        for _again in range(5):
            assert len(kept.rows([order.pk])) == 1
        assert kept.rows([]) == []
    assert len(statements) == 5
    made = len(asked)
    kept.rows([order.pk])
    assert len(asked) == made
    assert all(statement["sql"].startswith("SELECT") for statement in statements)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only() -> None:
    order = sent_order(1)
    kept = RowsByKey(lambda: Order.objects.select_for_update(of=("self",)))
    with transaction.atomic(), CaptureQueriesContext(connection) as statements:
        assert kept.rows([order.pk]) == [order]
    assert "FOR UPDATE" in statements[-1]["sql"]
    with pytest.raises(TransactionManagementError):
        kept.rows([order.pk])
