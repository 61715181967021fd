"""The list of orders and the page of one."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from orders import search
from orders.models import Order
from returns.queries import OrderReturnStatus
from tests.factories import OrderFactory, ReturnFactory, StoreFactory, sent_bundle, sent_order

pytestmark = pytest.mark.django_db

LIST = reverse("backoffice:orders")


def references(client: Client, **parameters: str) -> list[str]:
    return [row["reference"] for row in client.get(LIST, parameters).context["rows"]]


def test_orders_are_filtered_and_searched(support: Client) -> None:
    uk = StoreFactory(code="uk")
    first = OrderFactory(reference="#1", store=uk, placed_at="2026-11-01T12:00:00Z")
    OrderFactory(reference="#2", placed_at="2026-11-02T12:00:00Z")
    words = search.words("#1", "Ada Winter")
    Order.objects.filter(pk=first.pk).update(search=search.vector(words))
    assert references(support) == ["#2", "#1"]
    assert references(support, store="uk") == ["#1"]
    assert references(support, since="2026-11-02", until="2026-11-02") == ["#2"]
    assert references(support, q="winter #1") == ["#1"]
    assert references(support, q="summer") == []


def test_headings_stand_in_the_table(support: Client) -> None:
    sent_order(1)
    head, _end, body = support.get(LIST).content.decode().partition("</head>")
    assert ("<th" in head, body.count('<th scope="col">')) == (False, 6)


def test_list_shows_where_returns_stand(support: Client) -> None:
    order = OrderFactory()
    ReturnFactory(order=order, status="REQUESTED")
    ReturnFactory(order=order, status="CLOSED")
    (row,) = support.get(LIST).context["rows"]
    assert row["returns"] == OrderReturnStatus.RETURN_REQUESTED


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_queries(support: Client, count: int) -> None:
    for _ in range(count):
        OrderFactory(store=StoreFactory())
    # Session, user, stores, orders, their returns.
    with assertNumQueries(5):
        support.get(LIST)


@pytest.mark.parametrize(
    ("parameters", "words"), [({}, "No orders yet"), ({"q": "x"}, "Nothing found")]
)
def test_empty_list_says_what_to_do(
    support: Client, parameters: dict[str, str], words: str
) -> None:
    assert words in support.get(LIST, parameters).content.decode()


def test_page_says_what_can_go_back(support: Client) -> None:
    order = sent_order(2, customer=None, guest_email="guest@example.com")
    context = support.get(reverse("backoffice:order", args=[order.pk])).context
    (item,) = context["items"]
    assert (item.quantity, item.state, item.price) == (2, "positive", "€49.90")
    assert item.words.startswith("Can be returned until ")
    assert {"label": "Customer", "value": "Guest"} in context["buyer"]


def test_link_of_a_shop_is_a_link_only_when_it_is_safe(support: Client) -> None:
    order = sent_order()
    order.fulfillments.update(tracking_number="77", tracking_url="javascript:alert(1)")
    page = support.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    assert "77" in page
    assert "javascript:" not in page


def test_creating_is_offered_to_those_who_may(support: Client, finance: Client) -> None:
    order = sent_order()
    url = reverse("backoffice:order", args=[order.pk])
    create = reverse("backoffice:create_return", args=[order.pk])
    assert [client.get(url).context["create_url"] for client in (support, finance)] == [create, ""]


@pytest.mark.parametrize("lines", [1, 3])
def test_page_takes_few_queries(manager: Client, lines: int) -> None:
    order = sent_order(*[1] * lines)
    sent_bundle(order)
    for _ in range(lines):
        ReturnFactory(order=order)
    url = reverse("backoffice:order", args=[order.pk])
    with assertNumQueries(14):
        manager.get(url)


def test_unknown_order_is_not_found(support: Client) -> None:
    assert support.get(reverse("backoffice:order", args=[1])).status_code == 404
    assert support.get(reverse("backoffice:create_return", args=[1])).status_code == 404
