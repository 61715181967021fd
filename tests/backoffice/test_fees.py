"""Fees on the page of a return, and the page that waives one."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts import actors
from accounts.models import Role
from orders.models import FulfillmentLine
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models import Return, ReturnFee
from returns.models.policies import ReturnTerms
from tests.factories import UserFactory, sent_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def return_() -> Return:
    """A return of one piece for 20.00, of which 3.50 are kept."""
    terms = ReturnTerms(return_shipping_fee=Decimal("3.50")).to_json()
    order = sent_order(1, return_terms=terms)
    order.lines.update(unit_price=Decimal(20))
    order.payments.update(amount=Decimal(20))
    parcel = FulfillmentLine.objects.get()
    wish = LineRequest(fulfillment_line_id=parcel.pk, quantity=1, reason="too-small")
    return lifecycle.create(order, [wish], actor=actors.system())


def signed_in(*roles: Role) -> Client:
    client = Client()
    client.force_login(UserFactory(roles=list(roles)))
    return client


def waive_url(return_: Return) -> str:
    return reverse("backoffice:return_waive_fee", args=[return_.pk, ReturnFee.objects.get().pk])


def test_page_of_a_return_shows_its_fees_and_who_may_waive_them(return_: Return) -> None:
    url = reverse("backoffice:return", args=[return_.pk])

    assertContains(signed_in(Role.FINANCE).get(url), waive_url(return_))
    assertNotContains(signed_in(Role.WAREHOUSE).get(url), waive_url(return_))
    assertContains(signed_in(Role.WAREHOUSE).get(url), "€3.50")


def test_page_that_waives_shows_what_changes(return_: Return) -> None:
    page = signed_in(Role.SUPPORT).get(waive_url(return_))

    assertContains(page, "The refund proposed goes from €16.50 to €20.00.")


def test_fee_is_waived_with_a_reason(return_: Return) -> None:
    client = signed_in(Role.SUPPORT)
    url = reverse("backoffice:return", args=[return_.pk])

    assertRedirects(client.post(waive_url(return_), {"reason": "Regular customer"}), url)

    page = client.get(url)
    assertContains(page, "Regular customer")
    assertContains(page, "Fee waived: Return shipping")
    assertNotContains(page, waive_url(return_))


def test_waiving_without_a_reason_keeps_the_page(return_: Return) -> None:
    page = signed_in(Role.SUPPORT).post(waive_url(return_), {"reason": " "})

    assertContains(page, "Tell why the fee is waived.", status_code=422)
    assert not ReturnFee.objects.get().is_waived


def test_unknown_fee_is_not_found(return_: Return) -> None:
    url = reverse("backoffice:return_waive_fee", args=[return_.pk, 0])

    assert signed_in(Role.SUPPORT).get(url).status_code == 404
