"""Products that a shop tells by themselves."""

from decimal import Decimal
from typing import Any

import pytest

from orders.intake import OrderRejected
from orders.intake.products import ProductNews, VariantNews, take_in_product
from orders.models import Product, Variant
from tests.factories import ProductFactory, VariantFactory

pytestmark = pytest.mark.django_db


def news(*skus: str, **values: Any) -> ProductNews:
    variants = [VariantNews(sku=sku, price=Decimal("9.90"), barcode="4006381") for sku in skus]
    return ProductNews(**{"handle": "cup", "title": "Cup", "variants": variants, **values})


def test_new_product_comes_with_its_articles() -> None:
    made = take_in_product(news("CUP-1", "", "CUP-2", tags=["autumn"]), None)
    assert (made.handle, made.title, made.tags) == ("cup", "Cup", ["autumn"])
    assert sorted(made.variants.values_list("sku", "price", "barcode")) == [
        ("CUP-1", Decimal("9.90"), "4006381"),
        ("CUP-2", Decimal("9.90"), "4006381"),
    ]


def test_product_is_found_by_its_handle_and_keeps_what_is_not_told() -> None:
    known = ProductFactory(handle="cup", image="https://example.com/cup.jpg")
    kept = VariantFactory(product=known, sku="OLD")
    made = take_in_product(news("CUP-1"), None)
    assert (made.pk, made.image) == (known.pk, "https://example.com/cup.jpg")
    assert set(made.variants.values_list("sku", flat=True)) == {"OLD", "CUP-1"}
    assert Variant.objects.get(pk=kept.pk).price == kept.price


def test_product_is_found_by_its_articles_where_they_are_of_one() -> None:
    imported = VariantFactory(sku="CUP-1")
    made = take_in_product(news("CUP-1", "CUP-2"), None)
    assert made.pk == imported.product_id
    assert Product.objects.count() == 1


def test_placeholder_gets_the_real_handle_unless_another_product_has_it() -> None:
    meanwhile = ProductFactory(handle="shopify-7")
    made = take_in_product(news("CUP-1"), None, placeholder="shopify-7")
    assert (made.pk, made.handle) == (meanwhile.pk, "cup")
    again = ProductFactory(handle="shopify-8")
    made = take_in_product(news("CUP-9"), again, placeholder="shopify-8")
    assert (made.pk, made.handle) == (again.pk, "shopify-8")


def test_price_below_nothing_is_refused() -> None:
    wrong = VariantNews(sku="CUP-1", price=Decimal(-1))
    with pytest.raises(OrderRejected) as caught:
        take_in_product(news(variants=[wrong]), None)
    assert [problem.field for problem in caught.value.problems] == [("variants", "1", "price")]
    assert not Product.objects.exists()
