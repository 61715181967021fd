"""Orders by PUT: one or many, all or nothing, with everything that is wrong at its place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import clients
from accounts.models import ApiClient
from orders.models import Order, Store
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db

Put = Callable[..., Any]


@pytest.fixture
def store(db: None) -> Store:
    return StoreFactory(code="linden")


@pytest.fixture
def put(store: Store) -> Put:
    """Return a function that sends a body with a token of the scope write_orders."""
    token = clients.create(name="ERP", scopes=["write_orders"]).token

    def put(url: str, body: Any, **options: Any) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = options.pop("content_type", "application/json")
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return Client().put(url, content, content_type=kind, headers=headers, **options)

    return put


def order(**changes: Any) -> dict[str, Any]:
    plain = {
        "placed_at": "2026-10-01T09:30:00+02:00",
        "guest_email": "ada@example.com",
        "lines": [{"title": "Cup", "sku": "CUP", "quantity": 2, "unit_price": "12.50"}],
        "payments": [{"amount": 25.0, "method": "CARD"}],
    }
    return {**plain, **changes}


def told(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def wrong(answer: HttpResponse) -> list[tuple[str, str]]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return [(each["pointer"], each["detail"]) for each in told(answer)["errors"]]


def test_order_comes_in_once(put: Put) -> None:
    first = put("/api/orders/%231001", order())
    made = Order.objects.get()
    assert (first.status_code, told(first)) == (
        201,
        {"id": made.pk, "reference": "#1001", "store": "linden", "outcome": "created"},
    )
    again = put("/api/orders/%231001", order(reference="#1001"))
    assert (again.status_code, told(again)["outcome"]) == (200, "unchanged")
    changed = put("/api/orders/%231001", order(channel="web"))
    assert (changed.status_code, told(changed)["outcome"]) == (200, "updated")
    assert Order.objects.get().channel == "web"


def test_many_orders_come_in_together(put: Put) -> None:
    answer = put("/api/orders", [order(reference="#1"), order(reference="#2")])
    assert answer.status_code == 200
    assert [each["reference"] for each in told(answer)["orders"]] == ["#1", "#2"]
    assert Order.objects.count() == 2


def test_one_wrong_order_keeps_all_out(put: Put) -> None:
    bad = order(reference="#2", lines=[{"title": "Cup", "quantity": 0, "unit_price": "1.999"}])
    answer = put("/api/orders", [order(reference="#1"), bad, order(reference="#3", extra=1)])
    assert answer.status_code == 422
    assert wrong(answer) == [("#/2/extra", "There is no such field.")]
    answer = put("/api/orders", [order(reference="#1"), bad])
    assert wrong(answer) == [
        ("#/1/lines/0/unit_price", "1.999 has more digits than EUR."),
        ("#/1/lines/0/quantity", "Must be at least 1; this is 0."),
    ]
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (order(reference="#7"), "#/reference"),
        (order(store="other"), "#/store"),
        (order(placed_at="yesterday"), "#/placed_at"),
        (order(lines=[]), "#/lines"),
        (order(guest_email="ada"), "#/guest_email"),
        ([], "#"),
        ("text", "#"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(put: Put, body: Any, pointer: str) -> None:
    answer = put("/api/orders/%231001", body)
    assert answer.status_code == 422
    assert pointer in [where for where, _words in wrong(answer)]
    assert Order.objects.count() == 0


@pytest.mark.parametrize("body", [{}, [], 7, [order(reference="#1")] * 101])
def test_list_has_one_to_a_hundred_orders(put: Put, body: Any) -> None:
    assert wrong(put("/api/orders", body)) == [("#", "Send a list of 1 to 100 orders.")]


def test_order_that_is_in_a_list_twice_is_refused(put: Put) -> None:
    answer = put("/api/orders", [order(reference="#1"), order(reference="#1")])
    assert wrong(answer) == [("#/1/reference", "This order is in the list twice.")]


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"discount": NaN}', b"[" * 100_000])
def test_body_that_is_no_json_is_refused(put: Put, body: bytes) -> None:
    answer = put("/api/orders/1", body)
    assert (answer.status_code, told(answer)["title"]) == (400, "Bad Request")


def test_other_media_types_methods_and_sizes_are_refused(put: Put) -> None:
    assert put("/api/orders/1", b"a=1", content_type="text/plain").status_code == 415
    assert put("/api/orders/1", b" " * (5 * 1024 * 1024 + 1)).status_code == 413
    assert Client().post("/api/orders", {}).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer retour_unknown", "Basic YTpi", "Bearer \u00e4"]
)
def test_without_a_valid_token_nobody_gets_in(put: Put, header: str) -> None:
    answer = put("/api/orders/1", order(), headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert Order.objects.count() == 0


def test_token_needs_the_scope(put: Put) -> None:
    token = clients.create(name="Reader", scopes=["read_orders"]).token
    answer = put("/api/orders/1", order(), headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, Order.objects.count()) == (403, 0)


def test_store_is_named_where_there_are_two(put: Put) -> None:
    StoreFactory(code="other")
    assert put("/api/orders/1", order()).status_code == 404
    assert put("/api/orders/1?store=nowhere", order()).status_code == 404
    assert put("/api/orders/1?store=other", order()).status_code == 201
    assert Order.objects.get().store.code == "other"


def test_client_that_asks_too_much_waits(put: Put) -> None:
    ApiClient.objects.update(spent_millis=5_000_000)
    answer = put("/api/orders/1", order())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert Order.objects.count() == 0


def test_use_of_a_token_is_counted(put: Put) -> None:
    put("/api/orders", [order(reference="#1"), order(reference="#2")])
    client = ApiClient.objects.get()
    assert client.last_used_at is not None
    assert client.spent_millis == 20_000
