"""What buyers see of fees: none for what is the shop's fault, and those that were waived."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from accounts import actors
from orders.models import Customer, Order
from returns import lifecycle
from returns.lifecycle import LineRequest
from returns.models.policies import ReturnTerms
from tests.factories import sent_order
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()


@pytest.fixture
def order(customer: Customer) -> Order:
    """An order of one piece for 20.00, of which 2.00 and 3.50 are kept."""
    terms = ReturnTerms(
        restocking_fee_percent=Decimal(10), return_shipping_fee=Decimal("3.50")
    ).to_json()
    made = sent_order(1, customer=customer, return_terms=terms)
    made.lines.update(unit_price=Decimal(20))
    made.payments.update(amount=Decimal(20))
    return made


@pytest.mark.parametrize(
    ("reason", "amount"), [("too-small", "€14.50"), ("damaged-or-defective", "€20.00")]
)
def test_estimate_follows_the_reason(ada: Client, order: Order, reason: str, amount: str) -> None:
    url = reverse("storefront:estimate", args=[order.public_id])
    page = ada.post(url, answers(parcels_of(order)[0], reason=reason))

    assertContains(page, amount)


def test_waived_fee_is_on_the_page_without_staffs_reason(ada: Client, order: Order) -> None:
    wish = LineRequest(fulfillment_line_id=parcels_of(order)[0].pk, quantity=1, reason="too-small")
    return_ = lifecycle.create(order, [wish], actor=SYSTEM)
    fee = return_.fees.get(kind="RETURN_SHIPPING")
    lifecycle.waive_fee(return_, actor=SYSTEM, fee_id=fee.pk, reason="Complains a lot")

    page = ada.get(reverse("storefront:return", args=[return_.public_id]))

    assertContains(page, "Return shipping (waived)")
    assertContains(page, "Fee waived: Return shipping")
    assertContains(page, "€18.00")
    assertNotContains(page, "Complains a lot")
