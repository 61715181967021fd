"""Messages of shops: only theirs are taken, each once, and what is wrong gets a clear answer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orders.models import Order, OrderSource, SourceDelivery, SourceKind
from orders.sources import signatures
from tests.conftest import RunJobs
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import SECRET, OrderSourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> OrderSource:
    return OrderSourceFactory()


@pytest.fixture
def shop(db: None) -> OrderSource:
    return OrderSourceFactory(kind=SourceKind.WOOCOMMERCE, shop_domain="shop.example")


def from_shopify(source: OrderSource, message: bytes, secret: str = SECRET, **headers: str) -> Any:
    sent = {
        "X-Shopify-Hmac-Sha256": signatures.signed(secret, message),
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Shop-Domain": "linden.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Triggered-At": "2026-10-01T07:31:00.123Z",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = f"/webhooks/shopify/{source.public_id}"
    return Client().post(url, message, content_type="application/json", headers=sent)


def from_woocommerce(source: OrderSource, message: bytes, **headers: str) -> Any:
    sent = {
        "X-WC-Webhook-Signature": signatures.signed(SECRET, message),
        "X-WC-Webhook-Topic": "order.created",
        "X-WC-Webhook-Delivery-ID": "3b7a0d6a5ad9ff4ebdd0d0d9cf7ee2c8",
        "X-WC-Webhook-ID": "12",
        "X-WC-Webhook-Source": "https://shop.example/",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = f"/webhooks/woocommerce/{source.public_id}"
    return Client().post(url, message, content_type="application/json", headers=sent)


def written(name: str = "shopify_order", **changes: Any) -> bytes:
    return json.dumps(body(name, **changes)).encode()


def test_signature_is_that_of_the_documentation() -> None:
    # HMAC-SHA256 with key "hush" over "{}", computed with OpenSSL.
    assert signatures.signed("hush", b"{}") == "UFwgrGBPZilFtmKh8TqcovA78LGYb1BdWu9I4Q2oyRg="


def test_message_is_kept_and_taken_in_by_a_worker(source: OrderSource, run_jobs: RunJobs) -> None:
    answer = from_shopify(source, written())
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "received"})
    delivery = SourceDelivery.objects.get()
    assert (delivery.topic, delivery.api_version, delivery.status) == (
        "orders/create",
        "2026-10",
        "RECEIVED",
    )
    assert delivery.triggered_at == datetime(2026, 10, 1, 7, 31, 0, 123000, tzinfo=UTC)
    assert Order.objects.count() == 0
    run_jobs()
    delivery.refresh_from_db()
    assert (delivery.status, Order.objects.get().reference) == ("APPLIED", "#1001")


def test_message_that_comes_twice_is_kept_once(source: OrderSource, run_jobs: RunJobs) -> None:
    from_shopify(source, written())
    answer = from_shopify(source, written())
    assert json.loads(answer.content) == {"status": "known"}
    assert run_jobs() == ["webhooks.tasks.apply_source_delivery"]


def test_keeping_a_message_takes_few_statements(
    source: OrderSource, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # source, look-up, insert, job; two savepoints
    with django_assert_num_queries(8):
        from_shopify(source, written())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Shopify_Hmac_Sha256": ""}, 401),
        ({"X_Shopify_Hmac_Sha256": "ä" * 44}, 401),
        ({"X_Shopify_Shop_Domain": "other.myshopify.com"}, 401),
        ({"X_Shopify_Topic": ""}, 400),
        ({"X_Shopify_Topic": "../orders"}, 400),
        ({"X_Shopify_Webhook_Id": ""}, 400),
        ({"X_Shopify_Webhook_Id": "9" * 101}, 400),
        ({"X_Shopify_API_Version": "newest"}, 400),
        ({"X_Shopify_Triggered_At": "yesterday"}, 200),
        ({"X_Shopify_Triggered_At": "0001-01-01T00:00:00+14:00"}, 200),
    ],
)
def test_wrong_headers_get_a_clear_answer(
    source: OrderSource, headers: dict[str, str], status: int
) -> None:
    answer = from_shopify(source, written(), **headers)
    assert answer.status_code == status
    assert SourceDelivery.objects.count() == (1 if status == 200 else 0)
    assert status == 200 or json.loads(answer.content)["error"]


@pytest.mark.parametrize(
    "message", [b"", b"[]", b"7", b"{", b'{"id": NaN}', b"\xff", b"[" * 100_000, b'{"a": "\0"}']
)
def test_body_that_is_no_object_is_refused(source: OrderSource, message: bytes) -> None:
    assert from_shopify(source, message).status_code == 400
    assert SourceDelivery.objects.count() == 0


def test_wrong_secret_source_method_and_size_are_refused(source: OrderSource) -> None:
    assert from_shopify(source, written(), secret="another secret").status_code == 401
    assert Client().get(f"/webhooks/shopify/{source.public_id}").status_code == 405
    assert Client().post(f"/webhooks/shopify/{uuid4()}").status_code == 404
    assert Client().post(f"/webhooks/woocommerce/{source.public_id}").status_code == 404
    too_long = b'{"a": "' + b"a" * (5 * 1024 * 1024) + b'"}'
    assert from_shopify(source, too_long).status_code == 413
    OrderSource.objects.update(disabled_at=timezone.now())
    assert from_shopify(source, written()).status_code == 404
    assert SourceDelivery.objects.count() == 0


def test_large_message_is_taken(source: OrderSource) -> None:
    assert from_shopify(source, written(note="a" * (4 * 1024 * 1024))).status_code == 200


def test_secret_before_counts_for_a_while(source: OrderSource) -> None:
    now = timezone.now()
    OrderSource.objects.update(
        secret="the new one",
        previous_secret=SECRET,
        previous_secret_until=now + timedelta(hours=1),
    )
    assert from_shopify(source, written()).status_code == 200
    OrderSource.objects.update(previous_secret_until=now - timedelta(seconds=1))
    assert from_shopify(source, written(), X_Shopify_Webhook_Id="2").status_code == 401


def test_woocommerce_message_is_taken_in(shop: OrderSource, run_jobs: RunJobs) -> None:
    assert from_woocommerce(shop, written("woocommerce_order")).status_code == 200
    run_jobs()
    assert Order.objects.get().reference == "#727"


def test_woocommerce_tries_the_address_unsigned(shop: OrderSource) -> None:
    url = f"/webhooks/woocommerce/{shop.public_id}"
    form = "application/x-www-form-urlencoded"
    assert Client().post(url, "webhook_id=12", content_type=form).status_code == 200
    assert Client().post(url, "webhook_id=x", content_type=form).status_code == 401
    assert Client().post(url, written("woocommerce_order"), content_type=form).status_code == 401
    assert SourceDelivery.objects.count() == 0


def test_woocommerce_message_of_another_shop_is_refused(shop: OrderSource) -> None:
    message = written("woocommerce_order")
    other = from_woocommerce(shop, message, X_WC_Webhook_Source="https://other.example/")
    assert other.status_code == 401
