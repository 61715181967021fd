"""What shops tell, taken in: whatever comes first, twice or late, the newest state stands."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from orders.intake import take_in
from orders.models import (
    Order,
    OrderSource,
    Product,
    SourceDelivery,
    SourceDeliveryStatus,
    SourceKind,
    Variant,
)
from returns.models.policies import ReturnTerms
from tests.conftest import RunJobs
from tests.factories import StoreFactory
from tests.orders.intake import examples
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db

APPLIED, IGNORED = SourceDeliveryStatus.APPLIED, SourceDeliveryStatus.IGNORED
WAITING, FAILED = SourceDeliveryStatus.RECEIVED, SourceDeliveryStatus.FAILED


@pytest.fixture
def source() -> OrderSource:
    terms = ReturnTerms(window_days=45).to_json()
    return OrderSourceFactory(store=StoreFactory(return_terms=terms))


def order_of(source: OrderSource) -> Order:
    return Order.objects.get(store=source.store)


def titles(order: Order) -> list[str]:
    return list(order.lines.values_list("title", flat=True))


def test_order_comes_in_with_the_terms_of_its_store(source: OrderSource) -> None:
    delivery = told(source, "orders/create", body("shopify_order"))
    order = order_of(source)
    assert (delivery.status, delivery.message, delivery.order) == (APPLIED, "", order)
    assert (order.reference, order.email, order.buyer_name) == (
        "#1001",
        "ada@example.com",
        "Ada Winter",
    )
    assert order.return_terms == source.store.return_terms
    assert titles(order) == ["Cup", "Plate"]
    assert order.payments.get().amount == Decimal("58.90")


def test_order_told_twice_is_one(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    before = order_of(source).imported_at
    again = told(source, "orders/updated", body("shopify_order"))
    assert again.status == APPLIED
    assert order_of(source).imported_at == before


def test_older_state_comes_too_late(source: OrderSource) -> None:
    newer = body("shopify_order", updated_at="2026-10-01T10:00:00Z", email="new@example.com")
    newer["customer"] = None
    told(source, "orders/updated", newer)
    late = told(source, "orders/create", body("shopify_order"))
    assert (late.status, late.message) == (IGNORED, "Something newer is in already.")
    assert order_of(source).guest_email == "new@example.com"


def test_cancelled_order_is_cancelled(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    changes = {"cancelled_at": "2026-10-01T11:00:00Z", "updated_at": "2026-10-01T11:00:00Z"}
    told(source, "orders/cancelled", body("shopify_order", **changes))
    assert order_of(source).canceled_at is not None


def test_parcel_waits_for_its_order_and_comes_in_with_it(
    source: OrderSource, run_jobs: RunJobs
) -> None:
    early = told(source, "fulfillments/create", body("shopify_fulfillment"))
    assert (early.status, early.attempts, early.waits_for) == (WAITING, 1, "820982911946154508")
    assert "820982911946154508" in early.message
    told(source, "orders/create", body("shopify_order"))
    run_jobs()
    early.refresh_from_db()
    parcel = order_of(source).fulfillments.get()
    assert (early.status, early.waits_for, parcel.tracking_number) == (APPLIED, "", "JJD0001")
    assert sorted(parcel.lines.values_list("quantity", flat=True)) == [1, 2]


def test_order_that_was_written_before_its_parcel_keeps_the_parcel(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    told(source, "fulfillments/create", body("shopify_fulfillment"))
    told(source, "orders/updated", body("shopify_order", updated_at="2026-10-02T13:59:00Z"))
    assert order_of(source).fulfillments.count() == 1
    told(source, "orders/updated", body("shopify_order", updated_at="2026-10-02T14:01:00Z"))
    assert order_of(source).fulfillments.count() == 0


def test_parcel_that_was_delivered_is_not_undone_by_older_news(source: OrderSource) -> None:
    arrived = {"shipment_status": "delivered", "updated_at": "2026-10-04T09:00:00Z"}
    told(source, "orders/create", body("shopify_order"))
    told(source, "fulfillments/update", body("shopify_fulfillment", **arrived))
    late = told(source, "fulfillments/create", body("shopify_fulfillment"))
    inside = body("shopify_order", updated_at="2026-10-05T09:00:00Z")
    inside["fulfillments"] = [body("shopify_fulfillment")]
    told(source, "orders/updated", inside)
    parcel = order_of(source).fulfillments.get()
    assert late.status == IGNORED
    assert parcel.delivered_at is not None
    later = {**arrived, "updated_at": "2026-10-09T09:00:00Z"}
    told(source, "fulfillments/update", body("shopify_fulfillment", **later))
    assert order_of(source).fulfillments.get().delivered_at == parcel.delivered_at


def test_parcel_that_is_called_off_goes(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    told(source, "fulfillments/create", body("shopify_fulfillment"))
    changes = {"status": "cancelled", "updated_at": "2026-10-02T18:00:00Z"}
    told(source, "fulfillments/update", body("shopify_fulfillment", **changes))
    assert order_of(source).fulfillments.count() == 0


def test_product_brings_prices_barcodes_options_and_its_handle(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    assert Variant.objects.get(sku="CUP-SAGE").product.handle == "shopify-632910392"
    told(source, "products/update", body("shopify_product"))
    cup = Variant.objects.select_related("product").get(sku="CUP-SAGE")
    assert (cup.price, cup.barcode, cup.options) == (
        Decimal("22.00"),
        "4006381333931",
        {"Colour": "Sage"},
    )
    assert (cup.product.handle, cup.product.tags) == ("stoneware-cup", ["autumn", "kitchen"])
    assert Variant.objects.get(sku="CUP-SAND").product == cup.product
    assert order_of(source).lines.get(sku="CUP-SAGE").unit_price == Decimal("20.00")
    older = told(
        source, "products/update", body("shopify_product", updated_at="2026-09-01T00:00:00Z")
    )
    assert older.status == IGNORED


def test_new_articles_of_a_known_product_join_it(source: OrderSource) -> None:
    told(source, "products/update", body("shopify_product"))
    items = body("shopify_order")["line_items"]
    items[0]["sku"] = "CUP-STONE"
    told(source, "orders/create", body("shopify_order", line_items=items))
    product = Product.objects.get(handle="stoneware-cup")
    assert Variant.objects.get(sku="CUP-STONE").product == product


def test_order_that_was_imported_before_is_taken_over(source: OrderSource) -> None:
    imported = take_in(examples.order(store=source.store.code, reference="#1001")).order
    told(source, "orders/create", body("shopify_order"))
    assert order_of(source).pk == imported.pk


def test_two_shops_never_write_over_each_other(source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    other = OrderSourceFactory(store=source.store, kind=SourceKind.WOOCOMMERCE, shop_domain="")
    delivery = told(other, "order.created", body("woocommerce_order", number="1001"))
    assert delivery.status == WAITING
    assert "Another source" in delivery.message
    assert titles(order_of(source)) == ["Cup", "Plate"]


def test_malformed_message_changes_nothing_and_is_given_up_in_the_end(source: OrderSource) -> None:
    wrong: dict[str, Any] = body("shopify_order", currency="EURO")
    delivery = told(source, "orders/create", wrong)
    assert (delivery.status, Order.objects.count()) == (WAITING, 0)
    assert "currency" in delivery.message
    SourceDelivery.objects.update(attempts=7, due_at=timezone.now())
    from returns.incoming import deliveries

    deliveries.apply(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (FAILED, 8)


def test_unknown_topic_is_not_needed(source: OrderSource) -> None:
    assert told(source, "carts/create", {"id": 1}).status == IGNORED


def test_woocommerce_order_comes_in_and_completes() -> None:
    source = OrderSourceFactory(kind=SourceKind.WOOCOMMERCE, shop_domain="")
    told(source, "order.created", body("woocommerce_order"))
    done = {
        "status": "completed",
        "date_completed_gmt": "2026-10-03T12:00:00",
        "date_modified_gmt": "2026-10-03T12:00:00",
    }
    delivery = told(source, "order.updated", body("woocommerce_order", **done))
    order = order_of(source)
    assert (delivery.status, order.reference, order.outstanding) == (APPLIED, "#727", Decimal(0))
    assert order.fulfillments.get().lines.count() == 2
    assert order.payments.get().gateway == "stripe"
