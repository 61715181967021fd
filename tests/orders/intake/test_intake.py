"""What `take_in` stores, and that the same data again changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries

from orders import search
from orders.intake import (
    CustomerData,
    Intake,
    OrderRejected,
    Outcome,
    PaymentData,
    ProductData,
    take_in,
    take_in_many,
)
from orders.models import (
    Customer,
    Fulfillment,
    FulfillmentLine,
    Location,
    Order,
    OrderLine,
    Payment,
    Product,
    Store,
    Variant,
)
from tests.factories import LocationFactory, ProductFactory, StoreFactory, VariantFactory
from tests.orders.intake.examples import NOW, SHIPPED, line, order, parcel

TABLES: tuple[type[Model], ...] = (
    Order,
    OrderLine,
    Fulfillment,
    FulfillmentLine,
    Location,
    Payment,
    Customer,
    Product,
    Variant,
)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every column of every row."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES
    }


def test_new_order_is_stored_with_all_its_parts(store: Store) -> None:
    intake = take_in(order())

    assert intake.outcome == Outcome.CREATED
    stored = Order.objects.get()
    assert stored == intake.order
    assert (stored.store, stored.reference, stored.currency) == (store, "#1001", "EUR")
    assert stored.placed_at == datetime(2026, 11, 10, 8, 30, tzinfo=UTC)  # 9:30 in Berlin
    assert stored.customer is not None
    assert (stored.customer.reference, stored.customer.language) == ("C-1", "de")
    assert stored.shipping_address == {"name": "Ada Winter", "city": "Köln", "country": "DE"}
    assert list(stored.lines.values_list("position", "sku", "title", "quantity", "unit_price")) == [
        (1, "CUP-1", "Cup", 3, Decimal("10")),
        (2, "PLATE-1", "Plate", 1, Decimal("7.5")),
    ]
    sent = FulfillmentLine.objects.filter(fulfillment__order=stored)
    assert list(sent.values_list("fulfillment__number", "order_line__position", "quantity")) == [
        (1, 1, 3),
        (1, 2, 1),
    ]
    paid = stored.payments.get()
    assert (paid.amount, paid.method, paid.captured_at) == (
        Decimal("41.45"),
        "CARD",
        stored.placed_at,
    )


def test_new_articles_become_products_and_variants(store: Store) -> None:
    take_in(order(lines=(line(sku="Cup/1", barcode="4006381333931"),), fulfillments=()))

    variant = Variant.objects.get()
    assert (variant.sku, variant.barcode) == ("Cup/1", "4006381333931")
    assert (variant.options, variant.price) == ({"Colour": "Sage"}, Decimal("10"))
    assert variant.product.title == "Cup"
    assert variant.product.handle.startswith("cup1-")
    assert OrderLine.objects.get().variant == variant


def test_what_is_not_goods_becomes_no_article(store: Store) -> None:
    take_in(order(lines=(line(sku="POST", is_goods=False),), fulfillments=()))

    assert not Variant.objects.exists()
    assert OrderLine.objects.get().variant is None


def test_known_article_is_linked_and_its_product_brought_up_to_date(store: Store) -> None:
    variant: Variant = VariantFactory.create(
        sku="CUP-1", product=ProductFactory(handle="cup", title="Old")
    )
    described = line(product=ProductData(handle="cup", title="New cup", final_sale=True))

    take_in(order(lines=(described,), fulfillments=()))

    variant.product.refresh_from_db()
    assert (variant.product.title, variant.product.final_sale) == ("New cup", True)
    stored = OrderLine.objects.get()
    assert (stored.variant, stored.final_sale) == (variant, True)


def test_terms_of_the_store_are_frozen_when_the_order_comes_in(store: Store) -> None:
    take_in(order())
    Store.objects.update(return_terms={"window_days": 100})

    changed = take_in(order(shipping_amount=Decimal("4.95")))

    assert changed.outcome == Outcome.UPDATED
    assert Order.objects.get().return_terms == {"window_days": 14}


def test_same_data_again_changes_nothing(store: Store) -> None:
    take_in(order())
    before = everything()

    with time_machine.travel(NOW + timedelta(days=1)):
        again = take_in(order())

    assert again.outcome == Outcome.UNCHANGED
    assert everything() == before


def test_same_content_written_otherwise_changes_nothing(store: Store) -> None:
    take_in(order())
    before = everything()
    written_otherwise = order(
        reference=" #1001 ",
        placed_at=datetime(2026, 11, 10, 8, 30, tzinfo=UTC),
        shipping_amount=Decimal("3.9500"),
        language="de",
    )

    assert take_in(written_otherwise).outcome == Outcome.UNCHANGED
    assert everything() == before


def test_order_is_found_by_its_words(store: Store) -> None:
    take_in(order())

    for typed in ("1001", "ada win", "ada@example.com", "example.com", "cup-1", "jjd0001"):
        condition = search.matches(typed)
        assert condition is not None
        assert Order.objects.filter(condition).count() == 1, typed
    other = search.matches("1002")
    assert other is not None
    assert not Order.objects.filter(other).exists()


def test_order_discount_is_shared_out_to_the_cent(store: Store) -> None:
    take_in(order(discount=Decimal("10.00")))

    discounts = list(
        OrderLine.objects.order_by("position").values_list("discount_total", flat=True)
    )
    assert discounts == [Decimal("8.00"), Decimal("2.00")]


def test_bundle_parts_name_their_bundle(store: Store) -> None:
    part = line(title="Cup", sku="CUP-1", unit_price=Decimal(0), bundle_parent=2)
    bundle = line(title="Set", sku="SET", quantity=1, bundle_kind="FIXED")

    take_in(order(lines=(part, bundle), fulfillments=()))

    stored_part, stored_bundle = OrderLine.objects.order_by("position")
    assert stored_part.bundle_parent == stored_bundle
    assert stored_bundle.bundle_parent is None


def test_guest_order_has_no_customer(store: Store) -> None:
    take_in(order(customer=None, guest_email="guest@example.com"))

    stored = Order.objects.get()
    assert (stored.customer, stored.email, stored.buyer_name) == (
        None,
        "guest@example.com",
        "Ada Winter",
    )


def test_customer_is_brought_up_to_date_by_what_is_given(store: Store) -> None:
    take_in(order())
    moved = CustomerData(reference="C-1", email="ada@new.example")

    take_in(order(reference="#1002", customer=moved))

    customer = Customer.objects.get()
    assert (customer.email, customer.name) == ("ada@new.example", "Ada Winter")


def test_parcel_names_where_it_was_sent_from(store: Store) -> None:
    location: Location = LocationFactory.create(code="north")

    take_in(order(fulfillments=(parcel(3, 1, location="north"),)))

    assert Fulfillment.objects.get().location == location


def test_payment_that_the_shop_refunded_holds_only_the_rest(store: Store) -> None:
    partly = PaymentData(amount=Decimal("30.00"), refunded=Decimal("12.00"))
    wholly = PaymentData(amount=Decimal("11.45"), refunded=Decimal("11.45"))

    take_in(order(payments=(partly, wholly)))

    assert list(Payment.objects.values_list("amount", flat=True)) == [Decimal("18")]


def test_yen_have_no_decimals(store: Store) -> None:
    yen = order(
        currency="JPY",
        lines=(line(unit_price=Decimal("1000.5")),),
        fulfillments=(),
        payments=(),
        shipping_amount=Decimal("500"),
    )

    with pytest.raises(OrderRejected) as rejected:
        take_in(yen)

    assert str(rejected.value) == "lines.1.unit_price: 1000.5 has more digits than JPY."


def test_batch_stores_right_orders_beside_a_wrong_one(store: Store) -> None:
    results = take_in_many([order(), order(reference=""), order(reference="#1002")])

    assert [type(result) for result in results] == [Intake, OrderRejected, Intake]
    assert str(results[1]) == "reference: This is missing."
    assert set(Order.objects.values_list("reference", flat=True)) == {"#1001", "#1002"}


def test_order_twice_in_a_batch_is_created_and_then_updated(store: Store) -> None:
    twice = [order(), order(shipping_amount=Decimal(0)), order(reference="#1002")]

    results = take_in_many(twice)

    outcomes = [result.outcome for result in results if isinstance(result, Intake)]
    assert outcomes == [Outcome.CREATED, Outcome.UPDATED, Outcome.CREATED]
    assert Order.objects.get(reference="#1001").shipping_amount == 0


def test_same_reference_in_two_stores_is_two_orders(store: Store) -> None:
    StoreFactory(code="lark", currency="GBP")

    results = take_in_many([order(), order(store="lark")])

    assert [result.outcome for result in results if isinstance(result, Intake)] == [
        Outcome.CREATED
    ] * 2
    assert Order.objects.count() == 2


@pytest.mark.parametrize("count", [1, 30])
def test_batch_takes_as_many_queries_for_many_orders_as_for_one(
    store: Store, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = [
        order(
            reference=f"#{number}",
            customer=CustomerData(reference=f"C-{number}"),
            lines=(line(sku=f"SKU-{number}"), line(sku=f"OTHER-{number}", quantity=1)),
        )
        for number in range(count)
    ]

    # savepoint of the test included
    with django_assert_num_queries(19):
        results = take_in_many(batch)

    assert {result.outcome for result in results if isinstance(result, Intake)} == {Outcome.CREATED}


def test_unchanged_batch_takes_five_queries(
    store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = [order(reference=f"#{number}") for number in range(30)]
    take_in_many(batch)

    with django_assert_num_queries(5):
        take_in_many(batch)


def test_naive_shipment_is_in_the_time_of_the_store(store: Store) -> None:
    sent = replace(parcel(3, 1), shipped_at=SHIPPED.replace(tzinfo=None))

    take_in(order(fulfillments=(sent,)))

    assert Fulfillment.objects.get().shipped_at == datetime(2026, 11, 11, 15, tzinfo=UTC)
