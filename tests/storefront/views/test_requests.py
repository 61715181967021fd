"""Asking for a return: choose, estimate, review, send."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from orders.models import Customer, Order
from returns.models import Event, Return
from tests.factories import ReturnPolicyFactory, sent_bundle, sent_order
from tests.storefront.conftest import Guest, answers, parcels_of

pytestmark = pytest.mark.django_db


def start_url(order: Order) -> str:
    return reverse("storefront:start_return", args=[order.public_id])


def estimate_url(order: Order) -> str:
    return reverse("storefront:estimate", args=[order.public_id])


def post(client: Client, url: str, data: dict[str, object]) -> HttpResponse:
    return client.post(url, data)  # type: ignore[return-value]


def reviewed(client: Client, order: Order, data: dict[str, object]) -> str:
    """Choose items and return the address of the review page."""
    response = post(client, start_url(order), data)
    assert response.status_code == 302
    return response.headers["Location"]


def test_page_asks_about_what_can_go_back_and_says_why_the_rest_cannot(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(2, 1, customer=customer)
    line = order.lines.last()
    assert line is not None
    line.title, line.final_sale = "Earrings", True
    line.save()
    response = ada.get(start_url(order))
    page = response.content.decode()
    assert [item["title"] for item in response.context["offered"]] == ["Linen shirt"]
    assert [(i["title"], i["state"]) for i in response.context["others"]] == [
        ("Earrings", "Final sale: cannot be returned")
    ]
    assert "Final sale: cannot be returned" in page
    assert "€0.00" in page


def test_bundle_is_asked_about_as_a_whole_with_its_parts(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    sent_bundle(order, quantity=1, per_bundle=(2, 1))
    response = ada.get(start_url(order))
    assert [(item["title"], item["parts"]) for item in response.context["offered"]] == [
        ("Linen shirt", []),
        ("Gift set", ["2 × Linen shirt", "1 × Linen shirt"]),  # noqa: RUF001
    ]


def test_order_of_which_nothing_can_go_back_says_so(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    order.lines.update(final_sale=True)
    page = ada.get(start_url(order)).content.decode()
    assert "Nothing of this order can go back now." in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]


def test_request_is_made_in_three_steps(ada: Client, customer: Customer) -> None:
    order = sent_order(3, 1, customer=customer)
    first, _second = parcels_of(order)
    chosen = answers(first, quantity=2, note="Tight <b>here</b>.")
    review_url = reviewed(ada, order, chosen)
    page = ada.get(review_url).content.decode()
    assert "Tight &lt;b&gt;here&lt;/b&gt;." in page
    assert "€99.80" in page
    assert Return.objects.count() == 0

    response = ada.post(review_url)
    return_ = Return.objects.get()
    assert response.headers["Location"] == reverse(
        "storefront:return_done", args=[return_.public_id]
    )
    assert (return_.order, return_.status, return_.language) == (order, "REQUESTED", "en")
    assert list(return_.lines.values_list("fulfillment_line", "quantity", "customer_note")) == [
        (first.pk, 2, "Tight <b>here</b>.")
    ]
    event = Event.objects.get()
    assert (event.type, event.actor_kind, event.actor_name, event.actor_user_id) == (
        "return.requested",
        "BUYER",
        "Ada Winter",
        customer.user_id,
    )
    assert "Your request is on its way" in ada.get(response.headers["Location"]).content.decode()


def test_guest_asks_in_their_own_name(guest: Guest) -> None:
    order = sent_order(customer=None, guest_email="eve@example.com")
    browser = guest(order)
    browser.post(reviewed(browser, order, answers(parcels_of(order)[0])))
    event = Event.objects.get()
    assert (event.actor_kind, event.actor_name, event.actor_user_id) == (
        "BUYER",
        "Ada Winter",  # the name of the order's address
        None,
    )


def test_double_click_makes_one_return(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    review_url = reviewed(ada, order, answers(parcels_of(order)[0]))
    answered = [ada.post(review_url) for _click in range(2)]
    return_ = Return.objects.get()
    done = reverse("storefront:return_done", args=[return_.public_id])
    assert [response.headers["Location"] for response in answered] == [done, done]
    ada.get(done)
    assert ada.post(review_url).headers["Location"] == done
    assert ada.get(review_url).headers["Location"] == done


def test_two_windows_do_not_mix(ada: Client, customer: Customer) -> None:
    order = sent_order(2, 3, customer=customer)
    first, second = parcels_of(order)
    one = reviewed(ada, order, answers(first))
    other = reviewed(ada, order, answers(second, quantity=3))
    assert one != other
    ada.post(one)
    assert list(Return.objects.get().lines.values_list("fulfillment_line", "quantity")) == [
        (first.pk, 1)
    ]


def test_way_back_from_the_review_keeps_what_was_typed(ada: Client, customer: Customer) -> None:
    order = sent_order(3, 1, customer=customer)
    first, second = parcels_of(order)
    unchosen = {f"item-{second.pk}-note": "Perhaps this too."}
    review_url = reviewed(ada, order, answers(first, quantity=2, note="Tight.") | unchosen)
    back_url = ada.get(review_url).context["back_url"]
    response = ada.get(back_url)
    forms = [item["form"] for item in response.context["offered"]]
    assert [(form.is_chosen, form["quantity"].value(), form["note"].value()) for form in forms] == [
        (True, "2", "Tight."),
        (False, None, "Perhaps this too."),
    ]
    assert response.context["amount"] == "€99.80"


def test_all_mistakes_are_told_at_once_and_nothing_typed_is_lost(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(1, 2, 3, customer=customer)
    first, second, third = parcels_of(order)
    said = answers(first, quantity=5, note="Mine.")
    said |= answers(second, reason="") | answers(third, reason="other-reason")
    said["selected"] = [first.pk, second.pk, third.pk]
    response = post(ada, start_url(order), said)
    assert response.status_code == 422
    assert [error["message"] for error in response.context["errors"]] == [  # type: ignore[attr-defined]
        "Choose 1 to 1 pieces: no more can go back.",
        "Choose a reason.",
        "Tell in a few words what is wrong.",
    ]
    page = response.content.decode()
    assert f'href="#id_item-{first.pk}-quantity"' in page
    assert "Mine.</textarea>" in page
    assert f'id="id_item-{second.pk}-reason_error"' in page


def test_nothing_chosen_is_told(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    response = post(ada, start_url(order), {})
    assert response.status_code == 422
    assert "Choose at least one item." in response.content.decode()


def test_words_that_are_too_long_are_told_and_kept(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    response = post(ada, start_url(order), answers(parcels_of(order)[0], note="a" * 301))
    assert response.status_code == 422
    page = response.content.decode()
    assert "Write at most 300 characters." in page
    assert "a" * 301 in page


def test_item_that_somebody_else_returned_meanwhile_is_told(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(1, 1, customer=customer)
    first, _second = parcels_of(order)
    review_url = reviewed(ada, order, answers(first))
    first.returning_quantity = 1
    first.save()
    for response in (ada.post(review_url), ada.get(review_url)):
        assert response.status_code == 422
        assert "Linen shirt: Already in a return" in response.content.decode()
    assert Return.objects.count() == 0


def test_fewer_pieces_than_reviewed_are_told_at_the_field(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer)
    (parcel,) = parcels_of(order)
    review_url = reviewed(ada, order, answers(parcel, quantity=2))
    parcel.returning_quantity = 1
    parcel.save()
    response = ada.post(review_url)
    assert response.status_code == 422
    (form,) = [item["form"] for item in response.context["offered"]]
    assert form.errors == {"quantity": ["Choose 1 to 1 pieces: no more can go back."]}


def test_review_of_nothing_leads_back_to_the_start(ada: Client, customer: Customer) -> None:
    order = sent_order(customer=customer)
    url = reverse("storefront:review_return", args=[order.public_id, uuid4()])
    for response in (ada.get(url), ada.post(url)):
        assert response.headers["Location"] == start_url(order)


def test_draft_of_one_order_is_not_sent_for_another(ada: Client, customer: Customer) -> None:
    order, other = sent_order(customer=customer), sent_order(customer=customer)
    key = reviewed(ada, order, answers(parcels_of(order)[0])).rstrip("/").split("/")[-1]
    response = ada.post(reverse("storefront:review_return", args=[other.public_id, key]))
    assert response.headers["Location"] == start_url(other)
    assert Return.objects.count() == 0


def test_estimate_follows_what_is_chosen(ada: Client, customer: Customer) -> None:
    order = sent_order(3, customer=customer)
    (parcel,) = parcels_of(order)
    response = post(ada, estimate_url(order), answers(parcel, quantity=2))
    assert response.context["amount"] == "€99.80"  # type: ignore[attr-defined]
    page = response.content.decode()
    assert "€99.80" in page
    assert "<html" not in page
    assert "€0.00" in post(ada, estimate_url(order), {}).content.decode()


def test_estimate_tells_what_is_added_and_kept(ada: Client, customer: Customer) -> None:
    order = sent_order(2, customer=customer, shipping_amount=Decimal("4.90"))
    policy = ReturnPolicyFactory(
        store=order.store, restocking_fee_percent=10, return_shipping_fee=Decimal("3.50")
    )
    order.return_terms = policy.terms.to_json()
    order.save()
    (parcel,) = parcels_of(order)
    response = post(ada, estimate_url(order), answers(parcel, quantity=2))
    rows: list[dict[str, Any]] = response.context["rows"]  # type: ignore[attr-defined]
    assert [(row["label"], row["amount"]) for row in rows] == [
        ("Items", "€99.80"),
        ("Delivery cost", "€4.90"),
        ("Restocking fee", "-€9.98"),
        ("Return shipping", "-€3.50"),
        ("Estimated refund", "€91.22"),
    ]


def test_button_for_browsers_without_script_works_the_estimate_out(
    ada: Client, customer: Customer
) -> None:
    order = sent_order(3, customer=customer)
    said = answers(parcels_of(order)[0], quantity=2, note="Tight.", reason="")
    response = post(ada, start_url(order), said | {"action": "estimate"})
    assert response.status_code == 200
    assert response.context["amount"] == "€99.80"  # type: ignore[attr-defined]
    assert response.context["errors"] == []  # type: ignore[attr-defined]
    assert "Tight.</textarea>" in response.content.decode()


def test_button_for_browsers_without_script_chooses_all(ada: Client, customer: Customer) -> None:
    order = sent_order(3, 1, customer=customer)
    response = post(ada, start_url(order), {"action": "all"})
    offered = response.context["offered"]  # type: ignore[attr-defined]
    assert [item["form"].is_chosen for item in offered] == [True, True]
