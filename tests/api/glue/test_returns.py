"""Reading returns: whole documents, and what a request may ask for beside its path."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import actors
from orders.models import FulfillmentLine, Order
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnReason
from tests.api.glue.conftest import HOST, Storefront, error, told
from tests.factories import CustomerFactory, ReturnReasonFactory, StoreFactory, sent_order

pytestmark = pytest.mark.django_db


def returned(order: Order, quantity: int = 1, reason: str = "too-small", **wish: Any) -> Return:
    parcel = FulfillmentLine.objects.filter(fulfillment__order=order).order_by("pk")[0]
    line = LineRequest(
        fulfillment_line_id=parcel.pk, quantity=quantity, reason=reason, needs_note=False, **wish
    )
    return lifecycle.request(order, [line], actor=actors.buyer("Ada"))


def shown(reference: str, *, worth: int = 4990, query: str = "", **more: Any) -> dict[str, Any]:
    return {
        "type": "returns",
        "id": reference,
        "attributes": {
            "merchantReference": None,
            "returnReference": reference,
            "store": "DE",
            "customerReference": "DE--21",
            "returnTotals": {"refundTotal": 0, "remunerationTotal": worth},
            "status": "REQUESTED",
            "createdAt": "2026-11-20 12:30:15.250000",
        },
        "links": {"self": f"{HOST}/returns/{reference}{query}"},
        **more,
    }


@pytest.fixture
def order(shop: Storefront, de: Any) -> Order:
    with time_machine.travel("2026-11-20T12:30:15.25Z", tick=False):
        order = shop.order(2, store=de, reference="DE--1")
        returned(order)
        return order


def test_return_is_shown_with_its_own_address(shop: Storefront, order: Order) -> None:
    assert shop.document("/returns/DE--1-R1") == {
        "data": shown("DE--1-R1"),
        "links": {"self": f"{HOST}/returns/DE--1-R1"},
    }
    assert shop.document("/returns/DE--1-R1/?x=%5B1%5D&y=ä") == {
        "data": shown("DE--1-R1", query="/?x=%5B1%5D&y=ä"),
        "links": {"self": f"{HOST}/returns/DE--1-R1/?x=%5B1%5D&y=ä"},
    }


def test_items_and_what_they_are_items_of_are_included(shop: Storefront, order: Order) -> None:
    piece = str(order.lines.get().uuid)
    document = shop.document("/returns/DE--1-R1?include=return-items,order-items,merchants")
    item, sold = document["included"]
    query = "?include=return-items,order-items,merchants"
    relationships = {"return-items": {"data": [{"type": "return-items", "id": item["id"]}]}}
    assert document["data"] == shown("DE--1-R1", query=query, relationships=relationships)
    assert item == {
        "type": "return-items",
        "id": item["id"],
        "attributes": {"uuid": item["id"], "reason": "Too small", "orderItemUuid": piece},
        "links": {"self": f"{HOST}/returns/DE--1-R1/return-items/{item['id']}"},
        "relationships": {"order-items": {"data": [{"type": "order-items", "id": piece}]}},
    }
    assert sold["type"] == "order-items"
    assert sold["id"] == sold["attributes"]["uuid"] == piece
    assert sold["attributes"]["state"] == "waiting for return"
    assert sold["links"] == {"self": f"{HOST}/orders/DE--1/order-items/{piece}"}
    alone = shop.document("/returns/DE--1-R1?include=return-items")["included"]
    assert alone == [{key: value for key, value in item.items() if key != "relationships"}]
    assert "included" not in shop.document("/returns/DE--1-R1?include=order-items,nonsense")


def test_only_fields_that_are_asked_for_are_told(shop: Storefront, order: Order) -> None:
    path = "/returns/DE--1-R1?include=return-items&fields[returns]=store,x&fields[return-items]="
    document = shop.document(path)
    assert document["data"]["attributes"] == {"store": "DE"}
    assert document["included"][0]["attributes"] == {}


def test_reason_is_told_in_the_language_that_is_asked_for(shop: Storefront, order: Order) -> None:
    heading = ReturnReasonFactory(handle="broken", names={"en": "Broken", "de": "Kaputt"})
    part = ReturnReasonFactory(
        handle="broken-zip", names={"en": "Zip", "de": "Reißverschluss", "fr": "Zip cassé"}
    )
    ReturnReason.objects.filter(pk=part.pk).update(parent=heading)
    returned(order, reason="broken-zip")

    def reasons(path: str, language: str) -> list[str]:
        document = shop.document(path, **{"Accept-Language": language})
        return [row["attributes"]["reason"] for row in document.get("included", document["data"])]

    path = "/returns/DE--1-R2?include=return-items"
    assert reasons(path, "de-DE,de;q=0.9,en;q=0.8") == ["Kaputt: Reißverschluss"]
    assert reasons(path, "fr") == ["Broken: Zip cassé"]
    assert reasons(path, "") == ["Broken: Zip"]
    assert reasons(path, "nonsense;;;=") == ["Broken: Zip"]
    told_in_german = reasons("/return-reasons", "de")
    assert told_in_german[:3] == ["Kaputt: Reißverschluss", "Zu klein", "Zu groß"]
    assert "Kaputt" not in told_in_german


def test_reasons_are_for_everybody_and_have_no_id(db: None, client: Client) -> None:
    ReturnReason.objects.exclude(handle="too-big").update(active=False)
    assert told(client.get("/glue/return-reasons"), 200) == {
        "data": [
            {
                "type": "return-reasons",
                "id": None,
                "attributes": {"reason": "Too big"},
                "links": {"self": f"{HOST}/return-reasons"},
            }
        ],
        "links": {"self": f"{HOST}/return-reasons"},
    }


def test_list_has_the_newest_first_and_nothing_of_others(
    shop: Storefront, order: Order, de: Any
) -> None:
    with time_machine.travel("2026-11-20T12:30:15.25Z", tick=False):
        returned(sent_order(store=de, customer=CustomerFactory()))
        returned(order)
    pages = f"{HOST}/returns?page[offset]=0&page[limit]=10"
    assert shop.document("/returns") == {
        "data": [shown("DE--1-R2"), shown("DE--1-R1")],
        "links": {"self": f"{HOST}/returns", "first": pages, "last": pages},
    }


def test_empty_list_has_no_pages(shop: Storefront) -> None:
    assert shop.document("/returns?page[limit]=5") == {
        "data": [],
        "links": {"self": f"{HOST}/returns?page[limit]=5"},
    }


def test_pages_lead_to_each_other(shop: Storefront, de: Any) -> None:
    order = shop.order(5, store=de, reference="DE--1")
    for _number in range(5):
        returned(order)

    def page(query: str) -> tuple[list[str], dict[str, str]]:
        document = shop.document(f"/returns?{query}")
        assert document["links"].pop("self") == f"{HOST}/returns?{query}"
        numbers = [row["id"].removeprefix("DE--1-") for row in document["data"]]
        start = f"{HOST}/returns?include=x&"
        links = document["links"]
        return numbers, {name: url.removeprefix(start) for name, url in links.items()}

    def at(offset: int) -> str:
        return f"page[offset]={offset}&page[limit]=2"

    first, last = {"first": at(0)}, {"last": at(4)}
    ends = first | last
    assert page("page[limit]=2&include=x") == (["R5", "R4"], ends | {"next": at(2)})
    assert page("include=x&page%5Blimit%5D=2&page%5Boffset%5D=2") == (
        ["R3", "R2"],
        ends | {"prev": at(0), "next": at(4)},
    )
    assert page("page[offset]=4&page[limit]=2&include=x") == (["R1"], ends | {"prev": at(2)})
    assert page("page[offset]=1&page[limit]=2&include=x") == (
        ["R4", "R3"],
        ends | {"prev": at(0), "next": at(3)},
    )
    assert page("page[offset]=90&page[limit]=2&include=x")[0] == []


@pytest.mark.parametrize("limit", ["", "0", "-1", "x", "1e9", "9" * 5000, "²", "1;DROP"])
def test_wrong_page_is_the_first_one(shop: Storefront, order: Order, limit: str) -> None:
    document = shop.document(f"/returns?page[limit]={limit}&page[offset]={limit}")
    assert [row["id"] for row in document["data"]] == ["DE--1-R1"]


def test_page_has_at_most_a_hundred(shop: Storefront, order: Order) -> None:
    links = shop.document("/returns?page[limit]=500")["links"]
    assert links["last"] == f"{HOST}/returns?page[offset]=0&page[limit]=100"


def test_returns_of_others_and_unknown_ones_are_not_there(shop: Storefront, de: Any) -> None:
    other = returned(sent_order(store=de, customer=CustomerFactory()))
    missing = error(404, "3602", "Can't find return by the given return reference.")
    references = [other.reference, "DE--9-R1", "%00", "%F0%9F%98%80", "'", "9" * 300, ".."]
    answers = [told(shop.get(f"/returns/{name.replace('#', '%23')}"), 404) for name in references]
    assert answers == [missing] * len(references)


def test_reference_with_a_hash_is_found_with_and_without_it(shop: Storefront, de: Any) -> None:
    returned(shop.order(store=de, reference="#1001"))
    document = shop.document("/returns/%231001-R1")
    assert document["data"]["id"] == "#1001-R1"
    assert document["data"]["links"] == {"self": f"{HOST}/returns/%231001-R1"}
    assert shop.document("/returns")["data"][0]["links"] == document["data"]["links"]
    assert shop.document("/returns/1001-R1")["data"]["id"] == "#1001-R1"


def test_returns_of_all_customers_of_a_login_are_theirs(shop: Storefront, de: Any) -> None:
    other = CustomerFactory(user=shop.user, reference="AT--7")
    store = StoreFactory(code="AT")
    returned(shop.order(store=de, reference="DE--1"))
    returned(sent_order(store=store, customer=other, reference="AT--1"))
    found = shop.document("/returns")["data"]
    told_of = [(row["id"], row["attributes"]["customerReference"]) for row in found]
    assert told_of == [("AT--1-R1", "AT--7"), ("DE--1-R1", "DE--21")]


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow_with_rows(
    shop: Storefront, de: Any, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        returned(shop.order(2, 3, store=de, reference=f"DE--{number}"), quantity=2)
    shop.get("/returns")
    with django_assert_num_queries(3):
        shop.document("/returns")
    with django_assert_num_queries(3):
        shop.document("/returns?include=return-items")
    with django_assert_num_queries(7):
        shop.document("/returns?include=return-items,order-items")
    with django_assert_num_queries(3):
        shop.document("/returns/DE--0-R1")
    with django_assert_num_queries(7):
        shop.document("/returns/DE--0-R1?include=return-items,order-items")
