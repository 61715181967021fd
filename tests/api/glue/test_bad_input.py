"""Whatever is sent is answered in JSON:API with what is wrong, and changes nothing."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from returns.models import Return
from tests.api.glue.conftest import MEDIA_TYPE, Storefront, error, told
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db

MALFORMED = error(400, "400", "Post data is invalid.")
MISSING = error(400, "400", "Post data missing or invalid.")
NOT_FOUND = error(404, "007", "Not Found")
TAKING = ["/returns", "/access-tokens", "/refresh-tokens"]


@pytest.mark.parametrize("path", TAKING)
def test_bodies_that_are_no_document_are_refused(shop: Storefront, path: str) -> None:
    deep = '{"data":' * 3000 + "1" + "}" * 3000
    bodies = [
        "{",
        "null",
        "[]",
        "1",
        '"x"',
        b"\xff\xfe",
        "{}",
        '{"data": null}',
        '{"data": []}',
        '{"data": {}}',
        '{"data": {"type": "returns", "attributes": {"store": NaN}}}',
        '{"data": {"type": "returns", "attributes": ' + "9" * 5000 + "}}",
        deep,
    ]
    answers = [told(shop.send(path, body), 400) for body in bodies]
    assert answers == [MALFORMED] * len(bodies)
    assert told(shop.send(path, ""), 400) == MISSING


@pytest.mark.parametrize("path", TAKING)
def test_documents_of_another_type_are_refused(shop: Storefront, path: str) -> None:
    wrong = error(400, "400", "Invalid type.")
    types: list[Any] = ["carts", None, 5, [], {}]
    for type_ in types:
        body = json.dumps({"data": {"type": type_, "attributes": {}}})
        assert told(shop.send(path, body), 400) == wrong
    whole = {"type": path[1:], "attributes": [1]}
    assert told(shop.send(path, json.dumps({"data": whole})), 400) == MALFORMED


@pytest.mark.parametrize("path", TAKING)
def test_other_media_types_are_refused(shop: Storefront, path: str) -> None:
    refused = error(415, "415", "Unsupported Media Type")
    for media_type in ("text/html", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert told(shop.send(path, "{}", media_type), 415) == refused
    for media_type in (MEDIA_TYPE, "application/json", "Application/JSON; charset=utf-8"):
        assert told(shop.send(path, "{}", media_type), 400) == MALFORMED


@pytest.mark.parametrize("path", [*TAKING, "/orders", "/nothing", "/docs.json"])
def test_bodies_that_are_too_large_are_not_read(shop: Storefront, path: str) -> None:
    refused = error(413, "413", "Content Too Large")
    assert told(shop.send(path, "x" * 300_000), 413) == refused
    told_wrong = shop.http.generic("POST", f"/glue{path}", "x", CONTENT_LENGTH="nonsense")
    assert told(told_wrong, 413) == refused


@pytest.mark.parametrize(
    "item",
    [
        None,
        5,
        "x",
        [],
        {"salesOrderItemUuid": {}},
        {"salesOrderItemUuid": "a\0b"},
        {"salesOrderItemUuid": "\ud800"},
        {"salesOrderItemUuid": "x", "quantity": "many"},
        {"salesOrderItemUuid": "x", "quantity": 0},
        {"salesOrderItemUuid": "x", "quantity": -1},
        {"salesOrderItemUuid": "x", "quantity": 1.5},
        {"salesOrderItemUuid": "x", "quantity": 10**30},
        {"salesOrderItemUuid": "x", "quantity": True},
        {"salesOrderItemUuid": "x", "reason": ["x"]},
        {"salesOrderItemUuid": "x", "reason": "a\0b"},
        {"salesOrderItemUuid": "x", "comment": "\udfff"},
        {"salesOrderItemUuid": "x", "comment": "x" * 1001},
    ],
)
def test_items_of_the_wrong_form_are_refused(shop: Storefront, item: Any) -> None:
    StoreFactory(code="DE")
    answer = shop.post("/returns", "returns", {"store": "DE", "returnItems": [item]})
    (wrong,) = told(answer, 422)["errors"]
    assert wrong["code"] in ("901", "3601")
    assert wrong["code"] == "3601" or wrong["detail"].startswith("returnItems[0]")
    assert not Return.objects.exists()


@pytest.mark.parametrize("items", [5, "x", {}, {"a": 1}])
def test_items_that_are_no_list_are_refused(shop: Storefront, items: Any) -> None:
    answer = shop.post("/returns", "returns", {"store": "DE", "returnItems": items})
    assert told(answer, 422)["errors"][0]["code"] == "901"


def test_unknown_addresses_and_methods_are_told_in_json(shop: Storefront) -> None:
    for path in ("", "/", "/nothing", "/returns/x/y", "/docs.html", "/returns//", "/%00", "/ä"):
        assert told(shop.get(path), 404) == NOT_FOUND
        assert told(shop.post(path, "x", {}), 404) == NOT_FOUND
    not_allowed = error(405, "405", "Method Not Allowed")
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        for path in ("returns", "orders", "access-tokens", "return-reasons", "docs.json", "docs"):
            answer = shop.http.generic(method, f"/glue/{path}", headers=shop.headers())
            assert told(answer, 405) == not_allowed


@pytest.mark.parametrize(
    "query",
    [
        "include=%00&fields[%00]=%00",
        "include=" + "a," * 3000,
        "fields[returns][x]=1&fields[=&fields]=",
        "page=1&page[offset][x]=1",
        "include[]=return-items&include[a]=b",
        "%",
        "&&&===",
        "include=return-items&" + "&".join(f"a{number}=1" for number in range(1200)),
    ],
)
def test_wrong_queries_break_nothing(shop: Storefront, query: str) -> None:
    for path in ("/returns", "/orders", "/return-reasons", "/customers/DE--21"):
        answer = shop.get(f"{path}?{query}")
        assert answer.status_code in (200, 400)
        told(answer, answer.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "text/html"},
        {"Accept": "nonsense"},
        {"Accept-Language": "x" * 5000},
        {"Accept-Language": "\xff"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_strange_headers_get_the_same_answer(shop: Storefront, headers: dict[str, str]) -> None:
    assert shop.document("/returns", **headers) == shop.document("/returns")


def test_errors_of_ours_are_told_in_json_and_to_the_log(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("api.glue.return_documents.newest", broken)
    with caplog.at_level(logging.ERROR):
        answer = told(shop.get("/returns"), 500)
    assert answer == error(500, "500", "Internal Server Error")
    assert "secret" in caplog.text


def test_pages_of_known_origins_may_call(shop: Storefront, settings: Any) -> None:
    def allowed(origin: str) -> tuple[str | None, int]:
        answer = shop.http.options("/glue/returns", headers={"Origin": origin})
        return answer.headers.get("Access-Control-Allow-Origin"), answer.status_code

    assert allowed("https://shop.example") == (None, 204)
    settings.GLUE_ALLOWED_ORIGINS = ["https://shop.example"]
    assert allowed("https://shop.example") == ("https://shop.example", 204)
    assert allowed("https://other.example") == (None, 204)
    answer = shop.get("/returns", Origin="https://shop.example")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Origin" in answer.headers["Vary"]


def test_cookies_are_no_right_to_anything(shop: Storefront, client: Client) -> None:
    client.force_login(shop.user)
    missing = error(403, "002", "Missing access token.")
    assert told(client.get("/glue/returns"), 403) == missing
