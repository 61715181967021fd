"""Asking for another size, for another product, and seeing what becomes of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Customer, Order, StockLevel, Variant
from returns import lifecycle
from returns.models import Return
from tests.factories import ProductFactory, StockLevelFactory, VariantFactory
from tests.returns.exchanging import SYSTEM, bought, only, pay, receive, send, shirt, swap
from tests.storefront.conftest import answers, parcels_of

pytestmark = pytest.mark.django_db


def start(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def asked(order: Order, variant: Variant | None, **said: Any) -> dict[str, object]:
    (parcel,) = parcels_of(order)
    return answers(parcel, swap=variant.pk if variant else "", **said)


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_page_offers_the_sizes_in_stock_with_what_they_cost(
    ada: Client, customer: Customer
) -> None:
    order = bought(1, customer=customer)
    shirt(order, "L")
    shirt(order, "XL", price="60.00")
    shirt(order, "XXL", stock=0)

    page = text(ada, start(order))

    assert "Money back" in page
    assert "XL, Sage · €10.10 more" in page
    assert "XXL" not in page
    assert page.count('name="swap"') == 1  # only what costs the same is swapped in one click
    assert "Choose another product" not in page


def test_page_offers_nothing_where_the_terms_do_not_let(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer, terms={"exchanges": "NONE"})
    shirt(order, "L")

    assert "Money back" not in text(ada, start(order))


def test_exchange_is_asked_for_in_three_steps(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    large = shirt(order, "L")

    review = ada.post(start(order), asked(order, large)).headers["Location"]
    page = text(ada, review)
    assert "Exchanged for L" in page
    assert "€0.00" in page
    done = ada.post(review)

    assert done.status_code == 302
    assert only(Return.objects.get()).variant == large


def test_swap_button_leads_straight_to_the_review(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    large = shirt(order, "L")
    (parcel,) = parcels_of(order)
    pressed: dict[str, object] = {
        "swap": f"{parcel.pk}:{large.pk}",
        f"item-{parcel.pk}-quantity": "1",
    }

    answer = ada.post(start(order), pressed)
    assert answer.status_code == 302
    ada.post(answer.headers["Location"])

    made = Return.objects.get()
    assert only(made).variant == large
    assert [line.reason.handle for line in made.lines.all()] == ["unknown"]


@pytest.mark.parametrize("reason", ["", "unknown"])
def test_money_back_needs_a_reason_that_is_offered(
    ada: Client, customer: Customer, reason: str
) -> None:
    order = bought(1, customer=customer)
    (parcel,) = parcels_of(order)

    page = ada.post(start(order), answers(parcel, reason=reason))

    assert page.status_code == 422
    assert Return.objects.count() == 0


def test_estimate_tells_what_is_to_be_paid(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    dear, cheap = shirt(order, "XL", price="60.00"), shirt(order, "S", price="40.00")
    url = reverse("storefront:estimate", args=[order.public_id])

    owes = ada.post(url, asked(order, dear)).content.decode()
    gets = ada.post(url, asked(order, cheap)).content.decode()

    assert "You pay the difference" in owes
    assert "€10.10" in owes
    assert "-€60.00" in owes
    assert "Estimated refund" in gets
    assert "€9.90" in gets


def test_variant_that_just_sold_out_is_told_at_its_item(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    large = shirt(order, "L")
    review = ada.post(start(order), asked(order, large)).headers["Location"]
    StockLevel.objects.update(available=0)

    for answer in (ada.post(start(order), asked(order, large)), ada.post(review)):
        assert answer.status_code == 422
        assert "Linen shirt (L, Sage) has just sold out." in answer.content.decode()
    assert not Return.objects.exists()


@pytest.mark.parametrize("typed", ["x", "999999", "9" * 30, "-1", "1" * 15])
def test_variant_that_is_none_is_refused(ada: Client, customer: Customer, typed: str) -> None:
    order = bought(1, customer=customer)
    (parcel,) = parcels_of(order)

    answer = ada.post(start(order), answers(parcel, swap=typed))

    assert answer.status_code == 422


def test_any_product_is_searched_and_chosen(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer, terms={"exchanges": "ANY_PRODUCT"})
    cap = VariantFactory(
        product=ProductFactory(title="Sun cap"), options={"Colour": "Sand"}, price=Decimal("20.00")
    )
    StockLevelFactory(variant=cap)
    StockLevelFactory(variant__product__title="Bowl")
    (parcel,) = parcels_of(order)
    said = {**asked(order, None), "action": f"browse:{parcel.pk}"}

    browse = ada.post(start(order), said).headers["Location"]
    everything, found = text(ada, browse), text(ada, f"{browse}?q=cap")
    assert "Bowl" in everything
    assert "Sun cap" in found
    assert "Bowl" not in found
    back = ada.post(browse, {"variant": cap.pk}).headers["Location"]
    page = text(ada, back)
    assert "Sun cap, Sand · €20.00" in page
    assert "checked" in page

    review = ada.post(start(order), asked(order, cap)).headers["Location"]
    ada.post(review)
    assert only(Return.objects.get()).variant == cap


def test_products_are_not_shown_where_the_terms_do_not_let(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    (parcel,) = parcels_of(order)
    said = {**asked(order, None), "action": f"browse:{parcel.pk}"}

    browse = ada.post(start(order), said).headers["Location"]

    assert ada.get(browse).headers["Location"] == start(order)


@pytest.mark.parametrize("count", [1, 3])
def test_products_take_few_statements(ada: Client, customer: Customer, count: int) -> None:
    order = bought(1, customer=customer, terms={"exchanges": "ANY_PRODUCT"})
    for _product in range(count):
        StockLevelFactory()
    (parcel,) = parcels_of(order)
    said = {**asked(order, None), "action": f"browse:{parcel.pk}"}
    browse = ada.post(start(order), said).headers["Location"]

    with CaptureQueriesContext(connection) as queries:
        assert ada.get(browse).status_code == 200
    assert len(queries) == 9


@pytest.mark.parametrize("count", [1, 3])
def test_sizes_take_no_more_statements(ada: Client, customer: Customer, count: int) -> None:
    order = bought(1, customer=customer)
    for size in range(count):
        shirt(order, str(size))

    with CaptureQueriesContext(connection) as queries:
        ada.get(start(order))
    assert len(queries) == 8


def address(return_: Return) -> str:
    return reverse("storefront:return", args=[return_.public_id])


def test_return_shows_the_replacement_and_how_to_pay(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    return_ = swap(order, shirt(order, "XL", price="60.00"))

    page = text(ada, address(return_))
    assert "What you get instead" in page
    assert "Please pay €10.10" in page
    assert f"give {return_.reference} as the reference" in page
    assert "Waits for your payment" in page
    Return.objects.update(payment_link="https://pay.example/1")
    assert 'href="https://pay.example/1"' in text(ada, address(return_))

    pay(return_, "10.10")
    assert "Is sent when your items are back" in text(ada, address(return_))
    receive(return_)
    assert "Is sent soon" in text(ada, address(return_))
    send(return_)
    page = text(ada, address(return_))
    assert "On its way to you" in page
    assert "Replacement sent: 1 × Linen shirt (Size: XL, Colour: Sage)" in page  # noqa: RUF001


def test_buyer_cancels_an_exchange(ada: Client, customer: Customer) -> None:
    order = bought(1, customer=customer)
    large = shirt(order, "L")
    return_ = swap(order, large)
    url = reverse("storefront:cancel_return", args=[return_.public_id])

    assert "The replacement is not sent." in text(ada, url)
    ada.post(url)

    return_.refresh_from_db()
    assert return_.status == "CANCELED"
    assert StockLevel.objects.get(variant=large).free == 1


def test_order_shows_the_replacement_but_not_in_what_it_cost(
    ada: Client, customer: Customer
) -> None:
    order = bought(1, customer=customer)
    send(receive(swap(order, shirt(order, "L"))))

    page = text(ada, reverse("storefront:order", args=[order.public_id]))

    assert "Size: L" in page
    assert page.count("€49.90") == 4  # two items, the sum and the total
    assert lifecycle.available(Return.objects.get(), SYSTEM) >= {"reopen"}
