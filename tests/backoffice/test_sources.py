"""Order sources: connected, looked at, changed; what a shop sent is read and taken in again."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertNumQueries, assertRedirects

from accounts.models import Role
from orders.models import Order, OrderSource, SourceDelivery, SourceDeliveryStatus
from orders.sources import inbox
from tests.backoffice.conftest import SignIn
from tests.conftest import RunJobs
from tests.factories import StoreFactory
from tests.orders.sources.bodies import body
from tests.orders.sources.factories import OrderSourceFactory, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> OrderSource:
    return OrderSourceFactory()


def page(name: str, source: OrderSource, *more: int) -> str:
    return reverse(f"backoffice:{name}", args=[source.pk, *more])


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def said(**changes: Any) -> dict[str, Any]:
    store = StoreFactory()
    return {
        "kind": "woocommerce",
        "store": store.pk,
        "name": "Shop",
        "shop_domain": "shop.example",
        "secret": "",
        "completed_means": "DELIVERED",
        "personalised_by": "Engraving",
        **changes,
    }


def test_shop_is_connected_and_a_made_secret_shown_once(manager: Client) -> None:
    response = manager.post(reverse("backoffice:new_source"), said())
    made = OrderSource.objects.get()
    assertRedirects(response, page("source", made), fetch_redirect_response=False)
    assert (made.completed_means, made.personalised_by) == ("DELIVERED", "Engraving")
    assert made.created_by is not None
    first = html(manager, page("source", made))
    assert made.secret in first
    assert f"http://localhost:8000/webhooks/woocommerce/{made.public_id}" in first
    assert made.secret not in html(manager, page("source", made))


def test_secret_that_shopify_gave_is_never_shown(manager: Client) -> None:
    secret = "a1b2c3d4e5f6a7b8"
    manager.post(reverse("backoffice:new_source"), said(kind="shopify", secret=secret))
    assert secret not in html(manager, page("source", OrderSource.objects.get()))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "shopify", "shop_domain": "", "secret": "s" * 16}, "shop_domain"),
        ({"kind": "shopify"}, "secret"),
        ({"shop_domain": "a b"}, "shop_domain"),
        ({"name": ""}, "name"),
        ({"store": "0"}, "store"),
    ],
)
def test_what_is_wrong_shows_at_its_field(
    manager: Client, changes: dict[str, Any], field: str
) -> None:
    response = manager.post(reverse("backoffice:new_source"), said(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not OrderSource.objects.exists()


def test_source_is_changed_switched_and_gets_another_secret(
    manager: Client, source: OrderSource
) -> None:
    changed = said(name="New name", shop_domain="other.example")
    assertRedirects(manager.post(page("edit_source", source), changed), page("source", source))
    manager.post(page("source_secret", source), {"secret": "another secret"})
    manager.post(page("switch_source", source))
    source.refresh_from_db()
    assert (source.name, source.shop_domain, source.secret, source.is_on) == (
        "New name",
        "other.example",
        "another secret",
        False,
    )
    manager.post(page("switch_source", source), {"on": "1"})
    source.refresh_from_db()
    assert source.is_on is True
    refused = manager.post(page("source_secret", source), {"secret": "short"})
    assert refused.status_code == 422


def test_messages_are_listed_with_what_became_of_them(manager: Client, source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    told(source, "carts/create", {"id": 1})
    shown = html(manager, page("source", source))
    assert all(words in shown for words in ("orders/create", "Taken in", "#1001", "Not needed"))
    assert "203.0.113.7" in shown
    only = html(manager, page("source", source) + "?status=IGNORED")
    assert "carts/create" in only
    assert "orders/create</div>" not in only


def test_message_is_taken_in_once_more_after_a_question(
    manager: Client, source: OrderSource, run_jobs: RunJobs
) -> None:
    delivery = told(source, "orders/create", body("shopify_order", currency="EURO"))
    run_jobs()
    delivery.refresh_from_db()
    inbox.failed(delivery, "Given up")
    SourceDelivery.objects.update(body=json.dumps(body("shopify_order")))
    url = page("source_replay", source, delivery.pk)
    assert "Nothing changes where something newer is in already." in html(manager, url)
    assertRedirects(manager.post(url), page("source", source))
    run_jobs()
    assert Order.objects.get().reference == "#1001"
    delivery.refresh_from_db()
    assert delivery.status == SourceDeliveryStatus.APPLIED


def test_what_is_known_of_a_person_is_saved_as_a_file(manager: Client, source: OrderSource) -> None:
    told(source, "orders/create", body("shopify_order"))
    delivery = told(source, "customers/data_request", body("shopify_data_request"))
    url = page("source_person", source, delivery.pk)
    assert url in html(manager, page("source", source))
    answer = manager.get(url)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.content)["orders"][0]["reference"] == "#1001"
    other = SourceDelivery.objects.get(topic="orders/create")
    assert manager.get(page("source_person", source, other.pk)).status_code == 404


def test_only_managers_get_in(sign_in: SignIn, source: OrderSource) -> None:
    delivery = told(source, "orders/create", body("shopify_order"))
    for role in (Role.SUPPORT, Role.WAREHOUSE, Role.FINANCE):
        client = sign_in(role)
        for name in ("source", "edit_source", "source_secret"):
            assert client.get(page(name, source)).status_code == 403
        assert client.post(page("source_replay", source, delivery.pk)).status_code == 403
        assert client.get(reverse("backoffice:sources")).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(manager: Client, count: int) -> None:
    for number in range(count):
        source = OrderSourceFactory(name=f"Shop {number}")
        told(source, "carts/create", {"id": 1})
    html(manager, reverse("backoffice:sources"))
    with assertNumQueries(4):  # session, user, sources, counts
        shown = html(manager, reverse("backoffice:sources"))
    assert shown.count("1 not needed within a day") == count


@pytest.mark.parametrize("count", [1, 3])
def test_source_takes_the_same_queries_for_any_number(
    manager: Client, source: OrderSource, count: int
) -> None:
    for number in range(count):
        told(source, "orders/create", body("shopify_order", id=number + 1, name=f"#{number}"))
    html(manager, page("source", source))
    with assertNumQueries(4):  # session, user, source, messages with their orders
        html(manager, page("source", source))
