"""Replacements in the back office: what staff see, and the four acts on them."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from orders.models import Fulfillment, Payment
from returns import lifecycle
from returns.exchanges import payment_links
from returns.models import Refund, Return
from returns.refunds import payouts
from returns.store_credit import ledger
from tests.factories import StockLevelFactory
from tests.returns.exchanging import (
    SYSTEM,
    bought,
    dearer,
    only,
    pay,
    receive,
    send,
    shirt,
    stock_of,
    swap,
    wishes,
)
from tests.returns.linking import linked, linking, owing

pytestmark = pytest.mark.django_db


def url(act: str, return_: Return) -> str:
    return reverse(f"backoffice:return_{act}", args=[return_.pk])


def page_of(return_: Return) -> str:
    return reverse("backoffice:return", args=[return_.pk])


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_page_shows_replacements_what_they_wait_for_and_what_is_owed(manager: Client) -> None:
    return_, line = dearer()

    page = html(manager, page_of(return_))

    assert "Waits for payment" in page
    assert "The buyer owes €10.10" in page
    assert "€60.00" in page
    assert f"{line.location}, held until" in page
    assert url("record_payment", return_) in page
    assert "Payment asked for: €10.10" in page


def test_page_says_that_a_replacement_is_not_held_any_more(manager: Client) -> None:
    return_, line = dearer()
    line.reserved_quantity = 0
    line.save(update_fields=["reserved_quantity"])

    assert "not held any more" in html(manager, page_of(return_))


def test_replacement_is_added_by_its_sku(support: Client) -> None:
    order = bought(1)
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    large = shirt(order)
    address = url("add_exchanges", return_)
    assert f'<option value="{large.sku}">' in html(support, address)

    answers = {"replaces": return_.lines.get().pk, "sku": large.sku, "quantity": "1"}
    assertRedirects(support.post(address, answers), page_of(return_))

    assert only(return_).variant == large


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sku": "NONE"}, "This item is not for sale any more."),
        ({"quantity": "2"}, "Choose at most 1 pieces: no more go back."),
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"discount": "0.001"}, "Enter an amount in EUR"),
        ({"discount": "99"}, "The discount is more than the price."),
        ({"replaces": ""}, "Choose which item this replaces."),
    ],
)
def test_replacement_that_cannot_be_is_refused_at_its_field(
    support: Client, change: dict[str, str], words: str
) -> None:
    order = bought(1)
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    answers = {"replaces": return_.lines.get().pk, "sku": shirt(order).sku, "quantity": "1"}

    answer = support.post(url("add_exchanges", return_), {**answers, **change})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not return_.exchange_lines.exists()


def test_replacement_that_sold_out_is_refused_at_its_field(support: Client) -> None:
    order = bought(1)
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    large = shirt(order, stock=0)
    answers = {"replaces": return_.lines.get().pk, "sku": large.sku, "quantity": "1"}

    answer = support.post(url("add_exchanges", return_), answers)

    assert answer.status_code == 422
    assert "has just sold out" in str(answer.context["form"].errors["sku"])


def test_another_product_needs_the_policy_set_aside(support: Client) -> None:
    order = bought(1)
    return_ = lifecycle.create(order, wishes(order), actor=SYSTEM)
    other = StockLevelFactory().variant
    answers = {"replaces": return_.lines.get().pk, "sku": other.sku, "quantity": "1"}
    address = url("add_exchanges", return_)

    assert support.post(address, answers).status_code == 422
    answers["override_policy"] = "on"
    assertRedirects(support.post(address, answers), page_of(return_))


def test_replacement_is_sent_in_one_click_with_tracking(warehouse: Client) -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order)))
    address = url("process_exchange", return_)
    page = html(warehouse, address)
    assert "Tracking number" in page
    (field,) = [row.field for row in warehouse.get(address).context["form"].rows]
    assert field.value() == 1

    answers = {f"line-{only(return_).pk}": "1", "tracking_number": "0034"}
    assertRedirects(warehouse.post(address, answers), page_of(return_))

    assert Fulfillment.objects.get(from_exchange=True).tracking_number == "0034"
    assert "Replacement sent" in html(warehouse, page_of(return_))


def test_sending_what_sold_out_says_so_at_its_field(warehouse: Client) -> None:
    order = bought(1)
    large = shirt(order)
    return_ = receive(swap(order, large))
    line = only(return_)
    line.reserved_quantity = 0
    line.save()
    large.stock_levels.update(available=0, reserved=0)

    answer = warehouse.post(url("process_exchange", return_), {f"line-{line.pk}": "1"})

    assert answer.status_code == 422
    assert "has sold out" in answer.content.decode()


def test_payment_is_booked_by_hand(finance: Client) -> None:
    return_, _line = dearer()
    address = url("record_payment", return_)
    assert "The buyer owes €10.10" in html(finance, address)

    answers = {"key": str(uuid4()), "amount": "10.10", "method": "BANK_TRANSFER"}
    assertRedirects(finance.post(address, answers), page_of(return_))
    # A second click on the same form.
    assertRedirects(finance.post(address, answers), page_of(return_))

    assert Payment.objects.get(from_exchange=True).amount == Decimal("10.10")


def test_payment_above_what_is_owed_is_refused(finance: Client) -> None:
    return_, _line = dearer()

    answer = finance.post(
        url("record_payment", return_),
        {"key": str(uuid4()), "amount": "11", "method": "CASH"},
    )

    assert answer.status_code == 422
    assert "Only €10.10 are to be paid." in answer.content.decode()


def test_replacement_is_taken_out_and_what_was_paid_is_proposed(manager: Client) -> None:
    return_, line = dearer()
    receive(return_)
    payouts.refund(return_, actor=SYSTEM, key=uuid4())
    pay(return_, "10.10")

    answers = {f"line-{line.pk}": "1"}
    assertRedirects(manager.post(url("remove_exchanges", return_), answers), page_of(return_))

    assert stock_of(line.variant) == (1, 0)
    page = html(manager, page_of(return_))
    assert "Refund proposed" in page
    answers = {f"line-{return_.lines.get().pk}": "0", "key": str(uuid4()), "shipping": "0"}
    review = manager.post(url("refund", return_), {**answers, "step": "review"})
    assert review.context["amount"] == "€60.00"
    paid = {**answers, "step": "pay", "reviewed_amount": "60.00", "reviewed_shipping": "0"}
    assertRedirects(manager.post(url("refund", return_), paid), page_of(return_))
    assert sum(refund.amount for refund in Refund.objects.all()) == Decimal("60.00")


def test_order_marks_the_replacement(support: Client) -> None:
    order = bought(1)
    send(receive(swap(order, shirt(order))))

    page = html(support, reverse("backoffice:order", args=[order.pk]))

    assert "Replacement</span>" in page


def test_list_of_what_is_to_be_sent(warehouse: Client) -> None:
    order = bought(1)
    return_ = receive(swap(order, shirt(order)))

    assert return_.reference in html(warehouse, reverse("backoffice:returns") + "?queue=send")
    assert "Replacements ready to send" in html(warehouse, reverse("backoffice:home"))


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_few_queries(manager: Client, count: int) -> None:
    order = bought(*[1] * count, terms={"exchanges": "ANY_PRODUCT"})
    exchanges = [
        lifecycle.ExchangeRequest(
            variant_id=StockLevelFactory().variant.pk, quantity=1, replaces=index
        )
        for index in range(count)
    ]
    return_ = lifecycle.create(
        order, wishes(order, *[1] * count), actor=SYSTEM, exchanges=exchanges
    )

    with CaptureQueriesContext(connection) as queries:
        html(manager, page_of(return_))
    assert len(queries) == 13


def test_payment_with_store_credit_is_taken_off_the_account(finance: Client) -> None:
    return_, _line = dearer()
    address = url("record_payment", return_)
    assert "STORE_CREDIT" not in html(finance, address)
    account = ledger.open_account(return_.order)
    ledger.credit(account, Decimal("8.00"), actor=SYSTEM, key=uuid4())
    page = html(finance, address)
    assert "The buyer has €8.00 of store credit." in page
    answers = {"key": str(uuid4()), "amount": "10.10", "method": "STORE_CREDIT"}

    refused = finance.post(address, answers)
    assert refused.status_code == 422
    assert "Only €8.00 of store credit are left." in str(refused.context["form"].errors["amount"])
    answers["amount"] = "8.00"
    # A second click on the same form, too.
    assertRedirects(finance.post(address, answers), page_of(return_))
    assertRedirects(finance.post(address, answers), page_of(return_))

    account.refresh_from_db()
    assert account.balance == 0
    page = html(finance, page_of(return_))
    assert "Payment received: €8.00 · Store credit" in page
    assert "The buyer owes €2.10" in page


def test_store_credit_that_the_buyer_does_not_have_cannot_be_chosen(finance: Client) -> None:
    return_, _line = dearer()
    answers = {"key": str(uuid4()), "amount": "10.10", "method": "STORE_CREDIT"}

    refused = finance.post(url("record_payment", return_), answers)

    assert refused.status_code == 422
    assert "The buyer has no store credit." in str(refused.context["form"].errors["amount"])
    assert not Payment.objects.filter(from_exchange=True).exists()


def test_staff_see_why_there_is_no_payment_link(support: Client) -> None:
    with linking() as gateway:
        gateway.refusal = "Stripe does not take so small an amount."
        return_ = owing()
        payment_links.offer(return_)

    page = html(support, page_of(return_))

    assert "Problem with the payment link" in page
    assert "Stripe does not take so small an amount." in page


def test_payment_that_came_after_the_return_was_canceled_is_paid_back(finance: Client) -> None:
    return_, _line = dearer()
    lifecycle.cancel(return_, actor=SYSTEM)
    pay(return_, "10.10")
    page = html(finance, page_of(return_))
    assert url("refund", return_) in page
    assert "Refund proposed" in page

    answers = {"key": str(uuid4()), "shipping": "0"}
    review = finance.post(url("refund", return_), {**answers, "step": "review"})
    assert review.context["amount"] == "€10.10"
    paid = {**answers, "step": "pay", "reviewed_amount": "10.10", "reviewed_shipping": "0"}
    assertRedirects(finance.post(url("refund", return_), paid), page_of(return_))

    assert Refund.objects.get().amount == Decimal("10.10")


def test_staff_see_the_link_by_which_the_buyer_pays(support: Client) -> None:
    with linking():
        return_ = linked()

    assert f'<a href="{return_.payment_link}" rel="noreferrer">' in html(support, page_of(return_))
