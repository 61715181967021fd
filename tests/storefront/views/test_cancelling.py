"""Canceling what was not sent yet, as buyers do it."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Customer, Order
from returns.cancellations import decisions
from returns.models import Cancellation
from tests.returns.cancels import SYSTEM, ask, canceled, waiting
from tests.storefront.conftest import Guest
from tests.storefront.test_queries import statements

pytestmark = pytest.mark.django_db


def page_of(order: Order) -> str:
    return reverse("storefront:order", args=[order.public_id])


def url_of(order: Order) -> str:
    return reverse("storefront:cancel_items", args=[order.public_id])


def said(order: Order, *quantities: object, **more: object) -> dict[str, object]:
    lines = order.lines.order_by("position").values_list("pk", flat=True)
    typed = zip(lines, quantities, strict=False)
    return {**{f"line-{line}": count for line, count in typed}, **more}


def test_buyer_sees_what_comes_back_and_then_cancels(ada: Client, customer: Customer) -> None:
    order = waiting(3, 1, customer=customer)
    assert "Cancel items that were not sent yet" in ada.get(page_of(order)).content.decode()

    review = ada.post(url_of(order), said(order, 2, 1))
    html = review.content.decode()
    assert [line["quantity"] for line in review.context["lines"]] == [2, 1]
    assert review.context["rows"][-1]["amount"] == "€30.00"
    assert "This cannot be undone." in html
    assert Cancellation.objects.count() == 0

    sent = said(order, 2, 1, step="send", key=review.context["key"])
    for _click in range(2):
        done = ada.post(url_of(order), sent, follow=True)
        assert "The items are canceled. Your money is on its way back." in done.content.decode()
    assert canceled(order) == [2, 1]
    assert Cancellation.objects.count() == 1
    assert [line["quantity"] for line in done.context["canceled_items"]] == [2, 1]


def test_guest_cancels_too(guest: Guest) -> None:
    order = waiting(1, customer=None, guest_email="g@example.com")
    guest(order).post(url_of(order), said(order, 1, step="send", key=uuid4()))
    assert canceled(order) == [1]


def test_wish_that_waits_for_a_person_is_told(ada: Client, customer: Customer) -> None:
    order = waiting(2, mode="BY_STAFF", customer=customer)
    review = ada.post(url_of(order), said(order, 1)).content.decode()
    assert "We look at your wish first." in review

    done = ada.post(url_of(order), said(order, 1, step="send", key=uuid4()), follow=True)
    title = order.lines.get().title
    assert canceled(order) == [0]
    assert [one["title"] for one in done.context["cancellations"]] == [
        f"You asked us to cancel 1 × {title}"  # noqa: RUF001
    ]

    decisions.decline(Cancellation.objects.get(), actor=SYSTEM, note="Packed already.")
    page = ada.get(page_of(order))
    assert [(one["title"], one["text"]) for one in page.context["cancellations"]] == [
        (f"We could not cancel 1 × {title}", "Packed already.")  # noqa: RUF001
    ]


@pytest.mark.parametrize(
    ("quantities", "message"),
    [
        ((0, 0), "Choose at least one item."),
        (("", ""), "Choose at least one item."),
        ((4, 0), "Ensure this value is less than or equal to 3."),
        ((-1, 0), "Ensure this value is greater than or equal to 0."),
        (("two", 0), "Enter a whole number."),
    ],
)
@pytest.mark.parametrize("step", ["", "send"])
def test_wrong_input_is_told_and_kept(
    ada: Client, customer: Customer, quantities: tuple[object, ...], message: str, step: str
) -> None:
    order = waiting(3, 1, customer=customer)
    page = ada.post(url_of(order), said(order, *quantities, step=step))
    html = page.content.decode()
    assert (page.status_code, message in html) == (422, True)
    if quantities[0]:
        assert f'value="{quantities[0]}"' in html
    assert Cancellation.objects.count() == 0


def test_what_was_sent_while_the_page_was_open_is_told(ada: Client, customer: Customer) -> None:
    order = waiting(3, customer=customer)
    ask(order, 2)
    page = ada.post(url_of(order), said(order, 3, step="send", key=uuid4()))
    assert page.status_code == 422
    assert canceled(order) == [2]


def test_page_is_not_there_where_the_terms_do_not_allow(ada: Client, customer: Customer) -> None:
    order = waiting(1, mode="NONE", customer=customer)
    assert "Cancel items that" not in ada.get(page_of(order)).content.decode()
    answer = ada.get(url_of(order), follow=True)
    assert "Nothing of this order can be canceled online any more." in answer.content.decode()
    ada.post(url_of(order), said(order, 1, step="send", key=uuid4()))
    assert Cancellation.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_pages_take_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = waiting(*[3] * count, mode="BY_STAFF", customer=customer)
    ask(order, *[1] * count)
    assert statements(ada, page_of(order)) == 8
    assert statements(ada, url_of(order)) == 6
    with CaptureQueriesContext(connection) as queries:
        assert ada.post(url_of(order), said(order, *[1] * count)).status_code == 200
    assert len(queries) == 11
