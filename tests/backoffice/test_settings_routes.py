"""Settings: which location takes which goods back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from orders.models import Location, Store
from returns.models import ReturnRoute
from tests.factories import LocationFactory, StoreFactory, VariantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    made: Store = StoreFactory()
    return made


@pytest.fixture
def place() -> Location:
    made: Location = LocationFactory()
    return made


def said(store: Store, place: Location, /, **changes: Any) -> dict[str, Any]:
    return {
        "store": str(store.pk),
        "position": "1",
        "handle": "",
        "product_type": "",
        "country": "",
        "location": str(place.pk),
        **changes,
    }


def test_rule_is_added_edited_and_removed(manager: Client, store: Store, place: Location) -> None:
    product = VariantFactory().product
    new = said(store, place, handle=f" {product.handle} ", country="ch")
    assertRedirects(
        manager.post(reverse("backoffice:new_route"), new), reverse("backoffice:routes")
    )
    route = ReturnRoute.objects.get()
    assert (route.product, route.country, route.location) == (product, "CH", place)
    url = reverse("backoffice:route", args=[route.pk])
    assert product.handle in manager.get(url).content.decode()
    manager.post(url, said(store, place, product_type="Shoes"))
    route.refresh_from_db()
    assert (route.product, route.product_type, route.country) == (None, "Shoes", "")
    remove = reverse("backoffice:remove_route", args=[route.pk])
    assert remove in manager.get(url).content.decode()
    assert manager.get(remove).status_code == 200
    assertRedirects(manager.post(remove), reverse("backoffice:routes"))
    assert not ReturnRoute.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"handle": "nothing-like-it"}, "handle"),
        ({"country": "Germany"}, "country"),
        ({"country": "1"}, "country"),
        ({"position": "-1"}, "position"),
        ({"position": "x"}, "position"),
        ({"store": "0"}, "store"),
        ({"location": "0"}, "location"),
        ({"product_type": "x" * 201}, "product_type"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(
    manager: Client, store: Store, place: Location, changes: dict[str, str], field: str
) -> None:
    response = manager.post(reverse("backoffice:new_route"), said(store, place, **changes))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not ReturnRoute.objects.exists()


def test_product_and_type_together_are_refused(
    manager: Client, store: Store, place: Location
) -> None:
    handle = VariantFactory().product.handle
    new = said(store, place, handle=handle, product_type="Shoes")
    response = manager.post(reverse("backoffice:new_route"), new)
    assert "not both" in str(response.context["form"].errors["product_type"])


def test_place_that_takes_no_returns_cannot_be_chosen(manager: Client, store: Store) -> None:
    shop = LocationFactory(accepts_returns=False)
    response = manager.post(reverse("backoffice:new_route"), said(store, shop))
    assert "location" in response.context["form"].errors


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_few_statements(manager: Client, place: Location, count: int) -> None:
    for _number in range(count):
        ReturnRoute.objects.create(
            store=StoreFactory(), location=place, product=VariantFactory().product
        )
    with assertNumQueries(3):
        assert manager.get(reverse("backoffice:routes")).status_code == 200
