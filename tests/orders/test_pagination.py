"""Pages of long lists: complete, in order, and not moved by a cursor that means nothing."""

import base64
import datetime
import json

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from orders.models import Order
from orders.pagination import capped, count, paginate
from tests.factories import OrderFactory, StoreFactory

pytestmark = pytest.mark.django_db

NEWEST = ("-placed_at", "-id")
OLDEST = ("placed_at", "id")


@pytest.fixture
def keys() -> list[int]:
    """Primary keys of seven orders, oldest first; the last five were placed at one moment."""
    now = timezone.now()
    hours = [3, 2, 1, 1, 1, 1, 1]
    store = StoreFactory()
    return [
        OrderFactory(store=store, placed_at=now - datetime.timedelta(hours=ago)).pk for ago in hours
    ]


def walk(order: tuple[str, ...], size: int) -> list[list[int]]:
    """Return the keys of every page from the first to the last."""
    pages, cursor = [], ""
    while True:
        page = paginate(Order.objects.all(), order, cursor=cursor, size=size)
        pages.append([row.pk for row in page.rows])
        if not page.next:
            return pages
        cursor = page.next


def walk_back(order: tuple[str, ...], size: int) -> list[list[int]]:
    """Return the keys of every page from the last to the first."""
    page = paginate(Order.objects.all(), order, size=size)
    while page.next:
        page = paginate(Order.objects.all(), order, cursor=page.next, size=size)
    pages = [[row.pk for row in page.rows]]
    while page.previous:
        page = paginate(Order.objects.all(), order, cursor=page.previous, size=size)
        pages.append([row.pk for row in page.rows])
    return pages


def test_pages_hold_every_row_once_in_order(keys: list[int]) -> None:
    assert walk(OLDEST, 3) == [keys[0:3], keys[3:6], keys[6:7]]
    down = keys[::-1]
    assert walk(NEWEST, 2) == [down[0:2], down[2:4], down[4:6], down[6:7]]


def test_pages_backward_hold_the_same_rows(keys: list[int]) -> None:
    assert walk_back(OLDEST, 3) == walk(OLDEST, 3)[::-1]
    assert walk_back(NEWEST, 2) == walk(NEWEST, 2)[::-1]


def test_first_page_has_no_previous_and_last_no_next(keys: list[int]) -> None:
    page = paginate(Order.objects.all(), OLDEST, size=len(keys))
    assert (page.previous, page.next, len(page.rows)) == ("", "", len(keys))


def test_empty_list_is_one_empty_page() -> None:
    page = paginate(Order.objects.all(), OLDEST)
    assert (page.rows, page.previous, page.next) == ([], "", "")


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "é",
        "a" * 5000,
        encoded(None),
        encoded([]),
        encoded({}),
        encoded(["n"]),
        encoded(["n", "yesterday", "1"]),
        encoded(["n", "2026-11-01T00:00:00+00:00", "one"]),
        encoded(["n", "2026-11-01T00:00:00+00:00", None]),
        encoded(["sideways", "2026-11-01T00:00:00+00:00", "1"]),
        encoded(["n", "2026-11-01T00:00:00+00:00", "1", "2"]),
        encoded(["n", ["2026"], {"a": 1}]),
    ],
)
def test_cursor_that_cannot_be_read_gives_the_first_page(keys: list[int], cursor: str) -> None:
    page = paginate(Order.objects.all(), OLDEST, cursor=cursor, size=2)
    assert [row.pk for row in page.rows] == keys[:2]


def test_cursor_with_a_number_beyond_the_column_is_answered(keys: list[int]) -> None:
    cursor = encoded(["n", "2026-11-01T00:00:00+00:00", str(10**30)])
    assert paginate(Order.objects.all(), OLDEST, cursor=cursor).rows is not None


def test_page_before_rows_that_are_gone_is_the_first(keys: list[int]) -> None:
    page = paginate(Order.objects.all(), OLDEST, size=3)
    second = paginate(Order.objects.all(), OLDEST, cursor=page.next, size=3)
    Order.objects.filter(pk__in=keys[:3]).delete()
    found = paginate(Order.objects.all(), OLDEST, cursor=second.previous, size=3)
    assert [row.pk for row in found.rows] == keys[3:6]


@pytest.mark.parametrize("cursor", ["", "next"])
def test_page_is_one_query(keys: list[int], cursor: str) -> None:
    if cursor:
        cursor = paginate(Order.objects.all(), OLDEST, size=2).next
    with assertNumQueries(1):
        paginate(Order.objects.all(), OLDEST, cursor=cursor, size=2)


def test_counts_stop_at_the_most_and_take_one_query(keys: list[int]) -> None:
    everything = Order.objects.all()
    asked = [everything, everything.filter(pk=keys[0]), everything.none()]
    parts = [capped(queryset, 5) for queryset in asked]
    with assertNumQueries(1):
        assert count(parts) == [5, 1, 0]


def test_counts_keep_the_order_whose_index_they_walk() -> None:
    sql = capped(Order.objects.order_by(*OLDEST), 5).sql
    assert 'ORDER BY "orders_order"."placed_at" ASC, "orders_order"."id" ASC LIMIT 5' in sql


def test_counts_of_nothing_ask_nothing() -> None:
    with assertNumQueries(0):
        assert count([]) == []


def test_columns_of_a_page_are_all_that_is_read(keys: list[int]) -> None:
    columns = ("placed_at", "store__name")
    page = paginate(Order.objects.all(), NEWEST, size=3, related=("store",), columns=columns)
    assert [row.pk for row in page.rows] == keys[::-1][:3]
    assert "reference" in page.rows[0].get_deferred_fields()
    with assertNumQueries(0):
        assert page.rows[0].store.name == "Linden & Lark"


def test_related_rows_come_with_the_page_in_the_same_query(keys: list[int]) -> None:
    with assertNumQueries(1):
        page = paginate(Order.objects.all(), NEWEST, size=3, related=("store", "customer"))
        names = [row.store.name for row in page.rows]
    assert [row.pk for row in page.rows] == keys[::-1][:3]
    assert names == ["Linden & Lark"] * 3
    after = paginate(Order.objects.all(), NEWEST, cursor=page.next, size=9, related=("store",))
    assert [row.pk for row in after.rows] == keys[::-1][3:]
