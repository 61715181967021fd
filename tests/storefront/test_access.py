"""Whose pages are whose: what is not a buyer's own does not exist for them."""

from uuid import uuid4

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse

from accounts.actors import ActorKind
from orders.models import Customer, Order
from returns.models import Return
from storefront.access import MOST_OPENED, OPENED, Buyer, open_orders
from storefront.urls import urlpatterns
from tests.factories import (
    OrderFactory,
    ReturnFactory,
    ReturnLineFactory,
    UserFactory,
    sent_order,
)
from tests.storefront.conftest import Guest

pytestmark = pytest.mark.django_db

PUBLIC = {"home", "look_up", "guest_code", "leave", "open_link", "credit"}
PUBLIC |= {"enter_gift", "gift_link"}
PUBLIC |= {"withdraw", "withdraw_store", "confirm_withdrawal", "withdrawal_script"}
PUBLIC |= {"withdrawal_receipt", "withdrawal_receipt_pdf"}
PRIVATE = [pattern for pattern in urlpatterns if pattern.name not in PUBLIC]
POST_ONLY = {"estimate", "about_reason", "about_gift_reason", "write"}


def address(pattern: URLPattern, order: Order | None = None, return_: Return | None = None) -> str:
    """Return the address of a page about this order or return, or about nothing there is."""
    of_return = pattern.name == "return_done" or str(pattern.pattern).startswith("returns/")
    owner = return_ if of_return else order
    known = {
        "public_id": owner.public_id if owner else uuid4(),
        "key": uuid4(),
        "number": 1,
        "parcel": 1,
        "parcel_id": uuid4(),
    }
    names = pattern.pattern.converters
    return reverse(f"storefront:{pattern.name}", kwargs={name: known[name] for name in names})


def test_pages_are_public_or_a_buyers() -> None:
    policies = {
        pattern.name: getattr(pattern.callback, "access_policy", "") for pattern in urlpatterns
    }
    assert policies == {
        pattern.name: "public" if pattern.name in PUBLIC else "buyer" for pattern in urlpatterns
    }


@pytest.mark.parametrize("pattern", PRIVATE, ids=lambda pattern: pattern.name)
def test_stranger_is_asked_who_they_are_whether_or_not_it_exists(
    client: Client, pattern: URLPattern
) -> None:
    return_ = ReturnLineFactory().for_return
    for url in (address(pattern), address(pattern, return_.order, return_)):
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/?next=%2F")


ABOUT_SOMETHING = [pattern for pattern in PRIVATE if pattern.pattern.converters]


@pytest.mark.parametrize("pattern", ABOUT_SOMETHING, ids=lambda pattern: pattern.name)
def test_others_order_is_not_there(ada: Client, guest: Guest, pattern: URLPattern) -> None:
    return_ = ReturnLineFactory(for_return__status="REQUESTED").for_return
    for browser in (ada, guest(OrderFactory())):
        for url in (address(pattern), address(pattern, return_.order, return_)):
            answers = [browser.post(url).status_code]
            answers += [] if pattern.name in POST_ONLY else [browser.get(url).status_code]
            assert set(answers) <= {404, 405}
            assert 404 in answers
    return_.refresh_from_db()
    assert return_.status == "REQUESTED"


@pytest.mark.parametrize("name", ["home", "orders", "returns", "look_up"])
def test_pages_stay_out_of_caches(ada: Client, name: str) -> None:
    response = ada.get(reverse(f"storefront:{name}"))
    assert response.headers["Cache-Control"] == "private, no-store"


def test_change_of_state_needs_the_token_of_the_page(customer: Customer) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert customer.user is not None
    browser.force_login(customer.user)
    return_ = ReturnFactory(order__customer=customer, status="REQUESTED")
    url = reverse("storefront:cancel_return", args=[return_.public_id])
    assert browser.post(url).status_code == 403
    return_.refresh_from_db()
    assert return_.status == "REQUESTED"


def test_buyer_who_signed_in_sees_also_orders_opened_as_a_guest(customer: Customer) -> None:
    own, opened, _other = OrderFactory(customer=customer), OrderFactory(), OrderFactory()
    buyer = Buyer(user=customer.user, opened=(opened.pk,))
    assert set(buyer.orders()) == {own, opened}


def test_returns_are_those_of_the_buyers_orders(customer: Customer) -> None:
    own, _other = ReturnFactory(order__customer=customer), ReturnFactory()
    assert list(Buyer(user=customer.user, opened=()).returns()) == [own]


def test_nobody_has_no_orders() -> None:
    OrderFactory()
    assert list(Buyer(user=None, opened=()).orders()) == []


def test_actor_is_named_by_login_order_or_address(customer: Customer) -> None:
    named = OrderFactory()
    unnamed = OrderFactory(customer=None, guest_email="eve@example.com", shipping_address={})
    actors = [
        Buyer(user=customer.user, opened=()).actor(named),
        Buyer(user=None, opened=(named.pk,)).actor(named),
        Buyer(user=None, opened=(unnamed.pk,)).actor(unnamed),
    ]
    assert [(actor.kind, actor.name, actor.user_id) for actor in actors] == [
        (ActorKind.BUYER, "Ada Winter", customer.user_id),
        (ActorKind.BUYER, named.buyer_name, None),
        (ActorKind.BUYER, "eve@example.com", None),
    ]


def test_session_keeps_the_orders_opened_last(client: Client) -> None:
    orders = [OrderFactory.build(pk=number) for number in range(1, MOST_OPENED + 3)]
    request = RequestFactory().get("/")
    request.session = client.session
    for order in orders:
        open_orders(request, [order])
    newest_first = [order.pk for order in reversed(orders)]
    assert request.session[OPENED] == newest_first[:MOST_OPENED]


def test_login_that_was_switched_off_sees_nothing(customer: Customer, ada: Client) -> None:
    order = sent_order(customer=customer)
    assert customer.user is not None
    customer.user.is_active = False
    customer.user.save()
    assert ada.get(reverse("storefront:order", args=[order.public_id])).status_code == 302


def test_staff_see_no_orders_of_buyers_here(client: Client) -> None:
    order = sent_order()
    client.force_login(UserFactory(roles=["MANAGER"]))
    assert client.get(reverse("storefront:order", args=[order.public_id])).status_code == 404
