"""The first page."""

import pytest
from django.test import Client

from orders.models import Customer
from tests.factories import ReturnLineFactory, sent_order

pytestmark = pytest.mark.django_db


def test_stranger_is_offered_both_ways_in(client: Client) -> None:
    page = client.get("/").content.decode()
    assert 'action="/guest/"' in page
    assert 'action="/account/login/code/"' in page


def test_stranger_comes_back_to_where_they_wanted_to_go(client: Client) -> None:
    page = client.get("/?next=/orders/").content.decode()
    assert '<input type="hidden" name="next" value="/orders/">' in page


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_stranger_is_not_led_to_another_site(client: Client, wanted: str) -> None:
    page = client.get("/", {"next": wanted}).content.decode()
    assert 'name="next" value=""' not in page.split("<main")[1].split("</main")[0]
    assert "evil" not in page.split("<main")[1].split("</main")[0]


def test_buyer_sees_newest_orders_and_returns_under_way(ada: Client, customer: Customer) -> None:
    orders = [sent_order(customer=customer, reference=f"#{number}") for number in range(5)]
    for status in ("REQUESTED", "OPEN", "CLOSED", "CANCELED"):
        ReturnLineFactory(for_return__order=orders[0], for_return__status=status)
    context = ada.get("/").context
    assert context["greeting"] == "Hello, Ada Winter"
    assert len(context["orders"]) == 3
    assert {row["state"] for row in context["returns"]} == {"REQUESTED", "OPEN"}
    assert [item["label"] for item in context["navigation"]] == [
        "Orders",
        "Returns",
        "Store credit",
        "Sign out",
    ]
