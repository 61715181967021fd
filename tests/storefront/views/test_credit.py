"""Store credit: chosen when asking for a return, seen by its owner alone."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from accounts import actors
from orders.models import Customer, Order
from returns import lifecycle
from returns.models import Return, StoreCreditAccount
from returns.models.policies import ReturnTerms
from returns.refunds import payouts
from returns.store_credit import codes, ledger
from tests.conftest import RunJobs
from tests.factories import OrderFactory, sent_order
from tests.returns.stories import wish
from tests.storefront.conftest import Guest, answers, parcels_of

pytestmark = pytest.mark.django_db

SYSTEM = actors.system()
URL = "/credit/"


def offering(*quantities: int, **order: Any) -> Order:
    terms = ReturnTerms(offers_credit=True, credit_bonus_percent=Decimal(10), credit_valid_days=30)
    made = sent_order(*quantities, **order)
    made.return_terms = terms.to_json()
    made.save(update_fields=["return_terms"])
    return made


def credited(order: Order, *amounts: str) -> StoreCreditAccount:
    made = ledger.open_account(order)
    for amount in amounts:
        ledger.credit(made, Decimal(amount), actor=SYSTEM, key=uuid4())
    made.refresh_from_db()
    return made


def page_of(account: StoreCreditAccount) -> str:
    return reverse("storefront:credit_account", args=[account.public_id])


# --- asking for it ------------------------------------------------------------------------------


def test_choice_shows_both_figures_and_becomes_the_returns(ada: Client, customer: Customer) -> None:
    order = offering(2, customer=customer)
    start = reverse("storefront:start_return", args=[order.public_id])
    chosen = {**answers(parcels_of(order)[0]), "refund_to": "STORE_CREDIT"}

    page = ada.post(start, {**chosen, "action": "estimate"})
    assert [(way["label"], way["figure"], way["is_chosen"]) for way in page.context["choice"]] == [
        ("The way you paid", "€49.90", False),
        ("Store credit, 10 % bonus", "€54.89", True),
    ]
    assert (page.context["label"], page.context["amount"]) == ("Estimated store credit", "€54.89")
    swapped = ada.post(reverse("storefront:estimate", args=[order.public_id]), chosen)
    assertContains(swapped, 'id="figure-STORE_CREDIT" hx-swap-oob="true">€54.89<')

    review = ada.post(start, {**chosen, "action": "review"}, follow=True)
    assertContains(review, "We add it to your store credit")
    assertContains(ada.get(review.context["back_url"]), 'value="STORE_CREDIT" checked')
    ada.post(review.request["PATH_INFO"])

    return_ = Return.objects.get()
    assert return_.refund_to == "STORE_CREDIT"
    detail = ada.get(reverse("storefront:return", args=[return_.public_id]))
    assert [row["amount"] for row in detail.context["proposal"]] == ["€49.90", "€4.99", "€54.89"]


def test_no_choice_where_it_is_not_offered(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    url = reverse("storefront:start_return", args=[order.public_id])
    said = {**answers(parcels_of(order)[0]), "refund_to": "STORE_CREDIT", "action": "review"}

    assert ada.get(url).context["choice"] == []
    review = ada.post(url, said, follow=True)
    refused = ada.post(review.request["PATH_INFO"])

    assertContains(refused, "Store credit is not offered for these items.", status_code=422)
    assert Return.objects.count() == 0


def test_refund_says_what_became_credit(ada: Client, customer: Customer) -> None:
    order = offering(1, customer=customer)
    return_ = lifecycle.create(order, [wish(order)], actor=SYSTEM, refund_to="STORE_CREDIT")
    payouts.refund(return_, actor=SYSTEM, key=uuid4())

    page = ada.get(reverse("storefront:return", args=[return_.public_id]))

    (refund,) = page.context["refunds"]
    assert [(row["label"], row["amount"]) for row in refund["credit"]] == [
        ("Of this as store credit", "€49.90"),
        ("Bonus on your store credit", "€4.99"),
    ]


# --- looking at it ------------------------------------------------------------------------------


def test_customer_sees_own_accounts_alone(ada: Client, customer: Customer) -> None:
    mine = credited(OrderFactory(customer=customer), "10", "2.50")
    other = credited(OrderFactory(), "99")

    assertContains(ada.get(URL), "€12.50")
    assert "€99" not in ada.get(URL).content.decode()
    assert [row["amount"] for row in ada.get(page_of(mine)).context["rows"]] == ["€2.50", "€10.00"]
    assert ada.get(page_of(other)).status_code == 404


def test_guest_opens_with_the_code_from_the_mail(client: Client, run_jobs: RunJobs) -> None:
    mine = credited(OrderFactory(customer=None, guest_email="noah@example.com"), "10")
    run_jobs()
    code = next(line for line in mail.outbox[-1].body.splitlines() if line.count("-") == 4)

    wrong = client.post(URL, {"code": "AAAA-AAAA-AAAA-AAAA-AAAA"})
    assertContains(wrong, "This code is not right.", status_code=422)
    assert client.get(page_of(mine)).status_code == 302
    assertRedirects(client.post(URL, {"code": code.lower()}), page_of(mine))
    assertContains(client.get(page_of(mine)), f"ends in {code[-4:]}")

    mail.outbox.clear()
    client.post(reverse("storefront:credit_code", args=[mine.public_id]))
    run_jobs()
    (message,) = mail.outbox
    assert message.to == ["noah@example.com"]
    assert codes.find(code) is None


def test_guest_who_opened_the_order_sees_its_credit(guest: Guest) -> None:
    order = OrderFactory(customer=None, guest_email="Noah@example.com")
    mine = credited(order, "10")
    other = credited(
        OrderFactory(customer=None, guest_email="eve@example.com", store=order.store), "10"
    )

    assert guest(order).get(page_of(mine)).status_code == 200
    assert guest(order).get(page_of(other)).status_code == 404


def test_codes_cannot_be_tried_without_end(client: Client) -> None:
    answers_ = [client.post(URL, {"code": "A" * 20}).status_code for _time in range(21)]

    assert answers_ == [422] * 20 + [429]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("name", "number"), [("list", 4), ("detail", 5)])
def test_pages_take_few_statements(
    ada: Client, customer: Customer, name: str, number: int, count: int
) -> None:
    for _account in range(count):
        mine = credited(OrderFactory(customer=customer), *["1"] * count)
    with CaptureQueriesContext(connection) as queries:
        assert ada.get(URL if name == "list" else page_of(mine)).status_code == 200
    assert len(queries) == number
