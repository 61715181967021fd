"""Paying for a replacement with store credit, on the buyer's pages."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from orders.models import Customer
from returns.models import ExchangePayment, Return
from returns.store_credit import ledger
from storefront.access import OPENED_CREDIT
from tests.factories import OrderFactory
from tests.returns.exchanging import SYSTEM, bought, pay, shirt, swap
from tests.storefront.conftest import Guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(customer: Customer) -> Return:
    """A return of Ada's that owes 10.10."""
    order = bought(1, customer=customer)
    return swap(order, shirt(order, price="60.00"))


def add(return_: Return, amount: str) -> None:
    account = ledger.open_account(return_.order)
    ledger.credit(account, Decimal(amount), actor=SYSTEM, key=uuid4(), notify=False)


def paying(return_: Return) -> str:
    return reverse("storefront:pay_with_credit", args=[return_.public_id])


def address(return_: Return) -> str:
    return reverse("storefront:return", args=[return_.public_id])


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def agreed(client: Client, return_: Return) -> dict[str, str]:
    """What the buyer agrees to on the page as it is shown."""
    page = text(client, paying(return_))
    return dict(re.findall(r'<input type="hidden" name="(key|amount)" value="([^"]+)"', page))


def test_buyer_pays_with_credit(ada: Client, owing: Return) -> None:
    assert "with store credit" not in text(ada, address(owing))
    add(owing, "25.00")

    page = text(ada, address(owing))
    assert "Pay €10.10 with store credit" in page
    assert paying(owing) in page
    assert "Transfer the amount to us" in page
    page = text(ada, paying(owing))
    assert "€10.10 are taken off your store credit for the replacement." in page
    assert "€14.90 of store credit are left afterwards." in page
    assert "Nothing more is to be paid." in page
    answers = agreed(ada, owing)
    for _click in range(2):
        answer = ada.post(paying(owing), answers)
        assertRedirects(answer, address(owing), fetch_redirect_response=False)

    assert ExchangePayment.objects.get().amount == Decimal("10.10")
    page = text(ada, address(owing))
    assert "€10.10 are paid with your store credit." in page
    assert "Please pay" not in page
    assert "Paid with store credit: €10.10" in page


def test_credit_that_is_less_leaves_the_rest_to_be_paid(ada: Client, owing: Return) -> None:
    add(owing, "4.10")
    Return.objects.update(payment_link="https://pay.example/1")

    page = text(ada, address(owing))
    assert "Pay now" in page
    assert "Pay €4.10 with store credit" in page
    words = "€6.00 remain to be paid before the replacement is sent."
    page = text(ada, paying(owing))
    assert "Your store credit is used up then." in page
    assert words in page
    ada.post(paying(owing), agreed(ada, owing))

    page = text(ada, address(owing))
    assert f"€4.10 are paid with your store credit. {words}" in page
    assert "Please pay €6.00" in page


def test_what_changed_meanwhile_is_said_and_shown(ada: Client, owing: Return) -> None:
    add(owing, "25.00")
    answers = agreed(ada, owing)
    pay(owing, "4.10")

    page = ada.post(paying(owing), answers, follow=True)

    assert page.redirect_chain == [(paying(owing), 302)]
    assert "Only €6.00 are to be paid." in page.content.decode()
    assert "€6.00 are taken off your store credit for the replacement." in page.content.decode()
    assert ExchangePayment.objects.count() == 1


def test_credit_that_was_spent_meanwhile_is_said_and_shown(ada: Client, owing: Return) -> None:
    add(owing, "12.00")
    answers = agreed(ada, owing)
    account = ledger.of_order(owing.order).get()
    ledger.debit(account, Decimal("7.00"), actor=SYSTEM, key=uuid4())

    page = ada.post(paying(owing), answers, follow=True).content.decode()

    assert "Only €5.00 of store credit are left." in page
    assert "Pay €5.00 with store credit?" in page


def test_nothing_to_pay_leads_back(ada: Client, owing: Return) -> None:
    page = ada.get(paying(owing), follow=True)

    assert page.redirect_chain == [(address(owing), 302)]
    assert "There is nothing that store credit could pay." in page.content.decode()


@pytest.mark.parametrize("answers", [{}, {"key": "x", "amount": "1"}, {"amount": "9e99"}])
def test_answer_that_the_page_did_not_give_pays_nothing(
    ada: Client, owing: Return, answers: dict[str, str]
) -> None:
    add(owing, "25.00")

    assert ada.post(paying(owing), answers).status_code == 422
    assert not ExchangePayment.objects.exists()


def test_guest_pays_with_the_credit_of_the_order_that_was_opened(guest: Guest) -> None:
    order = bought(1, customer=None, guest_email="Eve@Example.com")
    return_ = swap(order, shirt(order, price="60.00"))
    add(return_, "25.00")
    browser = guest(order)

    browser.post(paying(return_), agreed(browser, return_))

    assert ExchangePayment.objects.get().for_return == return_


def test_others_find_no_return_to_pay_for(ada: Client, guest: Guest, owing: Return) -> None:
    add(owing, "25.00")
    stranger = guest(OrderFactory())
    assert stranger.get(paying(owing)).status_code == 404
    # Somebody with the code of the account, who may not see the order.
    session = stranger.session
    session[OPENED_CREDIT] = [ledger.of_order(owing.order).get().pk]
    session.save()
    said = {"key": str(uuid4()), "amount": "10.10"}
    assert stranger.post(paying(owing), said).status_code == 404
    assert not ExchangePayment.objects.exists()


@pytest.mark.parametrize("credit", ["", "25.00"])
def test_page_asks_for_credit_only_when_something_is_owed(
    ada: Client, customer: Customer, owing: Return, credit: str
) -> None:
    order = bought(1, customer=customer)
    even = swap(order, shirt(order))
    if credit:
        add(owing, credit)

    def statements(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            text(ada, url)
        return len(queries)

    assert (statements(address(even)), statements(address(owing))) == (10, 10)
    if credit:
        assert statements(paying(owing)) == 5
