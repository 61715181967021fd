"""SQL that is put together once: whatever may change between two times it is sent does change."""

import datetime

import pytest
import time_machine
from django.db.models import F, QuerySet
from django.db.models.lookups import In
from pytest_django.asserts import assertNumQueries

from orders import queries
from orders.kept import Inner, Kept, Now
from orders.models import Order, Store
from tests.factories import CustomerFactory, OrderFactory, StoreFactory

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)


def test_rows_are_read_anew_each_time() -> None:
    kept = Kept(Store.objects.all)
    assert kept.rows() == []
    store = StoreFactory(name="Linden")
    with assertNumQueries(1):
        assert [(row, row.name) for row in kept.rows()] == [(store, "Linden")]
    Store.objects.update(name="Lark")
    assert [row.name for row in kept.rows()] == ["Lark"]


def test_sql_is_put_together_once() -> None:
    built: list[str] = []

    def build() -> QuerySet[Store]:
        built.append("once")
        return Store.objects.filter(code="lark")

    kept = Kept(build)
    StoreFactory(code="linden")
    lark = StoreFactory(code="lark")
    assert (kept.rows(), kept.rows(), built) == ([lark], [lark], ["once"])


def test_now_is_when_the_sql_is_sent() -> None:
    kept = Kept(lambda: Order.objects.filter(placed_at__lt=Now()))
    order = OrderFactory(placed_at=NOON)
    with time_machine.travel(NOON, tick=False):
        assert kept.rows() == []
    with time_machine.travel(NOON + datetime.timedelta(microseconds=1), tick=False):
        assert kept.rows() == [order]


def test_inner_query_is_told_each_time() -> None:
    def build() -> QuerySet[Order]:
        found = Order.objects.filter(In(F("pk"), Inner())).order_by("pk")
        return found.select_related("customer").only("reference", "customer__name")

    kept = Kept(build)
    ada = OrderFactory(reference="#1", customer=CustomerFactory(name="Ada"))
    bob = OrderFactory(reference="#2", customer=CustomerFactory(name="Bob"))
    for order, name in ((ada, "Ada"), (bob, "Bob")):
        wanted = Order.objects.filter(reference=order.reference).values("pk").query
        with assertNumQueries(1):
            (row,) = kept.rows(wanted.sql_with_params())
            assert (row, row.customer and row.customer.name) == (order, name)


def test_stores_come_by_name() -> None:
    names = [StoreFactory(name=name).name for name in ("Lark", "Heath", "Moor")]
    assert [store.name for store in queries.stores()] == sorted(names)
