"""Allowing and blocking the returns of an order or a customer."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from orders.models import Customer, Order
from returns import listings
from returns.errors import MissingNote, NotPermitted, ReturnError
from returns.models import Event, EventType
from tests.factories import sent_order
from tests.returns.stories import BUYER, SYSTEM

pytestmark = pytest.mark.django_db


def url(order: Order) -> str:
    return reverse("backoffice:order_listing", args=[order.pk])


def test_manager_blocks_a_customer_and_the_order_says_so(manager: Client) -> None:
    order = sent_order(1)
    other = sent_order(1, customer=order.customer)

    typed = {"whom": "customer", "listing": "BLOCK", "note": "Empty boxes, twice."}
    done = manager.post(url(order), typed)

    page = reverse("backoffice:order", args=[order.pk])
    assertRedirects(done, page)
    customer = Customer.objects.get()
    assert (customer.return_listing, customer.return_listing_note) == (
        "BLOCK",
        "Empty boxes, twice.",
    )
    event = Event.objects.get()
    assert (event.type, event.order_id, event.internal, event.note) == (
        EventType.RETURNS_LISTED,
        order.pk,
        True,
        "Empty boxes, twice.",
    )
    assertContains(manager.get(page), "blocked: staff alone create returns")
    assertContains(manager.get(reverse("backoffice:order", args=[other.pk])), "Empty boxes, twice.")
    form = manager.get(url(order)).context["form"]
    assert form.initial == typed


def test_manager_allows_an_order_and_takes_it_back(manager: Client) -> None:
    order = sent_order(1)

    manager.post(url(order), {"whom": "order", "listing": "ALLOW", "note": "Agreed by phone"})
    order.refresh_from_db()
    assert (order.return_listing, order.return_listing_note) == ("ALLOW", "Agreed by phone")
    manager.post(url(order), {"whom": "order", "listing": "", "note": "x"})
    order.refresh_from_db()
    assert (order.return_listing, order.return_listing_note) == ("", "")
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"listing": "BLOCK", "note": " "}, "Say why: colleagues will ask."),
        ({"listing": "BLOCK", "note": "x" * 501}, "at most 500 characters"),
        ({"listing": "MAGIC", "note": "x"}, "Select a valid choice."),
        ({"whom": "nobody", "listing": "BLOCK", "note": "x"}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_refused(manager: Client, typed: dict[str, str], words: str) -> None:
    order = sent_order(1)

    page = manager.post(url(order), {"whom": "order", **typed})

    assertContains(page, words, status_code=422)
    order.refresh_from_db()
    assert order.return_listing == ""


def test_guest_has_no_customer_to_list(manager: Client) -> None:
    order = sent_order(1, customer=None, guest_email="guest@example.com")

    assertNotContains(manager.get(url(order)), 'value="customer"')
    with pytest.raises(ReturnError):
        listings.set_for_customer(order, "BLOCK", actor=SYSTEM, note="x")


def test_same_again_records_nothing() -> None:
    order = sent_order(1)

    for _time in range(2):
        listings.set_for_order(order, "BLOCK", actor=SYSTEM, note="Why")
        listings.set_for_customer(order, "ALLOW", actor=SYSTEM, note="Why")

    assert Event.objects.count() == 2


def test_only_managers_list(support: Client) -> None:
    order = sent_order(1)

    assert support.get(url(order)).status_code == 403
    assertNotContains(support.get(reverse("backoffice:order", args=[order.pk])), url(order))
    for act in (listings.set_for_order, listings.set_for_customer):
        with pytest.raises(NotPermitted):
            act(order, "BLOCK", actor=BUYER, note="x")
        with pytest.raises(MissingNote):
            act(order, "BLOCK", actor=SYSTEM)
